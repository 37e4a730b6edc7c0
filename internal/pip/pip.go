// Package pip fetches wheels from the Python package index with the pip that
// is there: where nothing else answers, a package index often does.
package pip

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Fetch describes a wheel.
type Fetch struct {
	// Python is the interpreter whose pip is asked; "" stands for python3 on
	// the PATH, or else a pip on the PATH.
	Python string
	// Requirement is for pip, as in "name==1.0".
	Requirement string
	// Size is the wheel's, in bytes; only Progress needs it.
	Size int64
	// Progress, where it is set, hears how many bytes have come.
	Progress func(done, total int64)
}

// Wheel has pip download the wheel, without what it depends on, into a folder,
// where pip keeps its temporary files too, and returns its path. What was
// downloaded has not been checked. When ctx ends, pip and what it started are
// stopped.
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
	files, _ := filepath.Glob(filepath.Join(folder, "*.whl"))
	if len(files) != 1 {
		return "", fmt.Errorf("pip left %d wheels for %s instead of one", len(files), f.Requirement)
	}
	return files[0], nil
}

// Version returns what pip says of itself.
func Version(ctx context.Context) (string, error) {
	pip, err := findPip(ctx, "")
	if err != nil {
		return "", err
	}
	return runPip(ctx, pip, "", "--version")
}

// findPip returns the command that runs pip: that of the interpreter given, or
// the first of the usual ones that answers.
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
	return nil, fmt.Errorf("no pip to fetch it with (%s); install Python 3.10 or newer with pip", strings.Join(failures, "; "))
}

// runPip runs pip and returns what it printed. With a work folder, pip keeps its
// temporary files there. When ctx ends, pip and what it started are stopped.
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

// complaint picks the lines of pip's output that tell what went wrong: those
// marked as errors, or else the last one.
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

// watchGrowth reports the size of the largest file under dir, in bytes, as the
// progress of a download of the given size, until stop is called: pip tells
// nothing of its progress when it does not write to a terminal.
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
			return nil // it may go away while it is looked at
		}
		if info, err := entry.Info(); err == nil {
			size = max(size, info.Size())
		}
		return nil
	})
	return size
}
