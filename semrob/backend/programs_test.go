package backend

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/backend/internal/programs"
)

// A program with oneDNN's operations is compiled and runs, and is never serialised:
// XLA would read memory that is not its own.
func TestProgramsWithOneDNNAreNotSerialised(t *testing.T) {
	plugin := realPlugin(t)
	for _, flags := range []string{"", "--" + oneDNNFlags[0].name + "=false"} {
		if flags != "" && !tuningOf(plugin).oneDNN {
			continue
		}
		dir := filepath.Join(t.TempDir(), "programs")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SEMROB_TEST_CONVOLVE=1", "GOMLX_BACKEND=xla:"+plugin.Path, flagsVariable+"="+flags, programs.Variable+"="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		with := strings.Contains(string(out), "has oneDNN: true")
		if want := map[bool]string{true: "serialised: XLA cannot serialise operations of oneDNN", false: "serialised: <nil>"}[with]; !strings.Contains(string(out), want) {
			t.Errorf("flags %q: want %s in\n%s", flags, want, out)
		}
	}
}

func TestProgramsOfABackendThatKeepsNone(t *testing.T) {
	opened, err := Open(context.Background(), Options{Config: "go"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := opened.Programs(); !errors.Is(err, programs.ErrUnable) {
		t.Errorf("pure Go: %v", err)
	}
}

func TestDependenciesOfPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := func() string {
		t.Helper()
		parts, err := programContext(pluginAt(path))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(parts, "\n")
	}
	write("one")
	t.Setenv(flagsVariable, "--a=1")
	first := key()
	if again := key(); again != first {
		t.Errorf("the same, twice:\n%s\n%s", first, again)
	}
	t.Setenv(flagsVariable, "--a=2")
	if key() == first {
		t.Error("flags do not count")
	}
	t.Setenv(flagsVariable, "--a=1")
	old, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write("two")
	if err := os.Chtimes(path, old.ModTime(), old.ModTime()); err != nil {
		t.Fatal(err)
	}
	if key() == first {
		t.Error("another file of the same size and age does not count")
	}
	t.Setenv(flagsVariable, "--xla_dump_to=/tmp")
	if _, err := programContext(pluginAt(path)); err == nil {
		t.Error("programs are loaded though XLA is asked to write what it compiles")
	}
}

// go-xla does not see a plugin that this package loads, so the folder of NVIDIA's
// libraries is set here.
func TestLibrariesOfCUDAPlugin(t *testing.T) {
	root := t.TempDir()
	plugin := pluginAt(filepath.Join(root, "nvidia", "pjrt_c_api_cuda_plugin.so"))
	if dir, ok := librariesOf(plugin); ok {
		t.Errorf("%s is not there", dir)
	}
	if err := os.Mkdir(filepath.Join(root, "nvidia"), 0o700); err != nil {
		t.Fatal(err)
	}
	if dir, ok := librariesOf(plugin); !ok || dir != filepath.Join(root, "nvidia") {
		t.Errorf("%s, %v", dir, ok)
	}
}
