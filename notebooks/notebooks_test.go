// Package notebooks tests the notebooks in this folder: it runs each, without a
// browser, with the GoNB kernel that `make setup` registers.
package notebooks

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/kernelext/kernelspec"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// pictureTag marks the cells of a notebook that must show a picture.
const pictureTag = "picture"

// dataTag marks the cells that show published data, or report that there is none.
const dataTag = "data"

// leastPictures is the least number of cells with a picture in a notebook.
const leastPictures = 4

// smallVariable selects settings with which notebooks run in seconds.
const smallVariable = "SEMROB_NOTEBOOK_SMALL=1"

// fromNetwork matches a script or a style that a page loads by http(s).
var fromNetwork = regexp.MustCompile(`(?i)<(script|link|iframe|img)[^>]*\b(src|href)\s*=\s*["']?https?:` +
	`|@import\s|url\(\s*["']?https?:|\bimport\b[^;<]{0,200}["']https?:|["']https?://[^"']+\.js["']`)

// notebook has the fields of a notebook that these tests read and write.
type notebook struct {
	Cells    []cell         `json:"cells"`
	Metadata map[string]any `json:"metadata"`
	Format   int            `json:"nbformat"`
	Minor    int            `json:"nbformat_minor"`
}

type cell struct {
	Type     string          `json:"cell_type"`
	Source   json.RawMessage `json:"source"` // a string, or one for each line
	Metadata struct {
		Tags []string `json:"tags,omitempty"`
	} `json:"metadata"`
	Count   *int     `json:"execution_count"`
	Outputs []output `json:"outputs"`
}

type output struct {
	Type      string                     `json:"output_type"`
	Data      map[string]json.RawMessage `json:"data"`
	Text      json.RawMessage            `json:"text"`
	Name      string                     `json:"ename"`
	Value     string                     `json:"evalue"`
	Traceback []string                   `json:"traceback"`
}

// allNotebooks returns the paths of the notebooks in this folder.
func allNotebooks(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebooks in this folder (%v)", err)
	}
	return paths
}

func TestNotebooks(t *testing.T) {
	for _, path := range allNotebooks(t) {
		t.Run(path, func(t *testing.T) {
			// An empty cache: everything is computed, whatever ran before.
			env := []string{smallVariable, store.Variable + "=" + t.TempDir()}
			if folder, found := testdata.Find(); found {
				env = append(env, testdata.Variable+"="+folder)
			}
			whole := withSolutions(t, path)
			ran := run(t, whole, env)
			if ran.err != nil {
				t.Fatalf("the notebook does not run: %v\n%s", ran.err, ran.printed)
			}
			_, withData := testdata.Find()
			checkPictures(t, ran.notebook, withData)
			checkSolutions(t, ran.notebook)
			if found := fromNetwork.FindString(ran.html); found != "" {
				t.Errorf("the HTML loads something from the network: %s", found)
			}
		})
	}
}

// run runs a notebook cell by cell, or as one program.
func run(t *testing.T, path string, env []string) result {
	t.Helper()
	if os.Getenv(longVariable) != "" || slices.Contains(cellByCell, filepath.Base(path)) {
		return runNotebook(t, path, env...)
	}
	ran := runNotebook(t, joined(t, path), env...)
	if ran.err == nil {
		ran.notebook = separate(t, path, ran.notebook)
	}
	return ran
}

// The notebook of published results also runs without them, and reports that they
// are missing.
func TestPublishedResultsAbsent(t *testing.T) {
	ran := runNotebook(t, "06-published-results.ipynb", smallVariable, testdata.Variable+"="+t.TempDir())
	if ran.err != nil {
		t.Fatalf("the notebook does not run without data: %v\n%s", ran.err, ran.printed)
	}
	checkPictures(t, ran.notebook, false)
	for i, cell := range ran.notebook.Cells {
		if slices.Contains(cell.Metadata.Tags, dataTag) && !strings.Contains(cell.text(), "no published maps") {
			t.Errorf("cell %d does not report that there is no data: %q", i, cell.text())
		}
	}
}

// checkPictures reports cells that end with an error, cells tagged as showing a
// picture that save none, and notebooks with fewer than leastPictures such cells.
// Cells that show published data are checked only if the test data is there.
func checkPictures(t *testing.T, n notebook, withData bool) {
	t.Helper()
	tagged := 0
	for i, cell := range n.Cells {
		for _, output := range cell.Outputs {
			if output.Type == "error" {
				t.Errorf("cell %d ends with %s: %s", i, output.Name, output.Value)
			}
		}
		if !slices.Contains(cell.Metadata.Tags, pictureTag) {
			continue
		}
		tagged++
		if !withData && slices.Contains(cell.Metadata.Tags, dataTag) {
			t.Logf("cell %d shows published data, which are absent: its picture is not checked", i)
			continue
		}
		if !slices.ContainsFunc(cell.Outputs, output.isPicture) {
			t.Errorf("cell %d shows no image/png and no image/svg+xml", i)
		}
	}
	if tagged < leastPictures {
		t.Errorf("%d cells have the tag %q, want at least %d", tagged, pictureTag, leastPictures)
	}
}

func (o output) isPicture() bool {
	return len(o.Data["image/png"]) > 0 || len(o.Data["image/svg+xml"]) > 0
}

// A user's notebook names packages in import lines only, without versions, and runs
// without a network.
func TestCellsNeedOnlyImports(t *testing.T) {
	ran := runNotebook(t, writeNotebook(t,
		"import \"gonum.org/v1/gonum/floats\"\n%%\nfmt.Println(\"sum\", floats.Sum([]float64{1, 2, 4}))",
		"import \"github.com/semrob/gonb-semrob/semrob/mesh\"\n%%\nvar m mesh.Mesh\nfmt.Printf(\"%T\\n\", m)",
	), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	if ran.err != nil {
		t.Fatalf("%v\n%s", ran.err, ran.printed)
	}
	for i, want := range []string{"sum 7", "mesh.Mesh"} {
		if text := ran.notebook.Cells[i].text(); !strings.Contains(text, want) {
			t.Errorf("cell %d printed %q, want %q", i, text, want)
		}
	}
}

func TestErrorsNameTheirCause(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"unknown package": {"import \"example.com/absent/pkg\"\n%%\npkg.Do()", "example.com/absent/pkg"},
		"compile error":   {"%%\nfmt.Println(undefinedName)", "undefined: undefinedName"},
		"failing program": {"%%\npanic(\"the mesh is empty\")", "exit status 2"},
	} {
		t.Run(name, func(t *testing.T) {
			ran := runNotebook(t, writeNotebook(t, test.source), "GOPROXY=off")
			if ran.err == nil {
				t.Fatal("a notebook with a failing cell passes")
			}
			if !strings.Contains(ran.printed, test.want) {
				t.Errorf("the output lacks %q:\n%s", test.want, ran.printed)
			}
			if len(ran.notebook.Cells) != 1 || !strings.Contains(ran.html, "<html") {
				t.Error("the notebook and its HTML are not written when a cell fails")
			}
		})
	}
}

// Stopping a run interrupts the program of the running cell.
func TestInterruptReachesTheCell(t *testing.T) {
	folder := t.TempDir()
	started, stopped := filepath.Join(folder, "started"), filepath.Join(folder, "stopped")
	path := writeNotebook(t, `import ("context"; "os"; "os/signal"; "time")
%%
ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
defer stop()
os.WriteFile("`+started+`", nil, 0o644)
select {
case <-ctx.Done():
	os.WriteFile("`+stopped+`", nil, 0o644)
case <-time.After(time.Minute):
}`)
	command := notebookCommand(t, path, folder)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, started)
	command.Process.Signal(syscall.SIGINT)
	if err := command.Wait(); err == nil {
		t.Error("an interrupted run reports success")
	}
	waitFor(t, stopped)
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 600 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the cell did not write %s within a minute", filepath.Base(path))
}

// result is the outcome of a run of a notebook.
type result struct {
	notebook notebook
	html     string
	printed  string
	err      error
}

func runNotebook(t *testing.T, path string, env ...string) result {
	t.Helper()
	out := t.TempDir()
	command := notebookCommand(t, path, out, env...)
	printed, err := command.CombinedOutput()
	ran := result{printed: string(printed), err: err}
	stem := strings.TrimSuffix(filepath.Base(path), ".ipynb")
	if text, err := os.ReadFile(filepath.Join(out, stem+".ipynb")); err == nil {
		if err := json.Unmarshal(text, &ran.notebook); err != nil {
			t.Fatalf("the notebook written is not valid: %v", err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(out, stem+".html")); err == nil {
		ran.html = string(text)
	}
	return ran
}

// notebookCommand sets up Jupyter and the kernel if needed, and returns the command
// that runs a notebook.
func notebookCommand(t *testing.T, path, out string, env ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("runs a notebook, which takes longer than a moment")
	}
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		limited, cancel := context.WithDeadline(ctx, deadline.Add(-20*time.Second))
		t.Cleanup(cancel)
		ctx = limited
	}
	repository, err := kernelspec.FindRepository(".")
	if err != nil {
		t.Fatal(err)
	}
	if err := kernelspec.Install(ctx, kernelspec.Options{Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, filepath.Join(repository, ".venv", "bin", "python"),
		filepath.Join(repository, "tools", "run_notebook.py"), path, out)
	command.Env = append(os.Environ(), "JUPYTER_PREFER_ENV_PATH=1")
	command.Env = append(command.Env, env...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.WaitDelay = 10 * time.Second
	return command
}

// writeNotebook writes a notebook of code cells and returns its path.
func writeNotebook(t *testing.T, sources ...string) string {
	t.Helper()
	n := notebook{Format: 4, Minor: 4, Metadata: map[string]any{
		"kernelspec": map[string]string{"name": kernelspec.KernelName, "display_name": "Go", "language": "go"},
	}}
	for _, source := range sources {
		text, err := json.Marshal(source)
		if err != nil {
			t.Fatal(err)
		}
		n.Cells = append(n.Cells, cell{Type: "code", Source: text, Outputs: []output{}})
	}
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cells.ipynb")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// text returns everything that a cell printed.
func (c cell) text() string {
	var all strings.Builder
	for _, output := range c.Outputs {
		all.Write(output.Text)
	}
	return all.String()
}

// unquote returns a notebook's text: a string, or a list of lines.
func unquote(text json.RawMessage) string {
	var one string
	if json.Unmarshal(text, &one) == nil {
		return one
	}
	var lines []string
	_ = json.Unmarshal(text, &lines)
	return strings.Join(lines, "")
}
