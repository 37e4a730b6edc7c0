package backend

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/go-xla/installer"
)

// quiet are options that download nothing and keep the notice.
func quiet(notices *[]string) Options {
	return Options{NoInstall: true, Notify: func(notice string) { *notices = append(*notices, notice) }}
}

func TestOpenRealXLA(t *testing.T) {
	plugin := realPlugin(t)
	isolate(t)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", filepath.Dir(plugin.Path))
	var notices []string
	first, err := Open(context.Background(), quiet(&notices))
	if err != nil {
		t.Fatal(err)
	}
	if !first.IsXLA() || first.Notice != "" || len(notices) > 0 {
		t.Fatalf("%s, notices %q", first.Description(), notices)
	}
	if text := first.Description(); !strings.Contains(text, "XLA on") || !strings.Contains(text, "PJRT 0.") || !strings.Contains(text, first.Plugin.Path) {
		t.Errorf("description %q", text)
	}
	if sum, err := add(first.Compute, 1.5, 2.25); err != nil || sum != 3.75 {
		t.Errorf("1.5 + 2.25 = %v, %v", sum, err)
	}
	for _, config := range []string{"xla:" + first.Plugin.Path, "xla"} {
		again, err := Open(context.Background(), Options{Config: config, NoInstall: true})
		if err != nil || again != first {
			t.Errorf("%s opened another backend: %v, %v", config, again, err)
		}
	}
	unknown := Options{Config: "xla:" + plugin.Path + ",nonsense=1"}
	_, err = Open(context.Background(), unknown)
	wantError(t, err, "check the options", "nonsense", plugin.Path)
}

// go-xla guesses the device from words in the whole path, and splits it at
// commas.
func TestOpenXLAInMisleadingFolder(t *testing.T) {
	plugin := realPlugin(t)
	isolate(t)
	dir := filepath.Join(t.TempDir(), "cuda, nvidia")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "pjrt_c_api_cpu_plugin.so")
	if err := os.Symlink(plugin.Path, path); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", dir)
	opened, err := Open(context.Background(), Options{Config: "xla:cpu", NoInstall: true})
	if err != nil {
		t.Fatal(err)
	}
	if opened.Plugin.Path != path || opened.IsGPU() || !opened.Compute.HasSharedBuffers() {
		t.Errorf("%s, GPU %v, shared buffers %v", opened.Description(), opened.IsGPU(), opened.Compute.HasSharedBuffers())
	}
	if err := opened.try(); err != nil {
		t.Error(err)
	}
}

func TestOpenGo(t *testing.T) {
	isolate(t)
	t.Setenv("GOMLX_BACKEND", "go")
	var notices []string
	opened, err := Open(context.Background(), quiet(&notices))
	if err != nil {
		t.Fatal(err)
	}
	if opened.IsXLA() || opened.Description() != "pure Go, without XLA" || opened.Notice != "" || len(notices) > 0 {
		t.Errorf("%s, notices %q", opened.Description(), notices)
	}
	if err := opened.try(); err != nil {
		t.Error(err)
	}
}

func TestFallbackTellsOnce(t *testing.T) {
	isolate(t)
	t.Setenv("GOMLX_NO_AUTO_INSTALL", "")
	var notices []string
	options := Options{Notify: func(notice string) { notices = append(notices, notice) }}
	first, err := Open(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(context.Background(), options)
	if err != nil || again != first {
		t.Errorf("opened again: %v, %v", again, err)
	}
	if len(notices) != 1 || notices[0] != first.Notice || first.IsXLA() {
		t.Fatalf("notices %q, backend %s with %q", notices, first.Description(), first.Notice)
	}
	if first.Compute.String() != "go" {
		t.Errorf("fell back to %s", first.Compute.Description())
	}
	for _, text := range []string{"pure Go", "GOMLX_NO_AUTO_INSTALL", "semrob setup"} {
		if !strings.Contains(first.Notice, text) {
			t.Errorf("notice %q lacks %q", first.Notice, text)
		}
	}
	if strings.Contains(first.Notice, "\n") {
		t.Errorf("notice of several lines: %q", first.Notice)
	}
}

// An installation that failed is not tried again in the same process, but a
// plugin that has appeared since is taken.
func TestFallbackIsRemembered(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, `echo "ERROR: no network" >&2; exit 1`)
	options := Options{Install: fake.options(""), Notify: func(string) {}}
	for range 2 {
		opened, err := Open(context.Background(), options)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(opened.Notice, "no network") || !strings.Contains(opened.Notice, "semrob doctor") {
			t.Errorf("notice %q", opened.Notice)
		}
	}
	if n := fake.downloads(t); n != 1 {
		t.Errorf("%d downloads were tried", n)
	}
	path := filepath.Join(dir, cpuPluginFile())
	writeTestFile(t, path, []byte("text"))
	_, err := Open(context.Background(), options)
	wantError(t, err, path, "semrob setup")
}

func TestOpenInstalls(t *testing.T) {
	if testing.Short() {
		t.Skip("it copies the real plugin, 200 MB")
	}
	plugin := realPlugin(t)
	dir := isolate(t)
	fake := newFakePip(t, serveWheel)
	fake.build(t, readTestFile(t, plugin.Path))
	for range 2 {
		opened, err := Open(context.Background(), Options{Install: fake.options("")})
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(dir, cpuPluginFile()); opened.Plugin.Path != want {
			t.Errorf("opened %s, want %s", opened.Plugin.Path, want)
		}
	}
	if n := fake.downloads(t); n != 1 {
		t.Errorf("%d downloads", n)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := isolate(t)
	hollow := compilePlugin(t, hollowPlugin)
	broken := t.TempDir()
	files := map[string][]byte{
		"text.so":   []byte("not found\n"),
		"cut.so":    hollow[:len(hollow)/2],
		"hollow.so": hollow,
		"nosym.so":  compilePlugin(t, `int f(void) { return 1; }`),
	}
	for name, content := range files {
		writeTestFile(t, filepath.Join(broken, name), content)
	}
	unknown := func(err error) bool { var e *UnknownError; return errors.As(err, &e) && e.Name != "" }
	absent := func(err error) bool { return errors.Is(err, ErrNotInstalled) }
	missing := func(err error) bool { return errors.Is(err, fs.ErrNotExist) }
	unusable := func(err error) bool { var e *PluginError; return errors.As(err, &e) && filepath.Dir(e.Path) == broken }
	tests := map[string]struct {
		config, want string
		is           func(error) bool
	}{
		"unknown backend": {"tensorflow:cpu", "xla:cpu", unknown},
		"unknown plugin":  {"xla:metal", "pjrt_c_api_metal_plugin", unknown},
		"not installed":   {"xla:cpu", "semrob setup", absent},
		"none at all":     {"xla", "semrob setup", absent},
		"missing file":    {"xla:" + filepath.Join(broken, "absent.so"), "correct the path", missing},
		"text":            {"xla:" + filepath.Join(broken, "text.so"), "not a shared library", unusable},
		"truncated":       {"xla:" + filepath.Join(broken, "cut.so"), "truncated", unusable},
		"no entry":        {"xla:" + filepath.Join(broken, "nosym.so"), "lacks the function", unusable},
		"hollow":          {"xla:" + filepath.Join(broken, "hollow.so"), "cannot be opened", unusable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOMLX_BACKEND", test.config)
			var notices []string
			_, err := Open(context.Background(), quiet(&notices))
			wantError(t, err, test.want)
			if !test.is(err) {
				t.Errorf("error %v is of another kind", err)
			}
			if _, file, ok := strings.Cut(test.config, "xla:/"); ok {
				wantError(t, err, file)
			} else {
				wantError(t, err, test.config, "GOMLX_BACKEND")
			}
			if len(notices) > 0 {
				t.Errorf("notices %q beside an error", notices)
			}
		})
	}
	t.Run("broken where it is installed", func(t *testing.T) {
		path := filepath.Join(dir, "pjrt_c_api_cpu_plugin.so")
		writeTestFile(t, path, []byte("text"))
		_, err := Open(context.Background(), Options{NoInstall: true})
		wantError(t, err, path, "semrob setup")
	})
}

func TestCUDANeedsGPU(t *testing.T) {
	dir := isolate(t)
	path := filepath.Join(dir, "nvidia", "pjrt_c_api_cuda_plugin.so")
	writeTestFile(t, path, compilePlugin(t, hollowPlugin))
	if installer.HasNvidiaGPU() {
		_, err := Open(context.Background(), Options{NoInstall: true})
		wantError(t, err, path, "xla:cpu") // it is preferred, and it is broken
		return
	}
	_, err := Open(context.Background(), Options{Config: "xla:cuda", NoInstall: true})
	wantError(t, err, path, "NVIDIA GPU")
	opened, err := Open(context.Background(), Options{NoInstall: true, Notify: func(string) {}})
	if err != nil || opened.IsGPU() {
		t.Errorf("opened %v, %v", opened, err)
	}
}

func TestOpenConcurrently(t *testing.T) {
	isolate(t)
	SetDefaults(Options{Config: "go"})
	backends := make([]*Backend, 8)
	var group sync.WaitGroup
	for i := range backends {
		group.Go(func() {
			var err error
			if backends[i], err = Default(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, b := range backends {
		if b != backends[0] {
			t.Fatal("one process has two default backends")
		}
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	isolate(t)
	opening <- struct{}{} // somebody else is opening
	defer unlock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := Default(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
