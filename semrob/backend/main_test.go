package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/backend/internal/programs"
)

// installedPlugin is the machine's CPU plugin, found before the tests changed the
// environment; its Path is empty if there is none.
var installedPlugin Plugin

func TestMain(m *testing.M) {
	if spec := os.Getenv("SEMROB_TEST_INSTALL"); spec != "" {
		os.Exit(installFromSpec(spec))
	}
	if os.Getenv("SEMROB_TEST_CONVOLVE") != "" {
		os.Exit(convolve())
	}
	installedPlugin, _ = choose(Find(), "cpu")
	os.Exit(m.Run())
}

// An installSpec describes the installation in a process started by a test.
type installSpec struct {
	Dir, Requirement, SHA256, PluginSHA256 string
	Size, PluginSize                       int64
}

func installFromSpec(text string) int {
	var spec installSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		fmt.Println(err)
		return 1
	}
	path, err := Install(context.Background(), InstallOptions{Dir: spec.Dir, Source: Wheel,
		Progress: linesTo(os.Stderr), wheel: fakeWheelFile(spec)})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(path)
	return 0
}

func fakeWheelFile(spec installSpec) *wheelFile {
	return &wheelFile{requirement: spec.Requirement, size: spec.Size, sha256: spec.SHA256,
		plugin: "fake_pjrt/pjrt_c_api_cpu_plugin.so", pluginSize: spec.PluginSize,
		pluginSHA256: spec.PluginSHA256, platform: "linux/amd64"}
}

// realPlugin returns the machine's CPU plugin, or skips the test.
func realPlugin(t *testing.T) Plugin {
	t.Helper()
	if installedPlugin.Path == "" {
		t.Skip("no XLA plugin is installed: run `semrob setup`")
	}
	return installedPlugin
}

// isolate gives the test a separate home folder, without plugins, variables or
// opened backends, and returns the folder for plugins.
func isolate(t *testing.T) string {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv(programs.Variable, "off")
	for _, name := range []string{"GOMLX_BACKEND", "PJRT_PLUGIN_LIBRARY_PATH", "GOMLX_NO_AUTO_INSTALL", "LD_LIBRARY_PATH"} {
		t.Setenv(name, "") // has the value restored at the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	opening <- struct{}{}
	defer unlock()
	opened, fallback, defaults = map[string]*Backend{}, nil, Options{}
	if found := Find(); len(found) > 0 {
		t.Skipf("a plugin is installed for the whole system: %v", found)
	}
	dir, err := DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// compilePlugin compiles C source to a shared library and returns its content.
func compilePlugin(t *testing.T, source string) []byte {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler to build a plugin")
	}
	dir := t.TempDir()
	from, to := filepath.Join(dir, "plugin.c"), filepath.Join(dir, "plugin.so")
	writeTestFile(t, from, []byte(source))
	if output, err := exec.Command("gcc", "-shared", "-fPIC", "-o", to, from).CombinedOutput(); err != nil {
		t.Fatalf("compiling a plugin: %v\n%s", err, output)
	}
	return readTestFile(t, to)
}

// hollowPlugin is the source of a library that looks like a plugin and returns
// no function table.
const hollowPlugin = `void *GetPjrtApi(void) { return 0; }`

func writeTestFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

func readTestFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// wantError fails the test unless err is not nil, has one line, and contains all
// texts.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", texts)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error is longer than a line: %q", err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q lacks %q", err, text)
		}
	}
}
