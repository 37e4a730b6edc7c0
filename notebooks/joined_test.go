package notebooks

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// longVariable makes the tests run every notebook cell by cell, as a reader does.
const longVariable = "SEMROB_LONG"

// cellByCell lists the notebooks that always run as a reader runs them: each cell is a
// program. The cells of the others run as one program: linking a hundred programs, and
// compiling a network in each, would take half of the gate's time.
var cellByCell = []string{"quickstart.ipynb", "06-published-results.ipynb"}

// mark separates the outputs of the cells of a joined program, in pictures and in text.
const mark = "<!-- cell %d -->"

var (
	marked       = regexp.MustCompile(`<!-- cell (\d+) -->`)
	importGroup  = regexp.MustCompile(`(?ms)^import \((.*?)^\)\n`)
	importLine   = regexp.MustCompile(`(?m)^import ((?:[\w.]+ )?"[^"]+")\n`)
	mainFunction = regexp.MustCompile(`(?m)^%%\n`)
)

// joined returns the path of a copy of a notebook in which one cell does what all do,
// but for those with small settings: each main function is a function of its own in it.
func joined(t *testing.T, path string) string {
	t.Helper()
	n, cells := rawNotebook(t, path)
	var kept []any
	imports, declarations, mains := map[string]bool{`"github.com/janpfeifer/gonb/gonbui"`: true}, "", ""
	for i, c := range cells {
		metadata, _ := c["metadata"].(map[string]any)
		if c["cell_type"] != "code" || metadata["small"] != nil {
			kept = append(kept, c)
			continue
		}
		declared, main, runs := cutMain(sourceOf(t, c))
		declarations += takeImports(declared, imports) + "\n"
		if runs {
			text := fmt.Sprintf(mark, i)
			mains += fmt.Sprintf("func() {\ngonbui.DisplayHTML(%q)\nfmt.Println(%q)\n%s\n}()\n", text, text, main)
		}
	}
	program := "import (\n" + strings.Join(sorted(imports), "\n") + "\n)\n" + declarations + "%%\n" + mains
	n["cells"] = append(kept, map[string]any{"cell_type": "code", "id": "joined", "execution_count": nil,
		"outputs": []any{}, "metadata": map[string]any{}, "source": program})
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(copied, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return copied
}

// rawNotebook reads a notebook with everything that is in it.
func rawNotebook(t *testing.T, path string) (n map[string]any, cells []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range n["cells"].([]any) {
		cells = append(cells, c.(map[string]any))
	}
	return n, cells
}

func sourceOf(t *testing.T, c map[string]any) string {
	t.Helper()
	text, err := json.Marshal(c["source"])
	if err != nil {
		t.Fatal(err)
	}
	return unquote(text) + "\n"
}

// cutMain separates a cell's declarations from its main function.
func cutMain(source string) (declared, main string, runs bool) {
	at := mainFunction.FindStringIndex(source)
	if at == nil {
		return source, "", false
	}
	return source[:at[0]], source[at[1]:], true
}

// takeImports moves what declarations import into the set.
func takeImports(declared string, imports map[string]bool) string {
	for _, found := range importGroup.FindAllStringSubmatch(declared, -1) {
		for line := range strings.Lines(found[1]) {
			if line = strings.TrimSpace(line); line != "" {
				imports[line] = true
			}
		}
	}
	for _, found := range importLine.FindAllStringSubmatch(declared, -1) {
		imports[found[1]] = true
	}
	return importLine.ReplaceAllString(importGroup.ReplaceAllString(declared, ""), "")
}

func sorted(set map[string]bool) (all []string) {
	for line := range set {
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// separate returns the notebook at path with the outputs of its joined copy, each in
// the cell that it is from. What the joined cell shows before the first mark, or as an
// error, is the last cell's.
func separate(t *testing.T, path string, ran notebook) notebook {
	t.Helper()
	n := readNotebook(t, path)
	shows, prints := len(n.Cells)-1, len(n.Cells)-1
	for _, out := range ran.Cells[len(ran.Cells)-1].Outputs {
		if found := marked.FindStringSubmatch(unquote(out.Data["text/html"])); found != nil {
			shows, _ = strconv.Atoi(found[1])
			continue
		}
		if out.Type != "stream" {
			n.Cells[shows].Outputs = append(n.Cells[shows].Outputs, out)
			continue
		}
		for line := range strings.Lines(unquote(out.Text)) {
			if found := marked.FindStringSubmatch(line); found != nil {
				prints, _ = strconv.Atoi(found[1])
				continue
			}
			quoted, _ := json.Marshal(line)
			n.Cells[prints].Outputs = append(n.Cells[prints].Outputs, output{Type: "stream", Text: quoted})
		}
	}
	return n
}

func TestJoining(t *testing.T) {
	imports := map[string]bool{}
	declared, main, runs := cutMain("import (\n\t\"fmt\"\n\tx \"a/b\"\n)\nimport \"os\"\nvar v = 1\n\n%%\nfmt.Println(v)\n")
	if rest := strings.TrimSpace(takeImports(declared, imports)); rest != "var v = 1" || main != "fmt.Println(v)\n" || !runs {
		t.Errorf("declarations %q, main function %q (%t)", rest, main, runs)
	}
	if got := sorted(imports); !slices.Equal(got, []string{`"fmt"`, `"os"`, `x "a/b"`}) {
		t.Errorf("imports %q", got)
	}
	if _, _, runs := cutMain("func f() {}\n"); runs {
		t.Error("declarations alone have a main function")
	}
}
