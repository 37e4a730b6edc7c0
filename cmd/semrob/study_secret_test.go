package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPasswordsAreNotInListsOfProcesses runs a study on a server with a
// password, and looks at how its workers were started: as ps does, and at what
// only their user may see.
func TestPasswordsAreNotInListsOfProcesses(t *testing.T) {
	t.Parallel() // it mostly waits
	dir, port := t.TempDir(), freePorts(t, 1)[0]
	planFile := writeStudy(t, dir, 6, 10)
	startNode(t, node{Name: "one", Dir: t.TempDir(), Port: port, User: "ann", Password: "open-sesame"})
	url := fmt.Sprintf("nats://ann:open-sesame@127.0.0.1:%d", port)
	run := start(t, append([]string{urlVariable + "=" + url}, command1...), "study", "run", planFile, "--out", filepath.Join(dir, "study"))
	workers, told := 0, 0
	for ended := false; !ended; {
		var err error
		if ended, err = run.ended(5 * time.Millisecond); ended && !strings.Contains(run.out.String(), asideText) {
			t.Fatalf("the run did not end well: %v\n%s", err, run.out)
		}
		for _, pid := range append(children(run.cmd.Process.Pid), run.cmd.Process.Pid) {
			arguments, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if strings.Contains(string(arguments), "sesame") {
				t.Fatalf("the password is in %q", arguments)
			}
			if !strings.Contains(string(arguments), "\x00worker\x00") {
				continue // the run, or a worker that is being started
			}
			workers++
			environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
			if strings.Contains(string(environment), url) {
				told++
			}
		}
	}
	if workers == 0 || told == 0 {
		t.Errorf("a worker was seen %d times, %d times with the password in its environment", workers, told)
	}
}

// TestHelpPrintsNoSecrets asks for help where the environment has secrets.
func TestHelpPrintsNoSecrets(t *testing.T) {
	t.Setenv(urlVariable, "nats://ann:open-sesame@host")
	t.Setenv(tokenVariable, "open-sesame")
	for _, name := range []string{"run", "worker", "status"} {
		status, stdout, stderr := command(t, "study", name, "--help")
		if status != 0 || !strings.Contains(stdout, urlVariable) || strings.Contains(stdout+stderr, "sesame") {
			t.Errorf("study %s --help: status %d:\n%s%s", name, status, stdout, stderr)
		}
	}
}

func TestWorkersNeedAServer(t *testing.T) {
	t.Setenv(urlVariable, "")
	if status, _, stderr := command(t, "study", "worker"); status == 0 || !strings.Contains(stderr, "$"+urlVariable) {
		t.Errorf("a worker without a server: status %d, %q", status, stderr)
	}
}
