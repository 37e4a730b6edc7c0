// Package kernelspec prepares what a notebook needs on this machine: a Python
// virtual environment with Jupyter, the GoNB kernel built from pinned modules,
// and the kernel's registration inside that environment.
//
// Nothing is written outside the environment and the repository's .build
// folder. Cells import this module's packages, and every module it depends on
// at exactly the version its go.mod names, with import lines alone: the
// registered kernel starts each notebook with a Go workspace that uses the
// repository, so that nothing is looked up on the network.
package kernelspec

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
)

// KernelName is the name of the registered kernel, as notebooks name it in
// their metadata.
const KernelName = "gonb"

// modulePath is the module that cells import from the repository.
const modulePath = "github.com/semrob/gonb-semrob"

// Options says what to prepare and where. The zero value prepares the
// repository around the current folder.
type Options struct {
	// Repository is the folder with this module's go.mod. Default: the first
	// folder that holds it, from the current one upwards.
	Repository string
	// Venv is the Python virtual environment to make or to use.
	// Default: .venv in the repository.
	Venv string
	// Kernels is the folder of kernels that the kernel is registered in.
	// Default: the one of Venv.
	Kernels string
	// Name is the name that it is registered under. Default: KernelName.
	Name string
	// Force replaces a kernel of that name that something else registered.
	Force bool
	// Python makes the virtual environment, 3.10 or newer.
	// Default: $PYTHON, else python3.
	Python string
	// Completion builds gopls too, which gives completion and help in
	// JupyterLab. Notebooks run the same without it.
	Completion bool
	// Env is added to the environment of the kernel and so of every cell.
	Env map[string]string
	// Log receives one line for each step that takes longer than a moment.
	// Default: nothing is written.
	Log io.Writer
}

// Install makes whatever of the environment, the kernel and its registration is
// missing, half made or out of date, and leaves the rest alone. Processes that
// install at the same time wait for one another.
func Install(ctx context.Context, o Options) error {
	o, err := o.resolve()
	if err != nil {
		return err
	}
	unlock, err := lock(ctx, o)
	if err != nil {
		return err
	}
	defer unlock()
	if err := installVenv(ctx, o); err != nil {
		return err
	}
	return installKernel(ctx, o)
}

// InstallKernel builds GoNB where it is missing and registers the kernel in the
// folder Kernels, for a Jupyter that is there already. A notebook anywhere then
// imports this module's packages with import lines alone. A kernel of that name
// that something else registered is left alone, unless Force is set.
func InstallKernel(ctx context.Context, o Options) (folder string, err error) {
	o, err = o.resolve()
	if err != nil {
		return "", err
	}
	unlock, err := lock(ctx, o)
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := o.checkForeign(); err != nil {
		return "", err
	}
	return o.kernelFolder(), installKernel(ctx, o)
}

// UserKernels returns the folder of the person's own kernels, which every
// Jupyter of theirs knows: $JUPYTER_DATA_DIR/kernels, or else
// ~/.local/share/jupyter/kernels (on macOS ~/Library/Jupyter/kernels).
func UserKernels() (string, error) {
	if data := os.Getenv("JUPYTER_DATA_DIR"); data != "" {
		return filepath.Join(data, "kernels"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the folder of kernels: %w; set JUPYTER_DATA_DIR", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Jupyter", "kernels"), nil
	}
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "jupyter", "kernels"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter", "kernels"), nil
}

// Check returns nil where Install would have nothing to do; otherwise the error
// says what is missing and which command mends it.
func Check(ctx context.Context, o Options) error {
	o, err := o.resolve()
	if err != nil {
		return err
	}
	err = checkVenv(ctx, o)
	if err == nil {
		err = checkKernel(ctx, o)
	}
	if err != nil {
		return fmt.Errorf("notebooks are not ready: %w; run semrob setup --notebook", err)
	}
	return nil
}

// resolve fills in the defaults and makes the paths absolute.
func (o Options) resolve() (Options, error) {
	var err error
	if o.Repository == "" {
		o.Repository, err = FindRepository(".")
	} else {
		o.Repository, err = filepath.Abs(o.Repository)
	}
	if err != nil {
		return o, err
	}
	if strings.Contains(o.Repository, ",") {
		return o, fmt.Errorf("the path %s holds a comma, which GoNB takes for the end of a path: move the clone elsewhere", o.Repository)
	}
	if o.Venv == "" {
		o.Venv = filepath.Join(o.Repository, ".venv")
	}
	if o.Venv, err = filepath.Abs(o.Venv); err != nil {
		return o, err
	}
	if o.Kernels == "" {
		o.Kernels = filepath.Join(o.Venv, "share", "jupyter", "kernels")
	}
	if o.Kernels, err = filepath.Abs(o.Kernels); err != nil {
		return o, err
	}
	if o.Name == "" {
		o.Name = KernelName
	}
	if o.Name != filepath.Base(o.Name) || strings.HasPrefix(o.Name, ".") {
		return o, fmt.Errorf("the kernel's name %q is no name of a folder: use letters, digits and hyphens", o.Name)
	}
	if o.Python == "" {
		o.Python = os.Getenv("PYTHON")
	}
	if o.Python == "" {
		o.Python = "python3"
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o, nil
}

// FindRepository returns the absolute path of the first folder that holds this
// module's go.mod, from dir upwards.
func FindRepository(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := start; ; at = filepath.Dir(at) {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && modfile.ModulePath(text) == modulePath {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod of %s in %s or above it: run this inside a clone of the repository", modulePath, start)
		}
	}
}
