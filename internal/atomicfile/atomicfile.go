// Package atomicfile writes files that are either complete or absent.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// unfinished are the temporary files of this process.
var unfinished = struct {
	sync.Mutex
	names     map[string]bool
	abandoned bool
}{names: map[string]bool{}}

// Abandon removes the temporary files of unfinished writes, and makes every
// further write fail: for a process that is about to exit.
func Abandon() {
	unfinished.Lock()
	defer unfinished.Unlock()
	unfinished.abandoned = true
	for name := range unfinished.names {
		os.Remove(name)
	}
}

var errAbandoned = errors.New("the process is ending")

// create creates a temporary file beside path.
func create(path string) (*os.File, error) {
	unfinished.Lock()
	defer unfinished.Unlock()
	if unfinished.abandoned {
		return nil, errAbandoned
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err == nil {
		unfinished.names[f.Name()] = true
	}
	return f, err
}

// finish renames a temporary file to path, or removes it if err is not nil.
func finish(name, path string, err error) error {
	unfinished.Lock()
	defer unfinished.Unlock()
	delete(unfinished.names, name)
	if err == nil && unfinished.abandoned {
		err = errAbandoned
	}
	if err == nil {
		err = os.Rename(name, path)
	}
	if err != nil {
		os.Remove(name)
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// WriteBytes writes data to path as Write does.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// Write calls write with a temporary file in path's folder and renames it to path
// once it is synced. If anything fails, path is left unchanged and the temporary
// file is removed.
func Write(path string, write func(io.Writer) error) error {
	tmp, err := create(path)
	if err != nil {
		return fmt.Errorf("writing %s: its folder is not writable: %w", path, err)
	}
	err = fill(tmp, write)
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	return finish(tmp.Name(), path, err)
}

func fill(tmp *os.File, write func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(tmp, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := tmp.Chmod(0o644); err != nil {
		return err
	}
	return tmp.Sync()
}

// CheckFolder returns an error if no file can be written at path. Call it before
// long work.
func CheckFolder(path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), ".semrob-*.partial")
	if err != nil {
		return fmt.Errorf("cannot write %s: its folder does not exist or cannot be written to (%w); choose another path", path, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}
