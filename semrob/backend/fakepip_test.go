package backend

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serveWheel is the part of a fake pip that copies the wheel, in two steps and via
// its temporary folder, like the real pip.
const serveWheel = `head -c 100 "$WHEEL" >"$TMPDIR/part"; cp "$WHEEL" "$TMPDIR/part"; mv "$TMPDIR/part" "$dest/fake_pjrt-1.0-py3-none-any.whl"`

// A fakePip is an executable python3 in PATH that behaves like pip and logs its
// downloads.
type fakePip struct {
	dir  string
	spec installSpec
}

// newFakePip puts a fake pip into PATH; download is its shell code to download a
// wheel to the folder $dest.
func newFakePip(t *testing.T, download string) *fakePip {
	t.Helper()
	fake := &fakePip{dir: t.TempDir()}
	script := fmt.Sprintf(`#!/bin/sh
WHEEL=%[1]s/wheel
for argument; do
  case "$argument" in
    --version) echo "pip 23.0"; exit 0;;
    --dest=*) dest="${argument#--dest=}";;
  esac
done
echo $$ >>%[1]s/log
%[2]s
`, fake.dir, download)
	writeTestFile(t, filepath.Join(fake.dir, "bin", "python3"), []byte(script))
	t.Setenv("PATH", filepath.Join(fake.dir, "bin")+":/usr/bin:/bin")
	fake.build(t, compilePlugin(t, hollowPlugin))
	return fake
}

// build builds the served wheel with a plugin.
func (f *fakePip) build(t *testing.T, plugin []byte) {
	t.Helper()
	var wheel bytes.Buffer
	archive := zip.NewWriter(&wheel)
	for _, member := range []struct{ name, content string }{
		{"fake_pjrt/__init__.py", ""},
		{"fake_pjrt-1.0.dist-info/licenses/LICENSE", "the licence"},
		{"fake_pjrt/pjrt_c_api_cpu_plugin.so", string(plugin)},
	} {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: member.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(member.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, filepath.Join(f.dir, "wheel"), wheel.Bytes())
	f.spec = installSpec{Requirement: "fake-pjrt==1.0",
		Size: int64(wheel.Len()), SHA256: hexSum(wheel.Bytes()),
		PluginSize: int64(len(plugin)), PluginSHA256: hexSum(plugin)}
}

func hexSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// options install from the fake pip; the official release is unreachable.
func (f *fakePip) options(dir string) InstallOptions {
	return InstallOptions{Dir: dir, wheel: fakeWheelFile(f.spec),
		release: func(context.Context) (string, error) { return "", errors.New("no such host") }}
}

// pids returns the process ids of the started downloads.
func (f *fakePip) pids(t *testing.T) []string {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(f.dir, "log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(log))
}

func (f *fakePip) downloads(t *testing.T) int {
	t.Helper()
	return len(f.pids(t))
}
