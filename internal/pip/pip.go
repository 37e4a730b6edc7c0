// Package pip fetches wheels from the Python package index with the installed pip.
// A package index is often reachable if nothing else is.
package pip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/semrob/gonb-semrob/internal/glob"
)

// Fetch describes a wheel.
type Fetch struct {
	// Python is the interpreter whose pip is used; "" means python3 in PATH, or
	// else pip in PATH.
	Python string
	// Requirement is pip's requirement, such as "name==1.0".
	Requirement string
	// Size is the size of the wheel in bytes, for Progress only.
	Size int64
	// Progress, if set, receives the number of bytes downloaded.
	Progress func(done, total int64)
}

// ErrNoPip is wrapped by errors that mean: no pip can be run.
var ErrNoPip = errors.New("no pip: install Python 3.10 or newer with pip")

// Wheel downloads the wheel, without its dependencies, into a folder, where pip's
// temporary files go too, and returns its unverified path. When ctx is done, pip
// and its child processes are stopped.
func (f Fetch) Wheel(ctx context.Context, folder string) (string, error) {
	pip, err := findPip(ctx, f.Python)
	if err != nil {
		return "", err
	}
	stop := watchGrowth(folder, f.Size, f.Progress)
	_, err = runPip(ctx, pip, folder, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
		"--no-input", "--progress-bar=off", "--retries=2", "--dest="+folder, f.Requirement)
	stop(err == nil)
	if err != nil {
		return "", err
	}
	files, _ := glob.In(folder, "*.whl")
	if len(files) != 1 {
		return "", fmt.Errorf("pip left %d wheels for %s instead of one", len(files), f.Requirement)
	}
	return files[0], nil
}

// Version returns the output of pip --version.
func Version(ctx context.Context) (string, error) {
	pip, err := findPip(ctx, "")
	if err != nil {
		return "", err
	}
	return runPip(ctx, pip, "", "--version")
}

// findPip returns the command that runs pip: the given interpreter's, or the first
// of the usual commands that runs.
func findPip(ctx context.Context, python string) ([]string, error) {
	candidates := [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}}
	if python != "" {
		candidates = [][]string{{python, "-m", "pip"}}
	}
	var failures []string
	for _, candidate := range candidates {
		if _, err := exec.LookPath(candidate[0]); err != nil {
			failures = append(failures, "no "+candidate[0])
			continue
		}
		if _, err := runPip(ctx, candidate, "", "--version"); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			failures = append(failures, strings.Join(strings.Fields(err.Error()), " "))
			continue
		}
		return candidate, nil
	}
	return nil, fmt.Errorf("%w (%s)", ErrNoPip, strings.Join(failures, "; "))
}

// runPip runs pip and returns its output. Temporary files go to the work folder, if
// it is not "". When ctx is done, pip and its child processes are stopped.
func runPip(ctx context.Context, pip []string, work string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, pip[0], append(pip[1:len(pip):len(pip)], arguments...)...)
	stopWithChildren(command)
	command.WaitDelay = time.Second
	command.Env = append(os.Environ(), "PIP_DISABLE_PIP_VERSION_CHECK=1")
	if work != "" {
		command.Env = append(command.Env, "TMPDIR="+work)
	}
	var output, complaints bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaints
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s: %w: %s", strings.Join(pip, " "), err, complaint(complaints.String()))
	}
	return output.String(), nil
}

// complaint returns the lines of pip's output that are marked as errors, or else
// the last line.
func complaint(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	var marked []string
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "ERROR: "); ok {
			marked = append(marked, text)
		}
	}
	if len(marked) == 0 {
		return lines[len(lines)-1]
	}
	return strings.Join(marked, " ")
}

// watchGrowth reports the size of the largest file under dir as the progress of a
// download of the given size, until stop is called: pip reports no progress if its
// output is not a terminal.
func watchGrowth(dir string, size int64, progress func(done, total int64)) (stop func(complete bool)) {
	if progress == nil {
		return func(bool) {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-end:
				tick.Stop()
				return
			case <-tick.C:
				progress(min(largestFile(dir), size), size)
			}
		}
	}()
	return func(complete bool) {
		close(end)
		<-ended
		if complete {
			progress(size, size)
		}
	}
}

// largestFile returns the size of the largest file under dir, in bytes.
func largestFile(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // it may have been removed
		}
		if info, err := entry.Info(); err == nil {
			size = max(size, info.Size())
		}
		return nil
	})
	return size
}
