package kernelspec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lock waits until no other process is installing to the same environment.
func lock(ctx context.Context, o Options) (unlock func(), err error) {
	folder := filepath.Join(o.Repository, ".build")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("setting up notebooks: %w", err)
	}
	path := filepath.Join(folder, "notebook.lock")
	file := flock.New(path)
	free, err := file.TryLock()
	if err == nil && !free {
		fmt.Fprintln(o.Log, "Waiting for another process that is setting up notebooks …")
		_, err = file.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { file.Unlock() }, nil
}

// run runs a command in dir. The error contains the end of its output.
func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = dir, env
	printed, err := command.CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, tail(printed))
	}
	return nil
}

// output runs a Python command and returns its output.
func output(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Env = pythonEnv()
	printed, err := command.Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		err = fmt.Errorf("%w\n%s", err, tail(failed.Stderr))
	}
	return string(printed), err
}

// tail returns the last lines of a command's output.
func tail(printed []byte) string {
	lines := strings.Split(string(bytes.TrimSpace(printed)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// pythonEnv is the environment without the variables that make Python or pip use
// packages or folders outside the virtual environment.
func pythonEnv() []string {
	env := withoutVariables(os.Environ(), "PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
	return append(env, "PYTHONNOUSERSITE=1", "PIP_USER=0")
}

// buildEnv is the environment without Go flags and workspaces for other modules.
func buildEnv() []string {
	return append(withoutVariables(os.Environ(), "GOFLAGS", "GOWORK"), "GOWORK=off")
}

func withoutVariables(env []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(names, name)
	})
}
