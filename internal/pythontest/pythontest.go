// Package pythontest finds Python interpreters for tests of networks in Python.
package pythontest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TorchVariable names the environment variable with an interpreter that has PyTorch:
// tests with it run only if it is set.
const TorchVariable = "SEMROB_TORCH"

// NumPy returns an interpreter with NumPy: that of the notebooks, $SEMROB_TORCH, or
// python3. Without one the test is skipped.
func NumPy(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	notebooks := filepath.Join(filepath.Dir(here), "..", "..", ".venv", "bin", "python")
	for _, python := range []string{notebooks, os.Getenv(TorchVariable), "python3"} {
		if python != "" && exec.Command(python, "-c", "import numpy").Run() == nil {
			return python
		}
	}
	t.Skip("no Python interpreter with NumPy: run `make setup`")
	return ""
}

// Torch returns the interpreter of $SEMROB_TORCH, which must have the packages.
// Without the variable the test is skipped.
func Torch(t testing.TB, packages ...string) string {
	t.Helper()
	python := os.Getenv(TorchVariable)
	if python == "" {
		t.Skipf("set %s to a Python interpreter with PyTorch (%s)", TorchVariable, strings.Join(packages, ", "))
	}
	if output, err := exec.Command(python, "-c", "import "+strings.Join(append(packages, "torch"), ", ")).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", python, err, output)
	}
	return python
}
