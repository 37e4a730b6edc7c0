// Package kernelspec sets up notebooks on this machine: a Python virtual
// environment with Jupyter, the GoNB kernel built from pinned modules, and the
// kernel's registration in that environment.
//
// Nothing is written outside the environment and the repository's .build folder.
// Cells need only import lines to use this module's packages and its dependencies
// in the versions of its go.mod: the kernel runs them in a Go workspace with the
// repository, so that they need no network.
package kernelspec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
)

// KernelName is the name of the kernel in the metadata of notebooks.
const KernelName = "gonb"

// modulePath is the module that cells import from the repository.
const modulePath = "github.com/semrob/gonb-semrob"

// Options are the options of an installation. The zero value is for the repository
// around the current folder.
type Options struct {
	// Repository is the folder with this module's go.mod. Default: the current
	// folder or the first above it that contains it.
	Repository string
	// Venv is the Python virtual environment. Default: .venv in the repository.
	Venv string
	// Kernels is the folder to register the kernel in. Default: Venv's.
	Kernels string
	// Name is the name of the kernel. Default: KernelName.
	Name string
	// Force replaces a kernel of that name that semrob did not register.
	Force bool
	// Python creates the virtual environment, 3.10 or newer.
	// Default: $PYTHON, else python3.
	Python string
	// Completion also builds gopls, for completion and help in JupyterLab.
	// Notebooks do not need it to run.
	Completion bool
	// Env is added to the environment of the kernel and of every cell.
	Env map[string]string
	// Log receives one line for each slow step. Default: none.
	Log io.Writer
}

// ErrNotReady is wrapped by the error of Check.
var ErrNotReady = errors.New("notebooks are not ready")

// ErrForeign is wrapped by the error of InstallKernel if the name belongs to a
// kernel that semrob did not register.
var ErrForeign = errors.New("the kernel was not registered by semrob")

// ErrNoRepository is wrapped by the error of FindRepository.
var ErrNoRepository = errors.New("not in a clone of the repository")

// Install installs the parts of the environment, the kernel and its registration
// that are missing, incomplete or outdated. Concurrent installations wait for one
// another.
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

// InstallKernel builds GoNB if it is missing, and registers the kernel in the
// folder Kernels of an existing Jupyter. Notebooks in any folder can then import
// this module's packages. A kernel of that name that semrob did not register is
// replaced only with Force; otherwise the error wraps ErrForeign.
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

// UserKernels returns the user's folder of kernels, which all of their Jupyter
// installations use: $JUPYTER_DATA_DIR/kernels, or else
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

// Check returns nil if Install has nothing to do; otherwise the error wraps
// ErrNotReady, and names the problem and the command that fixes it.
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
		return fmt.Errorf("%w: %w; run semrob setup --notebook", ErrNotReady, err)
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
		return o, fmt.Errorf("the path %s contains a comma, which GoNB does not support: move the clone", o.Repository)
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
	o.Name = cmp.Or(o.Name, KernelName)
	if o.Name != filepath.Base(o.Name) || strings.HasPrefix(o.Name, ".") {
		return o, fmt.Errorf("invalid name of a kernel: %q: use letters, digits and hyphens", o.Name)
	}
	o.Python = cmp.Or(o.Python, os.Getenv("PYTHON"), "python3")
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o, nil
}

// FindRepository returns the absolute path of dir or the first folder above it that
// contains this module's go.mod.
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
			return "", fmt.Errorf("%w: no go.mod of %s in %s or above it", ErrNoRepository, modulePath, start)
		}
	}
}
