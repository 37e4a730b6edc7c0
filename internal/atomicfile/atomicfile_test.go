package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
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
