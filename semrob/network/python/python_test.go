package python_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/pythontest"
	"github.com/semrob/gonb-semrob/semrob/network/python"
)

// use sets the interpreter and the limit of a test.
func use(t testing.TB, limit time.Duration) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("OPENBLAS_NUM_THREADS", "1") // starts faster
	python.SetDefaults(python.Options{Interpreter: pythontest.NumPy(t), Limit: limit, Say: func(string) {}})
	t.Cleanup(func() { python.SetDefaults(python.Options{}) })
}

// write writes a Python file of the test.
func write(t testing.TB, code string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "net.py")
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// open opens code that must be fine.
func open(t testing.TB, code string) *python.Network {
	t.Helper()
	n, err := python.Open(t.Context(), write(t, code), "", python.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n.Acquire()
	t.Cleanup(func() { n.Release() })
	return n
}

// images returns images that all differ.
func images(n *python.Network, batch int) []float32 {
	all := make([]float32, batch*n.InputSize*n.InputSize*3)
	for i := range all {
		all[i] = float32(i%977) / 977
	}
	return all
}

const sums = `
import numpy as np
input_size = 8
labels = ["red", "green", "blue"]
def predict(images):
    return images.mean(axis=(1, 2))
def gradient(images, weights):
    return np.broadcast_to(weights[:, None, None, :] / 64, images.shape)
`

// TestScores compares scores of batches of several frames with a closed form, while the
// file prints to standard output, from Python, from C and from other processes.
func TestScores(t *testing.T) {
	use(t, time.Minute)
	loud := sums + `
import os, subprocess, sys
inner = predict
def predict(images):
    print("SRB1" * 5000)
    os.write(1, b"SRB1 from below\n" * 100)
    sys.stderr.write("trouble\n")
    subprocess.run(["echo", "SRB1 from a child"])
    return inner(images).astype(np.float64)
`
	for name, code := range map[string]string{"quiet": sums, "loud": loud} {
		t.Run(name, func(t *testing.T) {
			n := open(t, code)
			if n.Classes != 3 || n.InputSize != 8 || strings.Join(n.Labels, " ") != "red green blue" {
				t.Fatalf("opened as %+v", n)
			}
			for _, batch := range []int{1, 31, 32, 33, 100} {
				x := images(n, batch)
				scores, err := n.Scores(t.Context(), x, batch)
				if err != nil {
					t.Fatal(err)
				}
				for i := range batch {
					for c := range 3 {
						want := 0.0
						for p := range 64 {
							want += float64(x[(i*64+p)*3+c]) / 64
						}
						if got := float64(scores[i*3+c]); math.Abs(got-want) > 1e-6 {
							t.Fatalf("batch %d: score %d of image %d is %g, want %g", batch, c, i, got, want)
						}
					}
				}
			}
		})
	}
}

// TestGradientOf compares the gradient of the softmax with its closed form.
func TestGradientOf(t *testing.T) {
	use(t, time.Minute)
	n := open(t, sums)
	const batch, class = 40, 1
	of := []float32{0, 1, 0}
	x := images(n, batch)
	scores, slopes, err := n.GradientOf(t.Context(), x, batch, of)
	if err != nil {
		t.Fatal(err)
	}
	for i := range batch {
		var p [3]float64
		sum := 0.0
		for c := range p {
			p[c] = math.Exp(float64(scores[i*3+c]))
			sum += p[c]
		}
		for c := range p {
			want := -p[class] / sum * p[c] / sum
			if c == class {
				want += p[class] / sum
			}
			if got := float64(slopes[(i*64+5)*3+c]); math.Abs(got-want/64) > 1e-7 {
				t.Fatalf("image %d, colour %d: %g, want %g", i, c, got, want/64)
			}
		}
	}
}

// mistake is code and what the error says of it.
type mistake struct{ name, code, want string }

// limit is short for mistakes that wait for it.
func (m mistake) limit() time.Duration {
	if m.name == "hang" {
		return 6 * time.Second
	}
	return time.Minute
}

// TestMistakes checks that each mistake of a file is one sentence that says what and
// where.
func TestMistakes(t *testing.T) {
	const begin = "import numpy as np\ninput_size = 8\n"
	for _, c := range []mistake{
		{"syntax", "x = (1,\ndef f(): pass\n", `line 1: '\(' was never closed|line 2: invalid syntax`},
		{"package", "import no_such_package_here\n", `needs the package no_such_package_here, which .* does not have: run ..* -m pip install no_such_package_here., or name another`},
		{"exit", "import sys\nsys.exit(3)\n", `line 2: it calls sys.exit\(3\)`},
		{"crash", "import os\nos.write(2, b'last words')\nos._exit(7)\n", `process ended by itself \(exit status 7\); its last lines: last words \(all of its output: .*\.log\)`},
		{"killed", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", `process ended by itself \(signal: segmentation fault`},
		{"hang", "while True: pass\n", `no answer for 6s and was stopped`},
		{"nothing", begin, `defines none of network, model, predict: name the network, as in python:FILE.py:NAME`},
		{"other names", begin + "def mine(x): return x\n", `it defines mine`},
		{"not callable", begin + "model = 3\n", `model is a int: it must be a torch.nn.Module`},
		{"raises", begin + "def predict(x):\n    raise ValueError('bad\\nluck')\n", `line 4: ValueError: bad luck`},
		{"exits later", begin + "def predict(x):\n    import sys; sys.exit()\n", `line 4: it calls sys.exit\(\)`},
		{"flat", begin + "def predict(x): return x.mean(axis=(1, 2, 3))\n", `predict returns the shape \[2\] for 2 images: it must be \[2, classes\]`},
		{"wrong batch", begin + "def predict(x): return x.mean(axis=(1, 2))[:1]\n", `predict returns the shape \[1, 3\] for 2 images: it must be \[2, classes\]`},
		{"no numbers", begin + "def predict(x): return 'cat'\n", `predict returns a str for 2 images`},
		{"none", begin + "def predict(x): pass\n", `predict returns (a NoneType|the shape \[\]) for 2 images`},
		{"nan", begin + "def predict(x): return x.mean(axis=(1, 2)) * np.nan\n", `predict returns NaN or infinite scores`},
		{"probabilities", begin + "def predict(x): return np.full((len(x), 4), 0.25)\n", `after a softmax: write output = "probabilities" in the file`},
		{"labels", begin + "labels = ['a']\ndef predict(x): return x.mean(axis=(1, 2))\n", `it has 1 labels, and predict returns 3 classes`},
		{"label types", begin + "labels = [1, 2, 3]\ndef predict(x): return x.mean(axis=(1, 2))\n", `labels must be a list of strings`},
		{"size", "input_size = '8'\ndef predict(x): return x\n", `input_size is '8': it must be of type int`},
		{"output", begin + "output = 'softmax'\ndef predict(x): return x\n", `output is 'softmax': write logits or probabilities`},
		{"recursion", begin + "def predict(x): return predict(x)\n", `line 3: RecursionError`},
		{"closes the pipes", begin + "import os\nos.close(4)\ndef predict(x): return x.mean(axis=(1, 2))\n", `process ended by itself`},
		{"writes into the pipe", begin + "import os\nos.write(4, b'x' * 100)\n", `sent something that is not an answer`},
		{"empty", "", `defines none of`},
	} {
		t.Run(c.name, func(t *testing.T) {
			use(t, c.limit())
			_, err := python.Open(t.Context(), write(t, c.code), "", python.FileOptions{})
			wrong := new(python.Error)
			if !errors.As(err, &wrong) {
				t.Fatalf("the error is %v, of type %T", err, err)
			}
			if !regexp.MustCompile(`^the network in net.py: .*(`+c.want+`)`).MatchString(err.Error()) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %q, want %q", err, c.want)
			}
		})
	}
}

// TestTroubleLater checks mistakes that appear after the file was opened: the network
// answers again afterwards.
func TestTroubleLater(t *testing.T) {
	const begin = sums + `
import os, time
calls = 0
inner = predict
def predict(images):
    global calls
    calls += 1
    if calls == 2 and not os.path.exists("been"):
        open("been", "w").close()
        trouble()
    return inner(images)
def trouble():
    `
	for _, c := range []mistake{
		{"crash", "os.write(2, b'one\\ntwo\\n'); os._exit(9)", `ended by itself \(exit status 9\); its last lines: one ⏎ two`},
		{"hang", "time.sleep(1000)", `no answer for 6s`},
		{"raise", "raise KeyError('x')", `line 21: KeyError: 'x'`},
		{"huge", "return np.zeros(1 << 60)", `line 21: (MemoryError|ValueError|.*ArrayMemoryError)`},
		{"exit", "exit(1)", `calls sys.exit\(1\)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			use(t, c.limit())
			n := open(t, begin+c.code+"\n")
			x := images(n, 70)
			_, err := n.Scores(t.Context(), x, 70)
			if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Fatalf("the error is %v, want %q", err, c.want)
			}
			if _, err := n.Scores(t.Context(), x, 70); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestNoNumPy says which package the interpreter lacks.
func TestNoNumPy(t *testing.T) {
	use(t, time.Minute)
	without := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(without, []byte("#!/bin/sh\nexec python3 -I -S \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	python.SetDefaults(python.Options{Interpreter: without, Say: func(string) {}})
	_, err := python.Open(t.Context(), write(t, sums), "", python.FileOptions{})
	if err == nil || !strings.Contains(err.Error(), "it needs the package numpy, which "+without+" does not have: run") {
		t.Errorf("the error is %v", err)
	}
}

// TestWrongGradients checks what a file's gradient may return.
func TestWrongGradients(t *testing.T) {
	use(t, 5*time.Second)
	for code, want := range map[string]string{
		"def gradient(images, weights): return weights":       `its gradient has the shape \[2, 3\]: it must be that of the images, \[2, 8, 8, 3\]`,
		"def gradient(images): return images":                 `TypeError`,
		"def gradient(images, weights): raise RuntimeError()": `line \d+: RuntimeError$`,
	} {
		n := open(t, sums+code+"\n")
		_, _, err := n.GradientOf(t.Context(), images(n, 2), 2, []float32{1, 0, 0})
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("%s: %v, want %q", code, err, want)
		}
	}
}

// alive reports whether a process runs.
func alive(pid int) bool {
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(text), ") Z ") {
		return false // ended, but its new parent has not noticed
	}
	return syscall.Kill(pid, 0) == nil
}

// gone waits for the end of the processes whose numbers a file lists.
func gone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	numbers := strings.Fields(string(text))
	if len(numbers) < 2 {
		t.Fatalf("only the processes %q", numbers)
	}
	for _, number := range numbers {
		pid, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(5 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(until) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				t.Fatalf("process %d is still there", pid)
			}
		}
	}
}

// processes starts a grandchild and a fork that returns into the runner, lists all
// three, and leaves a thread behind.
const processes = sums + `
import os, subprocess, threading, time
threading.Thread(target=time.sleep, args=(1000,)).start()
other = subprocess.Popen(["sleep", "1000"])
inner = predict
forked = False
def predict(images):
    global forked
    if not forked:
        forked = True
        pid = os.fork()
        if pid == 0:
            return inner(images)  # must not answer
        with open("pids", "w") as f:
            f.write(f"{os.getpid()} {other.pid}")
    if images[0, 0, 0, 0] == 7:
        while True: pass
    return inner(images)
`

// TestStop ends a call in an endless loop, and everything that the file started, within
// a second of its context.
func TestStop(t *testing.T) {
	use(t, time.Minute)
	file := write(t, processes)
	n, err := python.Open(t.Context(), file, "", python.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := images(n, 3)
	if _, err := n.Scores(t.Context(), x, 3); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	x[0] = 7
	began := time.Now()
	if _, err := n.Scores(ctx, x, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("stopping took %v", took)
	}
	gone(t, filepath.Join(filepath.Dir(file), "pids"))
}

// TestReleaseEndsTheProcess checks that nothing is left after the last user.
func TestReleaseEndsTheProcess(t *testing.T) {
	use(t, time.Minute)
	file := write(t, processes)
	n, err := python.Open(t.Context(), file, "", python.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n.Acquire()
	if err := n.Release(); err != nil {
		t.Fatal(err)
	}
	gone(t, filepath.Join(filepath.Dir(file), "pids"))
}

// TestDeathOfTheProgram kills a program that uses a network: its processes end too.
func TestDeathOfTheProgram(t *testing.T) {
	if file := os.Getenv("SEMROB_PYTHON_VICTIM"); file != "" {
		n, err := python.Open(context.Background(), file, "", python.FileOptions{})
		if err == nil {
			x := images(n, 1)
			x[0] = 7 // endless
			_, err = n.Scores(context.Background(), x, 1)
		}
		t.Fatal(err)
	}
	use(t, time.Minute)
	file := write(t, processes)
	victim := exec.Command(os.Args[0], "-test.run=^TestDeathOfTheProgram$")
	victim.Env = append(os.Environ(), "SEMROB_PYTHON_VICTIM="+file, python.Variable+"="+pythontest.NumPy(t))
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	pids := filepath.Join(filepath.Dir(file), "pids")
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(pids); err == nil && len(strings.Fields(string(text))) == 2 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the network does not run")
		}
	}
	time.Sleep(200 * time.Millisecond)
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	gone(t, pids)
}

// TestFingerprint checks what decides it.
func TestFingerprint(t *testing.T) {
	use(t, time.Minute)
	folder := t.TempDir()
	file := filepath.Join(folder, "net.py")
	of := func(code, beside, name string) string {
		t.Helper()
		for path, text := range map[string]string{file: code, filepath.Join(folder, "beside.py"): beside} {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		os.RemoveAll(filepath.Join(folder, "__pycache__"))
		n, err := python.Open(t.Context(), file, name, python.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Release()
		n.Acquire()
		return n.Fingerprint
	}
	code := sums + "import beside\nother = predict\n"
	first := of(code, "x = 1\n", "")
	if again := of(code, "x = 1\n", ""); again != first {
		t.Error("the same files have two fingerprints")
	}
	seen := map[string]string{first: "the first"}
	for what, fingerprint := range map[string]string{
		"a change of the file":             of(code+"# changed\n", "x = 1\n", ""),
		"a change of a module beside it":   of(code, "x = 2\n", ""),
		"another name":                     of(code, "x = 1\n", "other"),
		"what fingerprint() returns":       of(code+"def fingerprint(): return 1\n", "x = 1\n", ""),
		"what fingerprint() returns later": of(code+"def fingerprint(): return 2\n", "x = 1\n", ""),
	} {
		if before, twice := seen[fingerprint]; twice {
			t.Errorf("%s has the fingerprint of %s", what, before)
		}
		seen[fingerprint] = what
	}
}

// TestChangedFile refuses a file that changes while it is in use, once its process has
// to start again.
func TestChangedFile(t *testing.T) {
	use(t, time.Minute)
	file := write(t, sums)
	n, err := python.Open(t.Context(), file, "", python.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n.Acquire()
	n.Release()
	if err := os.WriteFile(file, []byte(sums+"# changed\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Scores(t.Context(), images(n, 1), 1); err == nil || !strings.Contains(err.Error(), "have changed since it was opened") {
		t.Errorf("the error is %v", err)
	}
}

// TestTogether calls a network from several goroutines.
func TestTogether(t *testing.T) {
	use(t, time.Minute)
	n := open(t, sums)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			x := make([]float32, 5*8*8*3)
			for k := range x {
				x[k] = float32(i)
			}
			scores, err := n.Scores(t.Context(), x, 5)
			if err != nil || math.Abs(float64(scores[14])-float64(i)) > 1e-5 {
				t.Errorf("goroutine %d: %v, %v", i, scores, err)
			}
		})
	}
	group.Wait()
}

// TestFind checks the order in which interpreters are taken, and its errors.
func TestFind(t *testing.T) {
	folder := t.TempDir()
	make := func(name string) string {
		path := filepath.Join(folder, name, "bin", "python")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	venv, conda, named, variable := make("venv"), make("conda"), make("named"), make("variable")
	for _, c := range []struct{ option, variable, venv, conda, want string }{
		{named, variable, venv, conda, named},
		{"", variable, venv, conda, variable},
		{"", "", venv, conda, venv},
		{"", "", "", conda, conda},
	} {
		t.Setenv(python.Variable, c.variable)
		t.Setenv("VIRTUAL_ENV", strings.TrimSuffix(c.venv, "/bin/python"))
		t.Setenv("CONDA_PREFIX", strings.TrimSuffix(c.conda, "/bin/python"))
		if got, err := (python.Options{Interpreter: c.option}).Find(); err != nil || got != c.want {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
	if _, err := (python.Options{Interpreter: "/nowhere/python"}).Find(); err == nil || !strings.Contains(err.Error(), "--python names the interpreter /nowhere/python") {
		t.Errorf("the error is %v", err)
	}
	t.Setenv(python.Variable, "nowhere-python")
	if _, err := (python.Options{}).Find(); err == nil || !strings.Contains(err.Error(), "$SEMROB_PYTHON names") {
		t.Errorf("the error is %v", err)
	}
}
