package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// TestStoppedRunsWriteTheTableOfWhatIsDone stops a study in the middle, with Ctrl-C and by
// closing its terminal: its table has the rows of the items that are done, nothing is
// half written, and the same command ends it with the files of an undisturbed run.
func TestStoppedRunsWriteTheTableOfWhatIsDone(t *testing.T) {
	dir := t.TempDir()
	planFile := writeStudy(t, dir, 10, 300) // long enough to be stopped in the middle
	want := outcome(t, undisturbed(t, planFile))
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP} {
		t.Run(sent.String(), func(t *testing.T) {
			needs(t, sent)
			folder := t.TempDir()
			args := []string{"study", "run", planFile, "--out", folder}
			stopInTheMiddle(t, start(t, command1, args...), sent, folder)
			again := start(t, command1, args...)
			if err := again.finished(2 * time.Minute); err != nil {
				t.Fatalf("the same command does not end the study (%v):\n%s", err, again.out)
			}
			same(t, outcome(t, folder), want)
		})
	}
}

// needs skips the test if a signal is ignored, as SIGHUP is under nohup: commands then
// ignore it, too.
func needs(t *testing.T, s syscall.Signal) {
	t.Helper()
	if signal.Ignored(s) {
		t.Skipf("the signal %q is ignored here, as under nohup, and commands inherit that", s)
	}
}

// stopInTheMiddle sends a signal to a run and its workers, as a terminal does.
func stopInTheMiddle(t *testing.T, run *process, sent syscall.Signal, folder string) {
	t.Helper()
	some := regexp.MustCompile(`: (\d+) of (\d+) items`)
	for {
		shown := some.FindAllStringSubmatch(run.out.String(), -1)
		if len(shown) > 0 && shown[len(shown)-1][1] != "0" {
			break
		}
		if ok, err := run.ended(50 * time.Millisecond); ok {
			t.Fatalf("it ended before it was stopped (%v):\n%s", err, run.out)
		}
	}
	for _, pid := range append(children(run.cmd.Process.Pid), run.cmd.Process.Pid) {
		if err := syscall.Kill(pid, sent); err != nil {
			t.Fatal(err)
		}
	}
	ok, err := run.ended(30 * time.Second)
	if exit, is := err.(*exec.ExitError); !ok || !is || exit.ExitCode() != 130 {
		t.Fatalf("it ended with %v, want status 130:\n%s", err, run.out)
	}
	said := regexp.MustCompile(`Stopped: (\d+) of (\d+) items are done, with their rows in (.*): the same command continues the study\.`).FindStringSubmatch(run.out.String())
	if said == nil || said[3] != filepath.Join(folder, "results.parquet") {
		t.Fatalf("it does not say what is kept:\n%s", run.out)
	}
	part, err := results.Open(said[3])
	if err != nil {
		t.Fatal(err)
	}
	var done, total int
	fmt.Sscan(said[1], &done)
	fmt.Sscan(said[2], &total)
	items := map[string]bool{}
	for _, row := range part.Rows {
		items[row.Object+row.Method] = true
	}
	mapped, _ := filepath.Glob(filepath.Join(folder, "maps", "*", "*.npz"))
	if done == 0 || done >= total || len(items)+len(mapped) != done {
		t.Errorf("%d of %d items are done, the table has rows of %d and there are %d maps", done, total, len(items), len(mapped))
	}
	if half := partials(t, folder); len(half) > 0 {
		t.Errorf("%v were left behind", half)
	}
}

// partials returns the half-written files below a folder.
func partials(t *testing.T, folder string) (names []string) {
	t.Helper()
	for name := range outcome(t, folder) {
		if strings.HasSuffix(name, ".partial") {
			names = append(names, name)
		}
	}
	return names
}

// TestStoppedWritesLeaveNothing stops a command while it writes a large picture over an
// old one.
func TestStoppedWritesLeaveNothing(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		t.Run(sent.String(), func(t *testing.T) {
			needs(t, sent)
			stopped := false
			for range 10 { // until the signal comes before the end
				if stopped = stopWhileItWrites(t, sent); stopped {
					break
				}
			}
			if !stopped {
				t.Error("the command ended ten times before the signal reached it")
			}
		})
	}
}

// stopWhileItWrites starts a command that replaces a picture and sends it a signal when
// its new file is there. It returns false if the command ended before that.
func stopWhileItWrites(t *testing.T, sent syscall.Signal) bool {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "large.png")
	writeFile(t, path, "old")
	p := start(t, command1, "render", "--mesh", "teapot", "--size", "4096", "--out", path)
	for begun := false; !begun; {
		if ok, err := p.ended(time.Millisecond); ok {
			if err != nil {
				t.Fatalf("it ended with %v:\n%s", err, p.out)
			}
			return false
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		begun = len(files) > 1
	}
	if err := p.cmd.Process.Signal(sent); err != nil {
		t.Fatal(err)
	}
	ok, err := p.ended(30 * time.Second)
	if !ok {
		t.Fatalf("it does not end:\n%s", p.out)
	}
	if err == nil {
		return false
	}
	if left := outcome(t, dir); len(left) != 1 || left["large.png"] != "old" {
		t.Errorf("%d files were left, or the old one was replaced", len(left))
	}
	return true
}

// same checks that two studies made the same files.
func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s is another one", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}
