package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/store"
)

// asCommand makes this test binary behave as the command itself.
const asCommand = "SEMROB_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	if config := os.Getenv(asServer); config != "" {
		serveNATS(config)
		return
	}
	os.Exit(m.Run())
}

// TestCtrlCLeavesNothingHalf interrupts a map while it is computed and runs it
// again: the second run continues where the first stopped.
func TestCtrlCLeavesNothingHalf(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "map.npz")
	args := []string{"map", "--mesh", "teapot", "--class", "teapot", "--azimuth", "0:360:5", "--elevation", "0:60:5", "--out", path}
	const points = 72 * 12

	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", store.Variable+"="+cache)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := ""
	lines := bufio.NewScanner(stderr)
	for lines.Scan() { // until the first line of progress
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), " of 864") {
			break
		}
	}
	interrupted := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		said += lines.Text() + "\n"
	}
	err = cmd.Wait()
	t.Logf("ended %.2f s after the interruption, saying:\n%s", time.Since(interrupted).Seconds(), said)
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 130 {
		t.Errorf("it ended with %v, want status 130", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("%v was left behind", left)
	}
	if half, _ := filepath.Glob(filepath.Join(dir, ".*")); len(half) != 0 {
		t.Errorf("%v was left behind", half)
	}

	kept, err := filepath.Glob(filepath.Join(cache, "map-*.npz"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("the cache holds %v, want the interrupted map", kept)
	}
	part := loadMap(t, kept[0])
	missing := part.Missing()
	if missing == 0 || missing == points {
		t.Fatalf("%d of %d points are missing: the interruption came too late or kept nothing", missing, points)
	}
	// A point that the network would never give shows whether it is taken over.
	marked := -1
	for i, z := range part.Z {
		if z == z {
			part.Z[i], marked = 2, i
			break
		}
	}
	if err := part.Save(kept[0]); err != nil {
		t.Fatal(err)
	}
	t.Setenv(store.Variable, cache)
	succeed(t, args...)
	whole := loadMap(t, path)
	if whole.Missing() != 0 {
		t.Errorf("%d points are missing in the continued map", whole.Missing())
	}
	if whole.Z[marked] != 2 {
		t.Errorf("the point that was kept was computed again")
	}
}
