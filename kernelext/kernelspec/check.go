package kernelspec

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// checkScript runs cells in a kernel.
//
//go:embed check.py
var checkScript string

// Step is one step of CheckCells.
type Step struct {
	// Name describes the step, such as "a cell is compiled and run".
	Name string
	// OK reports success; it can be false only for the last step.
	OK bool
	// Text is the output of the cell, or the reason why it failed.
	Text string
	// Took is its duration, FirstPicture the time until its first picture, 0 if
	// there was none.
	Took, FirstPicture time.Duration
	// Mend is advice on a failure.
	Mend string
}

// checkedCell is a cell that CheckCells runs, and advice if it fails.
type checkedCell struct{ name, source, mend string }

var checkedCells = []checkedCell{
	{"a cell is compiled and run", "%%\nfmt.Println(1 + 2)", "go version, and semrob kernel install --force"},
	{"semrob is imported and shows a picture", `import (
	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/semrob/figure"
)
%%
kernelext.Fail(kernelext.Show(&figure.Profile{
	X:      figure.Azimuth(),
	Series: []figure.Series{{X: []float64{0, 180}, Y: []float64{0, 1}}},
}))`, "semrob kernel install, in the clone: it may have been moved"},
	{"the kernel finds a backend", `import "github.com/semrob/gonb-semrob/semrob/backend"
%%
b := kernelext.Must(backend.Default(kernelext.Context()))
fmt.Println(b.Description())`, "semrob doctor"},
}

// CheckCells starts the kernel o.Name as Jupyter does, in a folder outside the
// repository, and runs cells: plain Go, a picture by semrob, and opening the
// backend. It returns the steps up to the first failure. It searches for the kernel
// in o.Kernels and the folders of the Jupyter of o.Python (default: the Python of
// o.Venv if it exists, else $PYTHON or python3). Outside a clone, the default of
// o.Repository is the kernel's clone.
func CheckCells(ctx context.Context, o Options) ([]Step, error) {
	given := o.Python
	if o.Repository == "" {
		if _, err := FindRepository("."); err != nil {
			if o.Repository = o.registeredClone(); o.Repository == "" {
				return nil, fmt.Errorf("checking a kernel: semrob registered none as %q in %s: run semrob kernel install in a clone of the repository", cmp.Or(o.Name, KernelName), o.Kernels)
			}
		}
	}
	o, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if given == "" && checkVenv(ctx, o) == nil {
		o.Python = o.venvPython()
	}
	folder, err := os.MkdirTemp("", "semrob-check-")
	if err != nil {
		return nil, fmt.Errorf("checking the kernel: %w", err)
	}
	defer os.RemoveAll(folder)
	var cells [][2]string
	for _, c := range checkedCells {
		cells = append(cells, [2]string{c.name, c.source})
	}
	printed, err := runCells(ctx, o, folder, cells)
	steps := readSteps(printed)
	if len(steps) > 0 && (err == nil || !steps[len(steps)-1].OK) {
		return steps, nil
	}
	if err == nil {
		err = errors.New("it printed nothing")
	}
	return steps, fmt.Errorf("running cells with %s: %w; give a Python with Jupyter with --python", o.Python, err)
}

// registeredClone returns the clone of the registered kernel, or "" if there is no
// such kernel.
func (o Options) registeredClone() string {
	o.Name = cmp.Or(o.Name, KernelName)
	var have spec
	text, err := os.ReadFile(filepath.Join(o.kernelFolder(), "kernel.json"))
	if err != nil || json.Unmarshal(text, &have) != nil {
		return ""
	}
	for _, argument := range have.Argv {
		if clone, found := strings.CutPrefix(argument, "--go_work="); found {
			return clone
		}
	}
	return ""
}

// runCells runs cells, [name, source], in a folder, and returns the script's
// output.
func runCells(ctx context.Context, o Options, folder string, cells [][2]string) ([]byte, error) {
	asked, err := json.Marshal(cells)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, o.Python, "-c", checkScript, o.Name, folder)
	command.Stdin = bytes.NewReader(asked)
	// Jupyter expects the parent of a folder called kernels.
	command.Env = append(withoutVariables(os.Environ(), "JUPYTER_PATH"),
		"JUPYTER_PATH="+strings.Trim(strings.TrimSuffix(o.Kernels, "/kernels")+":"+os.Getenv("JUPYTER_PATH"), ":"))
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 5 * time.Second
	printed, err := command.Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		err = fmt.Errorf("%w\n%s", err, tail(failed.Stderr))
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return printed, err
}

func readSteps(printed []byte) []Step {
	mends := map[string]string{
		"Jupyter":           "semrob setup --notebook, or --python with a Python that has Jupyter",
		"the kernel starts": "semrob kernel install",
	}
	for _, c := range checkedCells {
		mends[c.name] = c.mend
	}
	var steps []Step
	for line := range bytes.Lines(printed) {
		var said struct {
			Name, Text string
			OK         bool
			Seconds    float64
			First      float64
			Pictures   int
		}
		if json.Unmarshal(line, &said) != nil || said.Name == "" {
			continue
		}
		s := Step{Name: said.Name, OK: said.OK, Text: said.Text, Took: seconds(said.Seconds), FirstPicture: seconds(said.First)}
		if said.OK && said.Name == checkedCells[1].name && said.Pictures != 1 {
			s.OK, s.Text = false, fmt.Sprintf("%d pictures arrived instead of one: %s", said.Pictures, said.Text)
		}
		if !s.OK {
			s.Mend = mends[said.Name]
		}
		steps = append(steps, s)
	}
	return steps
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
