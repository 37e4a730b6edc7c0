// Package testdata finds the reference data of tests: published maps and pictures,
// golden files, meshes. Their licences differ from the project's, so they are not
// in the repository.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Variable is the environment variable that overrides the folder of the data.
const Variable = "SEMROB_TESTDATA"

// Find returns the folder of the reference data: $SEMROB_TESTDATA, or "shared"
// beside the repository. ok is false if it is absent.
func Find() (dir string, ok bool) {
	dir = os.Getenv(Variable)
	if dir == "" {
		_, here, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared")
	}
	info, err := os.Stat(filepath.Join(dir, "golden"))
	return dir, err == nil && info.IsDir()
}

// Dir returns the folder of the reference data, or skips the test if it is absent.
func Dir(t testing.TB) string {
	t.Helper()
	dir, ok := Find()
	if !ok {
		t.Skipf("the reference data is not in %s: put it there, or set %s", dir, Variable)
	}
	return dir
}
