package main

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// TestCtrlCWritesTheTableOfWhatIsDone interrupts a study in the middle: its table
// has the rows of the items that are done, and the same command ends it with
// the files that an undisturbed run makes.
func TestCtrlCWritesTheTableOfWhatIsDone(t *testing.T) {
	dir := t.TempDir()
	planFile := writeStudy(t, dir, 20, 200)
	folder := filepath.Join(dir, "stopped")
	args := []string{"study", "run", planFile, "--out", folder}
	run := start(t, command1, args...)
	some := regexp.MustCompile(`: (\d+) of (\d+) items`)
	for {
		shown := some.FindAllStringSubmatch(run.out.String(), -1)
		if len(shown) > 0 && shown[len(shown)-1][1] != "0" {
			break
		}
		if ok, err := run.ended(50 * time.Millisecond); ok {
			t.Fatalf("it ended before it was interrupted (%v):\n%s", err, run.out)
		}
	}
	if err := run.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
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
	again := start(t, command1, args...)
	if err := again.finished(2 * time.Minute); err != nil {
		t.Fatalf("the same command does not end the study (%v):\n%s", err, again.out)
	}
	undisturbed := start(t, command1, "study", "run", planFile, "--out", filepath.Join(dir, "undisturbed"))
	if err := undisturbed.finished(2 * time.Minute); err != nil {
		t.Fatalf("%v:\n%s", err, undisturbed.out)
	}
	same(t, outcome(t, folder), outcome(t, filepath.Join(dir, "undisturbed")))
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
