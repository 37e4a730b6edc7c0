// Package atomicfile writes files that are either whole or absent.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write calls write with a temporary file in path's folder and renames it to
// path once everything is on disk. Where anything fails, path is left as it
// was and the temporary file is removed.
func Write(path string, write func(io.Writer) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err != nil {
		return fmt.Errorf("writing %s: the folder cannot be written to: %w", path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
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
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// CheckFolder reports, before long work begins, whether a file can be written
// at path.
func CheckFolder(path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), ".semrob-*.partial")
	if err != nil {
		return fmt.Errorf("cannot write %s: its folder does not exist or cannot be written to (%w); choose another --out", path, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}
