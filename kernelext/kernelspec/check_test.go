package kernelspec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The kernel as a user installs it elsewhere: registered in a separate folder, it
// runs cells outside the clone that import this module.
func TestKernelWorksOutsideTheClone(t *testing.T) {
	if testing.Short() {
		t.Skip("builds GoNB and runs cells through it, which takes longer than a moment")
	}
	if err := Install(t.Context(), Options{Log: t.Output()}); err != nil { // for a Python with Jupyter
		t.Fatal(err)
	}
	o := Options{Kernels: filepath.Join(t.TempDir(), "kernels"), Name: "semrob-test", Log: t.Output()}
	folder, err := InstallKernel(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := CheckCells(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1+len(checkedCells) {
		t.Errorf("%d steps, want %d", len(steps), 1+len(checkedCells))
	}
	for _, s := range steps {
		t.Logf("%s: %v, %v, %s", s.Name, s.OK, s.Took, s.Text)
		if !s.OK {
			t.Errorf("%s: %s", s.Name, s.Text)
		}
	}
	if steps[0].Text != folder {
		t.Errorf("the kernel that was checked is in %s, want %s", steps[0].Text, folder)
	}

	t.Run("from anywhere", func(t *testing.T) {
		t.Chdir(t.TempDir()) // the kernel knows its clone
		if steps, err := CheckCells(t.Context(), o); err != nil || !steps[len(steps)-1].OK {
			t.Errorf("outside a clone the check gives %+v (%v)", steps, err)
		}
		o.Name = "semrob-absent"
		if _, err := CheckCells(t.Context(), o); err == nil || !strings.Contains(err.Error(), "semrob kernel install") {
			t.Errorf("outside a clone, without the kernel, the check gives %v", err)
		}
	})
	o.Name = "semrob-test"

	// Without the clone the first cell works, but not the one that imports it.
	registration := filepath.Join(folder, "kernel.json")
	text, err := os.ReadFile(registration)
	if err != nil {
		t.Fatal(err)
	}
	clone := o.registeredClone()
	gone := strings.ReplaceAll(string(text), "--go_work="+clone, "--go_work="+filepath.Join(clone, "gone"))
	if err := os.WriteFile(registration, []byte(gone), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", "off")
	steps, err = CheckCells(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	last := steps[len(steps)-1]
	if last.OK || last.Mend == "" || last.Text == "" {
		t.Errorf("without the clone the check ends with %+v", last)
	}

	o.Name = "semrob-absent"
	steps, err = CheckCells(t.Context(), o)
	if err != nil || len(steps) != 1 || steps[0].OK || !strings.Contains(steps[0].Text, "semrob-absent") || !strings.Contains(steps[0].Mend, "kernel install") {
		t.Errorf("a kernel that is not registered gives %+v (%v)", steps, err)
	}
}

func TestKernelOfSomethingElseIsKept(t *testing.T) {
	o := Options{Kernels: t.TempDir(), Name: "gonb"}
	registration := filepath.Join(o.Kernels, "gonb", "kernel.json")
	if err := os.MkdirAll(filepath.Dir(registration), 0o755); err != nil {
		t.Fatal(err)
	}
	const foreign = `{"argv": ["gonb"], "display_name": "Go", "metadata": {}}`
	if err := os.WriteFile(registration, []byte(foreign), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := InstallKernel(t.Context(), o)
	if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("a kernel of something else gives %v", err)
	}
	if text, _ := os.ReadFile(registration); string(text) != foreign {
		t.Errorf("it was replaced by %s", text)
	}
	o.Name = "../gonb"
	if _, err := InstallKernel(t.Context(), o); err == nil || !strings.Contains(err.Error(), "name") {
		t.Errorf("a name that leaves the folder gives %v", err)
	}
}

func TestCheckWithoutJupyter(t *testing.T) {
	python := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(python, []byte("#!/bin/sh\necho no module >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := CheckCells(t.Context(), Options{Python: python})
	if err == nil || !strings.Contains(err.Error(), "no module") || !strings.Contains(err.Error(), "--python") {
		t.Errorf("a Python that fails gives %v", err)
	}
}

func TestUserKernels(t *testing.T) {
	t.Setenv("JUPYTER_DATA_DIR", "/data")
	if folder, err := UserKernels(); err != nil || folder != "/data/kernels" {
		t.Errorf("with JUPYTER_DATA_DIR the folder is %s (%v)", folder, err)
	}
	t.Setenv("JUPYTER_DATA_DIR", "")
	t.Setenv("XDG_DATA_HOME", "/xdg")
	if folder, err := UserKernels(); err != nil || !strings.HasSuffix(folder, "upyter/kernels") {
		t.Errorf("the folder is %s (%v)", folder, err)
	}
}
