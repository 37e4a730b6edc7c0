// Package atomicfile writes files that are either complete or absent.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/semrob/gonb-semrob/internal/glob"
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

// ending is the end of the names of temporary files.
const ending = ".partial"

// create creates a temporary file beside path, with the mode of a new file: 0666
// without the bits of umask. It holds a lock for as long as it is open.
func create(path string) (*os.File, error) {
	removeStale(path)
	unfinished.Lock()
	defer unfinished.Unlock()
	if unfinished.abandoned {
		return nil, errAbandoned
	}
	for {
		f, err := os.OpenFile(temporary(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // without it, the file is removed if it seems abandoned
			unfinished.names[f.Name()] = true
		}
		return f, err
	}
}

func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+strconv.FormatUint(rand.Uint64(), 36)+ending)
}

// abandoned is the age after which a temporary file without a lock is that of a process
// that was killed.
const abandoned = time.Minute

// removeStale removes the temporary files that killed processes left beside path.
func removeStale(path string) {
	left, _ := glob.In(filepath.Dir(path), glob.Literal("."+filepath.Base(path)+".")+"*"+ending)
	for _, name := range left {
		info, err := os.Lstat(name)
		if err != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < abandoned {
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.Remove(name)
		}
		file.Close()
	}
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
//
// A file that is replaced keeps its mode, and a symbolic link its place: the file that
// it leads to is replaced. A pipe or a device is written to as it is.
func Write(path string, write func(io.Writer) error) error {
	target, info, err := targetOf(path)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if info != nil && !info.Mode().IsRegular() {
		return writeThrough(path, write)
	}
	tmp, err := create(target)
	if err != nil {
		return fmt.Errorf("writing %s: its folder is not writable: %w", path, err)
	}
	if info != nil {
		err = tmp.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = fill(tmp, write)
	}
	if err == nil {
		err = tmp.Sync()
	}
	// The lock ends with Close: before, the file must have its name.
	err = finish(tmp.Name(), target, err)
	if closing := tmp.Close(); err == nil && closing != nil {
		err = fmt.Errorf("writing %s: %w", path, closing)
	}
	return err
}

// mostLinks bounds a chain of symbolic links.
const mostLinks = 40

// targetOf follows the links at path. info is nil if there is no file yet.
func targetOf(path string) (target string, info fs.FileInfo, err error) {
	for range mostLinks {
		info, err = os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil, nil
		case err != nil || info.Mode()&fs.ModeSymlink == 0:
			return path, info, err
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil, err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			// Such as /dev/stdout, which leads to a pipe without a name.
			if info, err := os.Stat(path); err == nil {
				return path, info, nil
			}
		}
		path = to
	}
	return path, nil, errors.New("too many symbolic links")
}

// writeThrough writes to a pipe or a device.
func writeThrough(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		err = fill(file, write)
		if closing := file.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func fill(file *os.File, write func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(file, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// CheckFolder returns an error if no file can be written at path. Call it before
// long work.
func CheckFolder(path string) error {
	target, info, err := targetOf(path)
	if err == nil && info != nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w; choose another path", path, err)
	}
	if info != nil && !info.Mode().IsRegular() {
		return nil // a pipe
	}
	probe, err := os.CreateTemp(filepath.Dir(target), ".semrob-*"+ending)
	if err != nil {
		return fmt.Errorf("cannot write %s: its folder does not exist or cannot be written to (%w); choose another path", path, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}
