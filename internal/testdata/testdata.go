// Package testdata finds the reference data that tests compare with: published
// maps and pictures, golden files, meshes. Its licences differ from the
// project's, so it is never part of the repository.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Variable names the environment variable that overrides where the data is.
const Variable = "SEMROB_TESTDATA"

// Find returns the folder of the reference data: $SEMROB_TESTDATA, or the
// folder "shared" beside the repository. ok is false where it is absent.
func Find() (dir string, ok bool) {
	dir = os.Getenv(Variable)
	if dir == "" {
		_, here, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared")
	}
	info, err := os.Stat(filepath.Join(dir, "golden"))
	return dir, err == nil && info.IsDir()
}

// Dir returns the folder of the reference data, or skips the test where it is
// absent.
func Dir(t testing.TB) string {
	t.Helper()
	dir, ok := Find()
	if !ok {
		t.Skipf("the reference data is absent: put it in %s, or set %s", dir, Variable)
	}
	return dir
}
