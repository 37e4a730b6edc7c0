// Package atomicfile writes files that are either whole or absent.
package atomicfile

import (
	"bufio"
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

// Abandon removes the temporary files of writes that are under way and lets no
// further one begin or end: for a process that is about to exit.
func Abandon() {
	unfinished.Lock()
	defer unfinished.Unlock()
	unfinished.abandoned = true
	for name := range unfinished.names {
		os.Remove(name)
	}
}

// create makes a temporary file beside path.
func create(path string) (*os.File, error) {
	unfinished.Lock()
	defer unfinished.Unlock()
	if unfinished.abandoned {
		return nil, fmt.Errorf("the process is ending")
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err == nil {
		unfinished.names[f.Name()] = true
	}
	return f, err
}

// finish renames a temporary file to path, or removes it where err is set.
func finish(name, path string, err error) error {
	unfinished.Lock()
	defer unfinished.Unlock()
	delete(unfinished.names, name)
	if err == nil && unfinished.abandoned {
		err = fmt.Errorf("the process is ending")
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

// Write calls write with a temporary file in path's folder and renames it to
// path once everything is on disk. Where anything fails, path is left as it
// was and the temporary file is removed.
func Write(path string, write func(io.Writer) error) error {
	tmp, err := create(path)
	if err != nil {
		return fmt.Errorf("writing %s: its folder cannot be written to: %w", path, err)
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

// CheckFolder reports, before long work begins, whether a file can be written
// at path.
func CheckFolder(path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), ".semrob-*.partial")
	if err != nil {
		return fmt.Errorf("cannot write %s: its folder does not exist or cannot be written to (%w); choose another place", path, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}
