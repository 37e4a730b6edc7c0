package kernelspec

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// venvStamp is written to a virtual environment once it is complete.
type venvStamp struct {
	Folder       string `json:"folder"`       // an environment cannot be moved, because its scripts contain its path
	Python       string `json:"python"`       // version of the interpreter that created it
	Requirements string `json:"requirements"` // SHA-256 of the list of packages
}

const (
	stampName        = "semrob.json"
	requirementsPath = "notebooks/requirements.txt"

	// pythonVersion prints major.minor, as in the name of the folder of packages.
	pythonVersion = `import sys; print("%d.%d" % sys.version_info[:2])`
)

func (o Options) venvPython() string { return filepath.Join(o.Venv, "bin", "python") }

// checkVenv returns an error if the environment cannot be used as it is.
func checkVenv(ctx context.Context, o Options) error {
	text, err := os.ReadFile(filepath.Join(o.Venv, stampName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the Python environment %s is missing or incomplete", o.Venv)
	}
	if err != nil {
		return fmt.Errorf("reading the Python environment: %w", err)
	}
	var have venvStamp
	if err := json.Unmarshal(text, &have); err != nil {
		return fmt.Errorf("the Python environment %s is damaged: %s: %w", o.Venv, stampName, err)
	}
	requirements, err := requirementsHash(o)
	if err != nil {
		return err
	}
	switch {
	case have.Folder != o.Venv:
		return fmt.Errorf("the Python environment %s was moved or copied from %s", o.Venv, have.Folder)
	case have.Requirements != requirements:
		return fmt.Errorf("the Python environment %s is from another version of %s", o.Venv, requirementsPath)
	}
	version, err := output(ctx, o.venvPython(), "-c", pythonVersion)
	if err != nil {
		return fmt.Errorf("the Python environment %s no longer runs: %w", o.Venv, err)
	}
	if strings.TrimSpace(version) != have.Python {
		return fmt.Errorf("the Python environment %s is for Python %s, but Python is now %s", o.Venv, have.Python, strings.TrimSpace(version))
	}
	return nil
}

func requirementsHash(o Options) (string, error) {
	text, err := os.ReadFile(filepath.Join(o.Repository, requirementsPath))
	if err != nil {
		return "", fmt.Errorf("reading the list of Python packages: %w", err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text)), nil
}

// installVenv recreates the environment unless it is complete and up to date.
func installVenv(ctx context.Context, o Options) error {
	if checkVenv(ctx, o) == nil {
		return nil
	}
	if err := removeVenv(o.Venv); err != nil {
		return err
	}
	if err := checkPython(ctx, o); err != nil {
		return err
	}
	fmt.Fprintf(o.Log, "Creating the Python environment %s with Jupyter …\n", o.Venv)
	if err := createVenv(ctx, o); err != nil {
		return err
	}
	err := run(ctx, "", pythonEnv(), o.venvPython(), "-m", "pip", "install", "--quiet", "--no-input",
		"--disable-pip-version-check", "--requirement", filepath.Join(o.Repository, requirementsPath))
	if err != nil {
		return fmt.Errorf("installing Jupyter into %s (is a Python package index reachable?): %w", o.Venv, err)
	}
	return writeStamp(ctx, o)
}

// removeVenv removes an earlier installation, but nothing else.
func removeVenv(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating the Python environment: %w", err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(dir, "pyvenv.cfg")); err != nil {
			return fmt.Errorf("%s is not a Python virtual environment: remove it, or choose another folder", dir)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing the outdated Python environment: %w", err)
	}
	return nil
}

func checkPython(ctx context.Context, o Options) error {
	version, err := output(ctx, o.Python, "-c", `import sys; print(*sys.version_info[:2])`)
	if err != nil {
		return fmt.Errorf("running %s: %w; install Python 3.10 or newer, or set $PYTHON", o.Python, err)
	}
	var major, minor int
	if _, err := fmt.Sscan(version, &major, &minor); err != nil {
		return fmt.Errorf("%s does not report its version: %w", o.Python, err)
	}
	if major < 3 || major == 3 && minor < 10 {
		return fmt.Errorf("%s is Python %d.%d: notebooks need 3.10 or newer; set $PYTHON", o.Python, major, minor)
	}
	return nil
}

// createVenv creates an environment with pip. Debian and Ubuntu need a separate
// package for that; if it is missing, the system's pip installs itself into an
// environment without pip.
func createVenv(ctx context.Context, o Options) error {
	venvErr := run(ctx, "", pythonEnv(), o.Python, "-m", "venv", o.Venv)
	if venvErr == nil || ctx.Err() != nil {
		return venvErr
	}
	bareErr := run(ctx, "", pythonEnv(), o.Python, "-m", "venv", "--clear", "--without-pip", o.Venv)
	pipFolder, pipErr := output(ctx, o.Python, "-c", `import os, pip; print(os.path.dirname(os.path.dirname(pip.__file__)))`)
	if bareErr != nil || pipErr != nil {
		return fmt.Errorf("%s cannot create a virtual environment: install its venv module (Debian and Ubuntu: apt install python3-venv) and run this again: %w", o.Python, venvErr)
	}
	env := append(pythonEnv(), "PYTHONPATH="+strings.TrimSpace(pipFolder))
	err := run(ctx, "", env, o.venvPython(), "-m", "pip", "install", "--quiet", "--no-input", "--ignore-installed", "pip")
	if err != nil {
		return fmt.Errorf("installing pip into %s: %w", o.Venv, err)
	}
	return nil
}

func writeStamp(ctx context.Context, o Options) error {
	version, err := output(ctx, o.venvPython(), "-c", pythonVersion+"; import jupyterlab, nbclient, nbconvert")
	if err != nil {
		return fmt.Errorf("starting Jupyter in %s: %w", o.Venv, err)
	}
	requirements, err := requirementsHash(o)
	if err != nil {
		return err
	}
	stamp := venvStamp{Folder: o.Venv, Python: strings.TrimSpace(version), Requirements: requirements}
	text, err := json.Marshal(stamp)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(o.Venv, stampName), append(text, '\n'))
}
