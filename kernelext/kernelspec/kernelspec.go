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
