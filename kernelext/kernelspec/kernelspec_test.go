package kernelspec

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// fakePython replaces Python: it logs each call beside itself, and creates the files
// of venv and pip, or fails as the files beside it request.
const fakePython = `#!/bin/sh
home=@HOME@
echo "$*" >>"$home/calls"
for last; do :; done
case "$1 $2" in
"-c "*"print(*sys"*) cat "$home/version" ;;
"-c "*"import os, pip"*) if [ -e "$home/no-pip" ]; then exit 1; fi; echo "$home" ;;
"-c "*) echo 3.12 ;;
"-m venv")
	case "$*" in *--without-pip*) ;; *) if [ -e "$home/no-ensurepip" ]; then echo "ensurepip is not available"; exit 1; fi ;; esac
	mkdir -p "$last/bin" && touch "$last/pyvenv.cfg" && cp "$0" "$last/bin/python" ;;
"-m pip") if [ -e "$home/no-index" ]; then echo "no matching distribution"; exit 1; fi ;;
esac
`

// A bench is a repository and a Python for one test.
type bench struct {
	Options
	home string
}

func newBench(t *testing.T) bench {
	t.Helper()
	b := bench{home: t.TempDir()}
	b.Repository = t.TempDir()
	b.Python = filepath.Join(b.home, "python3")
	b.write(t, b.Python, strings.ReplaceAll(fakePython, "@HOME@", b.home))
	b.write(t, filepath.Join(b.home, "version"), "3 12")
	b.write(t, filepath.Join(b.Repository, requirementsPath), "jupyterlab==1\n")
	var err error
	if b.Options, err = b.resolve(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b bench) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// calls counts the commands so far that contain text.
func (b bench) calls(t *testing.T, text string) int {
	t.Helper()
	noted, err := os.ReadFile(filepath.Join(b.home, "calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Count(string(noted), text)
}

func TestVenvIsMadeOnceAndOnlyWhenNeeded(t *testing.T) {
	b := newBench(t)
	install := func(wantMade int) {
		t.Helper()
		if err := installVenv(t.Context(), b.Options); err != nil {
			t.Fatal(err)
		}
		if made := b.calls(t, "-m venv"); made != wantMade {
			t.Fatalf("made %d environments, want %d", made, wantMade)
		}
	}
	install(1)
	install(1)
	b.write(t, filepath.Join(b.Repository, requirementsPath), "jupyterlab==2\n")
	install(2)
	if err := os.Remove(filepath.Join(b.Venv, "bin", "python")); err != nil {
		t.Fatal(err)
	}
	install(3)
	b.write(t, filepath.Join(b.Venv, stampName), "{")
	install(4)
}

func TestMovedVenvIsMadeAnew(t *testing.T) {
	b := newBench(t)
	if err := installVenv(t.Context(), b.Options); err != nil {
		t.Fatal(err)
	}
	moved := b.Options
	moved.Venv += "-moved"
	if err := os.Rename(b.Venv, moved.Venv); err != nil {
		t.Fatal(err)
	}
	if err := checkVenv(t.Context(), moved); err == nil || !strings.Contains(err.Error(), "moved") {
		t.Errorf("a moved environment gives %v", err)
	}
}

func TestHalfMadeVenvIsMadeAnew(t *testing.T) {
	b := newBench(t)
	block := filepath.Join(b.home, "no-index")
	b.write(t, block, "")
	err := installVenv(t.Context(), b.Options)
	if err == nil || !strings.Contains(err.Error(), "no matching distribution") {
		t.Fatalf("without packages the error is %v", err)
	}
	if err := Check(t.Context(), b.Options); !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), "semrob setup --notebook") {
		t.Errorf("an incomplete environment gives %v", err)
	}
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	if err := installVenv(t.Context(), b.Options); err != nil {
		t.Fatal(err)
	}
	if err := checkVenv(t.Context(), b.Options); err != nil {
		t.Error(err)
	}
}

func TestFolderThatIsNoVenvIsKept(t *testing.T) {
	b := newBench(t)
	thesis := filepath.Join(b.Venv, "thesis.tex")
	b.write(t, thesis, "")
	if err := installVenv(t.Context(), b.Options); err == nil || !strings.Contains(err.Error(), b.Venv) {
		t.Errorf("a folder of something else gives %v", err)
	}
	if !exists(thesis) {
		t.Error("a file that is not ours was removed")
	}
}

func TestPythonWithoutItsVenvModule(t *testing.T) {
	b := newBench(t)
	b.write(t, filepath.Join(b.home, "no-ensurepip"), "")
	if err := installVenv(t.Context(), b.Options); err != nil {
		t.Fatalf("the pip of the system is not used: %v", err)
	}
	b = newBench(t)
	b.write(t, filepath.Join(b.home, "no-ensurepip"), "")
	b.write(t, filepath.Join(b.home, "no-pip"), "")
	if err := installVenv(t.Context(), b.Options); err == nil || !strings.Contains(err.Error(), "apt install python3-venv") {
		t.Errorf("without venv and pip the error is %v", err)
	}
}

func TestUnusablePython(t *testing.T) {
	b := newBench(t)
	b.write(t, filepath.Join(b.home, "version"), "3 9")
	if err := installVenv(t.Context(), b.Options); err == nil || !strings.Contains(err.Error(), "3.10 or newer") {
		t.Errorf("Python 3.9 gives %v", err)
	}
	b.Python = filepath.Join(b.home, "absent")
	if err := installVenv(t.Context(), b.Options); err == nil || !strings.Contains(err.Error(), "install Python") {
		t.Errorf("no Python gives %v", err)
	}
}

func TestInstallWaitsForAnother(t *testing.T) {
	b := newBench(t)
	b.write(t, filepath.Join(b.Repository, ".build", "notebook.lock"), "")
	other := flock.New(filepath.Join(b.Repository, ".build", "notebook.lock"))
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	defer other.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := Install(ctx, b.Options); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another process installs, Install returns %v", err)
	}
	if exists(b.Venv) {
		t.Error("installed in spite of the lock")
	}
}

func TestGoWrapperDropsOnlyBareGet(t *testing.T) {
	kernel, person := t.TempDir(), t.TempDir()
	wrapper := filepath.Join(kernel, "go")
	for path, text := range map[string]string{
		wrapper:                     string(goWrapper),
		filepath.Join(person, "go"): "#!/bin/sh\necho \"ran: $*\"\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := "PATH=" + strings.Join([]string{t.TempDir(), kernel, person, os.Getenv("PATH")}, ":")
	for args, want := range map[string]string{
		"get":                "",
		"get -t":             "",
		"get example.com/a":  "ran: get example.com/a\n",
		"build -o a b":       "ran: build -o a b\n",
		"mod init gonb_1234": "ran: mod init gonb_1234\n",
	} {
		command := exec.Command(wrapper, strings.Fields(args)...)
		command.Env = append(os.Environ(), path)
		printed, err := command.CombinedOutput()
		if err != nil || string(printed) != want {
			t.Errorf("go %s prints %q (%v), want %q", args, printed, err, want)
		}
	}
}

func TestGoWrapperWithoutGo(t *testing.T) {
	kernel := t.TempDir()
	wrapper := filepath.Join(kernel, "go")
	if err := os.WriteFile(wrapper, goWrapper, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(wrapper, "version")
	command.Env = []string{"PATH=" + kernel + ":/usr/bin:/bin"}
	printed, err := command.CombinedOutput()
	if exists("/usr/bin/go") || exists("/bin/go") {
		t.Skip("Go is installed in /usr/bin or /bin, where the wrapper finds it")
	}
	if err == nil || !strings.Contains(string(printed), "Go is not in PATH") {
		t.Errorf("without Go the wrapper prints %q (%v)", printed, err)
	}
}

func TestFindRepository(t *testing.T) {
	here, err := FindRepository(".")
	if err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(here, requirementsPath)) {
		t.Errorf("%s has no %s", here, requirementsPath)
	}
	if _, err := FindRepository(t.TempDir()); !errors.Is(err, ErrNoRepository) {
		t.Errorf("outside a clone: %v", err)
	}
}
