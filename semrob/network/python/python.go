// Package python runs image classifiers that are Python code: a torch.nn.Module, a
// Keras model, a JAX function, or any function of images.
//
// A child process, the person's own interpreter with a runner that is part of this
// program, opens the file and answers over pipes. Frames have a fixed header and a
// checked length; nothing is pickled. The child has its own process group, which is
// ended with it. It is started when it is needed, and ended when it was not for a
// while.
//
// It runs the person's code with the person's rights. Whoever opens a file of somebody
// else has to decide that: see subject.Allowed.
package python

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Variable names the environment variable with the interpreter.
const Variable = "SEMROB_PYTHON"

// Options say how Python is run. They do not decide results.
type Options struct {
	// Interpreter is a path or the name of a program in PATH. "" means
	// $SEMROB_PYTHON, or else the interpreter of the active virtual environment
	// ($VIRTUAL_ENV, $CONDA_PREFIX), or else python3 in PATH.
	Interpreter string
	// Limit is the longest time without an answer, for importing the file and for each
	// frame of images; 0 means 10 minutes. A child that exceeds it is ended.
	Limit time.Duration
	// Say receives a sentence when code is about to run; nil prints it to standard
	// error.
	Say func(sentence string)
}

// DefaultLimit is that of Options.
const DefaultLimit = 10 * time.Minute

var defaults struct {
	sync.Mutex
	Options
}

// SetDefaults sets the options of networks that are opened from now on.
func SetDefaults(o Options) {
	defaults.Lock()
	defer defaults.Unlock()
	defaults.Options = o
}

// Defaults returns the options of SetDefaults.
func Defaults() Options {
	defaults.Lock()
	defer defaults.Unlock()
	return defaults.Options
}

func (o Options) limit() time.Duration { return cmp.Or(o.Limit, DefaultLimit) }

func (o Options) say(format string, arguments ...any) {
	sentence := fmt.Sprintf(format, arguments...)
	if o.Say == nil {
		fmt.Fprintln(os.Stderr, sentence)
		return
	}
	o.Say(sentence)
}

// Find returns the path of the interpreter.
func (o Options) Find() (string, error) {
	if runtime.GOOS == "windows" {
		return "", fmt.Errorf("networks in Python need Linux or macOS: export the network to ONNX")
	}
	for _, named := range []struct{ from, program string }{
		{"--python", o.Interpreter}, {"$" + Variable, os.Getenv(Variable)},
	} {
		if named.program == "" {
			continue
		}
		path, err := exec.LookPath(named.program)
		if err != nil {
			return "", fmt.Errorf("%s names the interpreter %s, which cannot be run (%w): name a Python 3 interpreter", named.from, named.program, err)
		}
		return filepath.Abs(path)
	}
	for _, variable := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if folder := os.Getenv(variable); folder != "" {
			if path, err := exec.LookPath(filepath.Join(folder, "bin", "python")); err == nil {
				return path, nil
			}
		}
	}
	if path, err := exec.LookPath("python3"); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("there is no Python interpreter: activate an environment, or name one with --python or $%s", Variable)
}

// Error is a mistake of the person's code, or the end of its process.
type Error struct {
	// File is the path of the person's file.
	File string
	// What is what happened, as in "line 3: ValueError: …".
	What string
	// Last are the last lines that the process printed; nil if it printed nothing.
	Last []string
	// Log is the file with all its output; "" if there is none.
	Log string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("the network in %s: %s", filepath.Base(e.File), e.What)
	if len(e.Last) > 0 {
		text += fmt.Sprintf("; its last lines: %s", strings.Join(e.Last, " ⏎ "))
	}
	if e.Log != "" {
		text += fmt.Sprintf(" (all of its output: %s)", e.Log)
	}
	return text
}
