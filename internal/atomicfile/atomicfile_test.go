package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestAFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "map.npz")
	if err := WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err := Write(path, func(w io.Writer) error {
		fmt.Fprint(w, "ne")
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("the file contains %q", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("the folder contains %v, want map.npz alone", left)
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "map.npz")
	if err := CheckFolder(path); err == nil {
		t.Error("an absent folder passed")
	}
	if err := Write(path, func(io.Writer) error { return nil }); err == nil {
		t.Error("a file was written to an absent folder")
	}
}

func TestAbandonRemovesWhatIsUnderWay(t *testing.T) {
	t.Cleanup(func() { unfinished.abandoned = false })
	dir := t.TempDir()
	err := Write(filepath.Join(dir, "map.npz"), func(w io.Writer) error {
		Abandon()
		return nil
	})
	if !errors.Is(err, errAbandoned) {
		t.Errorf("a write after Abandon gives the error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v was left behind", left)
	}
}

// TestModesAndUmask writes new files and replaces old ones.
func TestModesAndUmask(t *testing.T) {
	for _, umask := range []int{0o002, 0o022, 0o077} {
		before := syscall.Umask(umask)
		dir := t.TempDir()
		path := filepath.Join(dir, "map.npz")
		err := WriteBytes(path, nil)
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		if mode := modeOf(t, path); mode != 0o666&^fs.FileMode(umask) {
			t.Errorf("with umask %03o the mode is %03o", umask, mode)
		}
		for _, mode := range []fs.FileMode{0o600, 0o664, 0o640} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			if err := WriteBytes(path, []byte("new")); err != nil {
				t.Fatal(err)
			}
			if got := modeOf(t, path); got != mode {
				t.Errorf("a file of mode %03o has %03o after it is replaced", mode, got)
			}
		}
	}
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// TestLinksStay writes to symbolic links, to files and to nowhere yet, and to a pipe.
func TestLinksStay(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "results"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"relative": "results/a.npz", "absolute": filepath.Join(dir, "results", "b.npz"), "chain": "step", "step": "results/c.npz",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	for name, file := range map[string]string{"relative": "a.npz", "absolute": "b.npz", "chain": "c.npz"} {
		for _, text := range []string{"first", "second"} {
			path := filepath.Join(dir, name)
			if err := CheckFolder(path); err != nil {
				t.Error(err)
			}
			if err := WriteBytes(path, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if modeOf(t, path)&fs.ModeSymlink == 0 {
				t.Errorf("the link %s was replaced", name)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "results", file)); err != nil || string(got) != text {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(loop, nil); err == nil {
		t.Error("a link to itself was written to")
	}
	pipe := filepath.Join(dir, "pipe.npz")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	read := make(chan string, 1)
	go func() { data, _ := os.ReadFile(pipe); read <- string(data) }()
	if err := CheckFolder(pipe); err != nil {
		t.Error(err)
	}
	if err := WriteBytes(pipe, []byte("through")); err != nil {
		t.Fatal(err)
	}
	if modeOf(t, pipe)&fs.ModeNamedPipe == 0 {
		t.Fatal("the pipe was replaced")
	}
	if got := <-read; got != "through" {
		t.Errorf("the pipe gave %q", got)
	}
}

// TestKilledWritesAreRemoved leaves temporary files as killed processes do.
func TestKilledWritesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path, old := filepath.Join(dir, "map [1].npz"), time.Now().Add(-time.Hour)
	leave := func(name string, when time.Time) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, when, when); err != nil {
			t.Fatal(err)
		}
		return name
	}
	killed := leave(".map [1].npz.123.partial", old)
	kept := []string{leave(".map [1].npz.456.partial", time.Now()), leave(".map 1.npz.123.partial", old), leave(".other.npz.123.partial", old), leave("map [1].npz.partial", old)}
	slow, err := create(path) // another write, which takes more than an hour
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = finish(slow.Name(), path, errAbandoned) }()
	if err := os.Chtimes(slow.Name(), old, old); err != nil {
		t.Fatal(err)
	}
	kept = append(kept, slow.Name())
	if err := WriteBytes(path, []byte("whole")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(killed); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s stays: %v", killed, err)
	}
	for _, name := range kept {
		if _, err := os.Lstat(name); err != nil {
			t.Errorf("another file was removed: %v", err)
		}
	}
}
