package notebooks

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/store"
)

// mistakesBegin is the first cell of the notebook with mistakes.
const mistakesBegin = `import (
	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/kernelext/study"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

var (
	ctx = kernelext.Context()
	lab = semrob.Lab{}
)

// attempt maps a subject, by default the teapot.
func attempt(s semrob.Subject, axes ...string) (*semmap.Map, error) {
	s.Mesh, s.Class = cmp.Or(s.Mesh, "teapot"), cmp.Or(s.Class, "teapot")
	if axes == nil {
		axes = []string{"azimuth=0:360:90", "elevation=0:60:30"}
	}
	grid, err := semrob.ParseGrid(axes...)
	if err != nil {
		return nil, err
	}
	return lab.Map(ctx, s, semrob.MapOptions{Axes: grid})
}

func mapOf(s semrob.Subject, axes ...string) {
	kernelext.Fail(kernelext.ShowMap(kernelext.Must(attempt(s, axes...))))
}

// stop acts as the Stop button, which GoNB passes on as an interrupt.
func stop() {
	self, _ := os.FindProcess(os.Getpid())
	self.Signal(os.Interrupt)
}
`

// printed are mistakes with errors that one cell prints. FOLDER stands for a folder
// with files.
var printed = []mistake{
	{"wrong parameter", `Set: map[string]float64{"azimut": 3}`, []string{"azimut", "elevation"}},
	{"weights missing", `Network: "resnet50=absent.pth"`, []string{"absent.pth", "name an existing file", "`semrob network fetch resnet50`"}},
	{"wrong class", `Class: "teapott"`, []string{"teapott", "did you mean", "teapot"}},
	{"mesh of NaN", `Mesh: "FOLDER/nan.obj"`, []string{"nan.obj:2:", "not a finite number", "export the mesh with its faces"}},
	{"wrong axis", `hight=0:1:0.1`, []string{"hight", "choose", "elevation"}},
	{"reversed range", `azimuth=360:0:5`, []string{"360:0:5", "the smaller number goes first"}},
	{"empty space", `azimuth=10:10:1`, []string{"10:10:1", "empty"}},
}

// shown are mistakes with a cell of their own, which must fail.
var shown = []mistake{
	{"mesh missing", `mapOf(semrob.Subject{Mesh: "absent.obj"})`, []string{"Error: ", "absent.obj", "teapot", "give the path"}},
	{"unknown network", `mapOf(semrob.Subject{Network: "resnet51"})`, []string{"Error: ", "resnet51", "efficientnet-lite0"}},
	{"plugin missing", `os.Setenv("GOMLX_BACKEND", "xla:FOLDER/absent.so")
mapOf(semrob.Subject{})`, []string{"Error: ", "absent.so", "correct the path"}},
	{"stop of a map", `_, err := lab.Map(ctx, semrob.Subject{Mesh: "teapot", Class: "teapot"}, semrob.MapOptions{OnUpdate: func(*semmap.Map) { stop() }})
kernelext.Fail(err)`, []string{"Stopped: computing a semantic map", " points are stored: the same call continues"}},
	{"stop of a study", `_, err := study.Run(ctx, "FOLDER/long.yaml", sweep.Options{Watch: func(queue.Progress) { stop() }})
kernelext.Fail(err)`, []string{"long: ", " of 1,000 (", "Stopped: ", " of 1000 items are done", "the same command continues the study"}},
	{"own panic", `var views []int
fmt.Println(views[3])`, []string{"panic: runtime error: index out of range [3] with length 0"}},
	{"own mistake", `fmt.Println(undefinedName)`, []string{"undefined: undefinedName"}},
}

// mistake is code with a mistake, and parts that its message must have.
type mistake struct {
	name, source string
	parts        []string
}

// longStudy does not end within a test.
const longStudy = `study: long
networks: [{analytic: soft-box}]
objects: [{mesh: teapot, class: teapot}]
methods: [naive, oir-b]
settings: {iterations: 2000}
starts: {random: 500}
`

// Each likely mistake shows one readable message under its cell, without a stack
// trace; a stopped study shows how far it got.
func TestMistakesShowOneMessage(t *testing.T) {
	folder, seeds := t.TempDir(), make([]string, 500)
	for i := range seeds {
		seeds[i] = strconv.Itoa(i)
	}
	for name, text := range map[string]string{
		"nan.obj":   "v 0 0 0\nv NaN 1 0\nv 1 0 0\nf 1 2 3\n",
		"long.yaml": longStudy + "seeds: [" + strings.Join(seeds, ", ") + "]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cells := []string{mistakesBegin, "%%\nvar err error\n"}
	for _, m := range printed {
		what := "semrob.Subject{" + m.source + "}"
		if !strings.Contains(m.source, ": ") {
			what = "semrob.Subject{}, " + strconv.Quote(m.source)
		}
		cells[1] += "_, err = attempt(" + what + ")\nfmt.Println(strconv.Quote(fmt.Sprint(err)))\n"
	}
	for _, m := range shown {
		cells = append(cells, "%%\n"+m.source)
	}
	for i := range cells {
		cells[i] = strings.ReplaceAll(cells[i], "FOLDER", folder)
	}
	path := writeNotebook(t, cells...)
	letFail(t, path)
	ran := runNotebook(t, path, store.Variable+"="+t.TempDir())
	if ran.err != nil {
		t.Fatalf("the notebook does not run to its end: %v\n%s", ran.err, ran.printed)
	}
	lines := strings.Split(strings.TrimSpace(ran.notebook.Cells[1].streams()), "\n")
	if len(lines) != len(printed) {
		t.Fatalf("%d errors, want %d: %q", len(lines), len(printed), lines)
	}
	for i, m := range printed {
		t.Run(m.name, func(t *testing.T) { checkMessage(t, lines[i], m.parts) })
	}
	for i, m := range shown {
		t.Run(m.name, func(t *testing.T) {
			checkFailed(t, ran.notebook.Cells[i+2])
			checkMessage(t, ran.notebook.Cells[i+2].streams()+ran.notebook.Cells[i+2].messages(), m.parts)
		})
	}
}

// trace matches a stack trace of goroutines.
var trace = regexp.MustCompile(`goroutine \d+|\.go:\d+ \+0x|runtime\.(main|goexit|gopanic)`)

func checkMessage(t *testing.T, text string, parts []string) {
	t.Helper()
	t.Log(text)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("the message lacks %q: %s", part, text)
		}
	}
	if found := trace.FindString(text); found != "" {
		t.Errorf("the message has a stack trace (%q): %s", found, text)
	}
}

func checkFailed(t *testing.T, c cell) {
	t.Helper()
	if !slices.ContainsFunc(c.Outputs, func(o output) bool { return o.Type == "error" }) {
		t.Error("the cell did not fail")
	}
}

// letFail tags a notebook's cells, so that those after a failing cell run too.
func letFail(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tagged := strings.ReplaceAll(string(text), `"metadata":{},"execution_count"`, `"metadata":{"tags":["raises-exception"]},"execution_count"`)
	if tagged == string(text) {
		t.Fatalf("no cell was tagged in %.200s", text)
	}
	if err := os.WriteFile(path, []byte(tagged), 0o644); err != nil {
		t.Fatal(err)
	}
}

// streams returns what a cell wrote to its standard output and error.
func (c cell) streams() string {
	var all strings.Builder
	for _, o := range c.Outputs {
		all.WriteString(unquote(o.Text))
	}
	return all.String()
}

// messages returns the plain text of everything that a cell showed, and its errors.
func (c cell) messages() string {
	var all []string
	for _, o := range c.Outputs {
		all = append(all, unquote(o.Data["text/plain"]))
		all = append(all, o.Traceback...)
	}
	return strings.Join(all, "\n")
}
