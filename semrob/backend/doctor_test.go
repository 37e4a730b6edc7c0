package backend

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func find(t *testing.T, report Report, name string) Check {
	t.Helper()
	for _, check := range report {
		if check.Name == name {
			return check
		}
	}
	t.Fatalf("no check %q in\n%s", name, report)
	return Check{}
}

func TestDiagnoseWithoutXLA(t *testing.T) {
	isolate(t)
	newFakePip(t, serveWheel)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "/no/such/folder")
	t.Setenv("CC", "/no/such/compiler -O2")
	report := Diagnose(context.Background())
	if report.OK() {
		t.Error("all is well")
	}
	for name, want := range map[string]string{
		"XLA CPU plugin": "semrob setup",
		"backend":        "semrob setup",
		"environment":    "/no/such/folder",
		"C compiler":     "install",
	} {
		if check := find(t, report, name); check.OK || !strings.Contains(check.Mend, want) {
			t.Errorf("%s: %+v; want a way to mend it with %q", name, check, want)
		}
	}
	if check := find(t, report, "pip"); !check.OK || !strings.Contains(check.Detail, "pip 23.0") {
		t.Errorf("pip: %+v", check)
	}
	if fallback != nil {
		t.Error("a diagnosis keeps Open from installing")
	}
	var text strings.Builder
	if n, err := report.WriteTo(&text); err != nil || int(n) != text.Len() || text.String() != report.String() {
		t.Errorf("wrote %d of %d bytes: %v", n, text.Len(), err)
	}
	if lines := strings.Split(text.String(), "\n"); !strings.HasPrefix(lines[len(lines)-3], " ") || !strings.Contains(lines[len(lines)-2], "compiled programs") {
		t.Errorf("the backend's mend is not under its check:\n%s", text.String())
	}
}

func TestDiagnoseRealXLA(t *testing.T) {
	plugin := realPlugin(t)
	isolate(t)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", filepath.Dir(plugin.Path))
	report := Diagnose(context.Background())
	if check := find(t, report, "XLA CPU plugin"); !check.OK || !strings.Contains(check.Detail, plugin.Path) {
		t.Errorf("plugin: %+v", check)
	}
	if check := find(t, report, "backend"); !check.OK || !strings.Contains(check.Detail, "XLA on") {
		t.Errorf("backend: %+v", check)
	}
}

func TestDiagnoseBrokenPlugin(t *testing.T) {
	dir := isolate(t)
	path := filepath.Join(dir, plainPlugin)
	writeTestFile(t, path, []byte("text"))
	report := Diagnose(context.Background())
	for _, name := range []string{"XLA CPU plugin", "backend"} {
		if check := find(t, report, name); check.OK || !strings.Contains(check.Detail, path) {
			t.Errorf("%s: %+v", name, check)
		}
	}
	// A file of the expected size with another content is damaged.
	writeTestFile(t, path, compilePlugin(t, hollowPlugin))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	kept := pinnedWheel
	defer func() { pinnedWheel = kept }()
	pinnedWheel.pluginSize = info.Size()
	if check := checkPlugin(); check.OK || !strings.Contains(check.Detail, "is damaged") {
		t.Errorf("damaged: %+v", check)
	}
}

func TestMinorVersion(t *testing.T) {
	tests := []struct {
		text  string
		major int
		want  int
		ok    bool
	}{
		{"go version go1.26.8 linux/amd64", 1, 26, true},
		{"Python 3.9.18", 3, 9, true},
		{"Python 3.13", 3, 13, true},
		{"Python 2.7.1", 3, 0, false},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			if got, ok := minorVersion(test.text, test.major); got != test.want || ok != test.ok {
				t.Errorf("%d, %v", got, ok)
			}
		})
	}
}

func TestPlatforms(t *testing.T) {
	for name, want := range map[string]string{
		"linux/amd64":   "linux/amd64: tested; XLA from an installed plugin, go-xla's release, a Python wheel; fallback: pure Go",
		"linux/arm64":   "linux/arm64: links, but was never run; XLA from an installed plugin, go-xla's release; fallback: pure Go",
		"darwin/arm64":  "darwin/arm64: compiles, but was never run; XLA from an installed plugin, go-xla's release; fallback: pure Go",
		"windows/amd64": "windows/amd64: not supported; XLA from an installed plugin; fallback: pure Go",
	} {
		t.Run(name, func(t *testing.T) {
			if got := describePlatform(name); !strings.HasPrefix(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	if check := find(t, Report{checkPlatform()}, "platform"); !check.OK || !strings.Contains(check.Detail, runtime.GOARCH) {
		t.Errorf("platform: %+v", check)
	}
}
