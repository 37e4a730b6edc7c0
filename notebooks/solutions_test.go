package notebooks

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// solutionTag marks the cells that the test makes from hidden solutions.
const solutionTag = "solution"

// solution matches the code of a solution that can be unfolded.
var solution = regexp.MustCompile("(?s)<details><summary>Solution</summary>.*?```go\n(.*?)```.*?</details>")

// withSolutions returns the path of a copy of a notebook with the solutions of its
// exercises as its last cells, as a reader pastes them; the notebook's own path if it
// has none.
func withSolutions(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var n map[string]any
	if err := json.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	var solved []any
	cells, _ := n["cells"].([]any)
	for _, c := range cells {
		c := c.(map[string]any)
		source, err := json.Marshal(c["source"])
		if err != nil {
			t.Fatal(err)
		}
		if c["cell_type"] != "markdown" {
			continue
		}
		for _, found := range solution.FindAllStringSubmatch(unquote(source), -1) {
			solved = append(solved, map[string]any{
				"cell_type": "code", "id": fmt.Sprintf("solution-%d", len(solved)), "execution_count": nil, "outputs": []any{},
				"metadata": map[string]any{"tags": []string{solutionTag}}, "source": found[1],
			})
		}
	}
	if solved == nil {
		return path
	}
	n["cells"] = append(cells, solved...)
	if text, err = json.Marshal(n); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(copied, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return copied
}

// checkSolutions reports solutions that show nothing. Those that fail end the run of
// the notebook.
func checkSolutions(t *testing.T, n notebook) {
	t.Helper()
	count := 0
	for _, c := range n.Cells {
		if !slices.Contains(c.Metadata.Tags, solutionTag) {
			continue
		}
		if count++; c.streams() == "" && c.messages() == "" {
			t.Errorf("solution %d shows nothing", count)
		}
		t.Logf("solution %d: %s%s", count, c.streams(), c.messages())
	}
}
