package backend

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wantFiles fails the test unless the folder contains exactly these files and the
// lock.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		if entry.Name() != lockFile {
			got = append(got, entry.Name())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s contains %q, want %q", dir, got, want)
	}
}

const plainPlugin, plainLicence = "pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_plugin.so.LICENSE"

func TestInstallWheelOnce(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, serveWheel)
	var last Event
	var texts []string
	options := fake.options(dir)
	options.Progress = func(e Event) {
		if e.Text != "" {
			texts = append(texts, e.Text)
			return
		}
		last = e
	}
	for range 3 {
		path, err := Install(context.Background(), options)
		if err != nil {
			t.Fatal(err)
		}
		if path != filepath.Join(dir, plainPlugin) {
			t.Errorf("installed %s", path)
		}
	}
	wantFiles(t, dir, plainPlugin, plainLicence)
	if n := fake.downloads(t); n != 1 {
		t.Errorf("%d downloads", n)
	}
	if hexSum(readTestFile(t, filepath.Join(dir, plainPlugin))) != fake.spec.PluginSHA256 {
		t.Error("the plugin is not the wheel's")
	}
	if string(readTestFile(t, filepath.Join(dir, plainLicence))) != "the licence" {
		t.Error("the licence is not the wheel's")
	}
	if last.Done != fake.spec.Size || last.Total != fake.spec.Size {
		t.Errorf("progress ended at %+v", last)
	}
	if all := strings.Join(texts, "\n"); !strings.Contains(all, "no such host") || !strings.Contains(all, "fake-pjrt==1.0") {
		t.Errorf("steps %q", texts)
	}
	if plugin, err := Ensure(context.Background(), options); err != nil || plugin.Name != "cpu" {
		t.Errorf("Ensure: %+v, %v", plugin, err)
	}
}

// releaseArchive is an official release with a versioned plugin.
func releaseArchive(t *testing.T) []byte {
	t.Helper()
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	members := tar.NewWriter(compressed)
	for name, content := range map[string][]byte{
		"LICENSE":                               []byte("the licence"),
		"./../pjrt_c_api_cpu_v0.1.0_plugin.so":  compilePlugin(t, hollowPlugin),
		"include/pjrt_c_api.h":                  []byte("header"),
		"nvidia/pjrt_c_api_cuda_v0.1_plugin.so": []byte("another"),
	} {
		header := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))}
		if err := members.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := members.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(members.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func TestInstallRelease(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, serveWheel)
	archive := releaseArchive(t)
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		_, _ = w.Write(archive)
	}))
	defer server.Close()
	options := fake.options("")
	options.release = func(context.Context) (string, error) { return server.URL + "/pjrt_cpu.tar.gz", nil }
	for range 2 {
		path, err := Install(context.Background(), options)
		if err != nil {
			t.Fatal(err)
		}
		if err := pluginAt(path).Check(); err != nil {
			t.Error(err)
		}
	}
	wantFiles(t, dir, plainPlugin, plainLicence, "pjrt_c_api_cpu_v0.1.0_plugin.so")
	if target, err := os.Readlink(filepath.Join(dir, plainPlugin)); err != nil || target != "pjrt_c_api_cpu_v0.1.0_plugin.so" {
		t.Errorf("link to %q, %v", target, err)
	}
	if requests != 1 || fake.downloads(t) != 0 {
		t.Errorf("%d requests, %d wheels", requests, fake.downloads(t))
	}
}

// Each of these releases fails differently, and the wheel is installed instead.
func TestInstallFallsBackToWheel(t *testing.T) {
	archive := releaseArchive(t)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(archive[:len(archive)/2])
	}))
	defer cut.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	at := func(url string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return url + "/x.tar.gz", nil }
	}
	tests := map[string]struct {
		release func(context.Context) (string, error)
		want    string
	}{
		"silence": {func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }, "no answer within 50ms"},
		"cut":     {at(cut.URL), "unpacking"},
		"gone":    {at(gone.URL), "404"},
		"unknown": {func(context.Context) (string, error) {
			_, err := http.Get("http://127.0.0.1:1/")
			return "", fmt.Errorf("asking 127.0.0.1: %w", err)
		}, "not reachable: dial"},
		"refused": {at("http://127.0.0.1:1"), "refused"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := isolate(t)
			fake := newFakePip(t, serveWheel)
			var steps strings.Builder
			options := fake.options(dir)
			options.release, options.reach, options.Progress = test.release, 50*time.Millisecond, linesTo(&steps)
			if _, err := Install(context.Background(), options); err != nil {
				t.Fatal(err)
			}
			wantFiles(t, dir, plainPlugin, plainLicence)
			if !strings.Contains(steps.String(), test.want) {
				t.Errorf("steps %q lack %q", steps.String(), test.want)
			}
		})
	}
}

func TestInstallErrors(t *testing.T) {
	tests := map[string]struct {
		pip    string
		change func(*fakePip, *InstallOptions)
		want   []string
	}{
		"other wheel": {serveWheel, func(_ *fakePip, o *InstallOptions) { o.wheel.sha256 = strings.Repeat("0", 64) },
			[]string{"fake_pjrt-1.0-py3-none-any.whl is not the expected file", "000000"}},
		"damaged wheel": {`printf broken >"$dest/fake_pjrt-1.0-py3-none-any.whl"`, nil,
			[]string{"fake_pjrt-1.0-py3-none-any.whl is not the expected file"}},
		"other plugin": {serveWheel, func(_ *fakePip, o *InstallOptions) { o.wheel.pluginSHA256 = strings.Repeat("0", 64) },
			[]string{"fake_pjrt/pjrt_c_api_cpu_plugin.so in fake_pjrt-1.0-py3-none-any.whl"}},
		"no plugin": {serveWheel, func(_ *fakePip, o *InstallOptions) { o.wheel.plugin = "elsewhere.so" },
			[]string{"does not contain elsewhere.so"}},
		"other system": {serveWheel, func(_ *fakePip, o *InstallOptions) { o.wheel.platform = "plan9/mips" },
			[]string{"only for plan9/mips"}},
		"pip fails": {`echo log; echo "ERROR: No matching distribution" >&2; exit 1`, nil,
			[]string{"No matching distribution", "exit status 1", "no such host"}},
		"pip does nothing": {`true`, nil, []string{"pip left 0 wheels"}},
		"no Python": {serveWheel, func(_ *fakePip, o *InstallOptions) { o.Python = "/no/such/python" },
			[]string{"no /no/such/python", "install Python"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := isolate(t)
			fake := newFakePip(t, test.pip)
			options := fake.options("")
			if test.change != nil {
				test.change(fake, &options)
			}
			_, err := Install(context.Background(), options)
			wantError(t, err, append(test.want, dir)...)
			wantFiles(t, dir)
		})
	}
}

func TestInstallNotAllowed(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, serveWheel)
	t.Setenv("GOMLX_NO_AUTO_INSTALL", "1")
	_, err := Install(context.Background(), fake.options(dir))
	wantError(t, err, "GOMLX_NO_AUTO_INSTALL", "semrob setup")
	wantFiles(t, dir)
	if n := fake.downloads(t); n != 0 {
		t.Errorf("%d downloads", n)
	}
}

func TestInstallToUnwritableFolder(t *testing.T) {
	isolate(t)
	fake := newFakePip(t, serveWheel)
	file := filepath.Join(t.TempDir(), "file")
	writeTestFile(t, file, nil)
	_, err := Install(context.Background(), fake.options(filepath.Join(file, "lib")))
	wantError(t, err, file, "make it writable")
	if n := fake.downloads(t); n != 0 {
		t.Errorf("%d downloads", n)
	}
	if os.Geteuid() == 0 {
		t.Skip("root writes to read-only folders")
	}
	readOnly := t.TempDir()
	if err := os.Chmod(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	_, err = Install(context.Background(), fake.options(readOnly))
	wantError(t, err, readOnly, "make the folder writable")
}

func TestInstallReplacesDamage(t *testing.T) {
	tests := map[string]struct {
		damage   func([]byte) []byte
		replaced bool
	}{
		"cut short":      {func(b []byte) []byte { return b[:len(b)/2] }, true},
		"a bit flipped":  {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, true},
		"another plugin": {func(b []byte) []byte { return append(b, 0) }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := isolate(t)
			fake := newFakePip(t, serveWheel)
			path, err := Install(context.Background(), fake.options(dir))
			if err != nil {
				t.Fatal(err)
			}
			damaged := test.damage(readTestFile(t, path))
			writeTestFile(t, path, damaged)
			writeTestFile(t, filepath.Join(dir, stagingPrefix+"left", "by a killed process"), nil)
			if _, err := Ensure(context.Background(), fake.options("")); err != nil {
				t.Fatal(err)
			}
			got := readTestFile(t, path)
			if replaced := hexSum(got) == fake.spec.PluginSHA256; replaced != test.replaced {
				t.Errorf("replaced: %v, want %v", replaced, test.replaced)
			}
			if test.replaced {
				wantFiles(t, dir, plainPlugin, plainLicence)
			} else if !bytes.Equal(got, damaged) {
				t.Error("an intact plugin was changed")
			}
		})
	}
}

// A broken plugin in another folder is reported, not replaced.
func TestEnsureLeavesOtherFolders(t *testing.T) {
	isolate(t)
	fake := newFakePip(t, serveWheel)
	other := t.TempDir()
	path := filepath.Join(other, plainPlugin)
	writeTestFile(t, path, []byte("text"))
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", other)
	_, err := Ensure(context.Background(), fake.options(""))
	wantError(t, err, path, "remove or replace it")
	writeTestFile(t, path, compilePlugin(t, hollowPlugin))
	if plugin, err := Ensure(context.Background(), fake.options("")); err != nil || plugin.Path != path {
		t.Errorf("%+v, %v", plugin, err)
	}
	if n := fake.downloads(t); n != 0 {
		t.Errorf("%d downloads", n)
	}
}

func TestInstallCancelled(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, `printf part >"$TMPDIR/part"; sleep 600 & echo $! >>"$WHEEL.child"; wait`)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(fake.dir, "wheel.child")); err == nil {
				cancel()
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	_, err := Install(ctx, fake.options(dir))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	wantFiles(t, dir)
	for _, pid := range append(fake.pids(t), strings.TrimSpace(string(readTestFile(t, filepath.Join(fake.dir, "wheel.child"))))) {
		waitUntilGone(t, pid)
	}
	_, err = Open(ctx, Options{Install: fake.options("")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Open falls back although it was cancelled: %v", err)
	}
}

// waitUntilGone waits until a process has ended; a zombie counts as ended.
func waitUntilGone(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if errors.Is(syscall.Kill(number, 0), syscall.ESRCH) {
			return
		}
		if status, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && strings.Contains(string(status), ") Z ") {
			return
		}
	}
	t.Errorf("process %s is still running", pid)
}

func TestInstallWaitingEndsWithItsContext(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, serveWheel)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	release, err := lockFolder(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	options := fake.options(dir)
	var steps []string
	options.Progress = func(e Event) { steps = append(steps, e.Text); cancel() }
	_, err = Install(ctx, options)
	if !errors.Is(err, context.Canceled) || len(steps) != 1 || !strings.Contains(steps[0], "waiting for another process") {
		t.Errorf("error %v after %q", err, steps)
	}
}

func TestInstallInTwoProcesses(t *testing.T) {
	dir := isolate(t)
	fake := newFakePip(t, "sleep 0.5; "+serveWheel)
	spec := fake.spec
	spec.Dir = dir
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var processes []*exec.Cmd
	var outputs [2]bytes.Buffer
	for i := range outputs {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), "SEMROB_TEST_INSTALL="+string(text))
		process.Stdout, process.Stderr = &outputs[i], &outputs[i]
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		processes = append(processes, process)
	}
	var all string
	for i, process := range processes {
		if err := process.Wait(); err != nil {
			t.Errorf("%v: %s", err, outputs[i].String())
		}
		all += outputs[i].String()
	}
	if n := fake.downloads(t); n != 1 {
		t.Errorf("%d downloads", n)
	}
	if strings.Count(all, filepath.Join(dir, plainPlugin)+"\n") < 2 {
		t.Errorf("not both processes returned the plugin: %s", all)
	}
	wantFiles(t, dir, plainPlugin, plainLicence)
}
