package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTwoRunsOnOneServer starts two runs of one study on a server: the second is refused
// and the first is not disturbed. Two plans without a name do not meet.
func TestTwoRunsOnOneServer(t *testing.T) {
	dir := t.TempDir()
	const objects = 20
	planFile := writeStudy(t, dir, objects, 10)
	want := undisturbed(t, planFile)
	port := freePorts(t, 1)[0]
	nats := fmt.Sprintf("nats://127.0.0.1:%d", port)
	startNode(t, node{Name: "one", Dir: t.TempDir(), Port: port})
	folder := t.TempDir()
	first := start(t, command1, "study", "run", planFile, "--out", folder, "--workers", "0", "--nats", nats)
	for range 200 {
		if strings.Contains(first.out.String(), "items") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	second := start(t, command1, "study", "run", planFile, "--out", t.TempDir(), "--nats", nats)
	if ok, err := second.ended(time.Minute); !ok || err == nil || !strings.Contains(second.out.String(), "another run works on a study of this name") {
		t.Errorf("the second run ended %t, %v:\n%s", ok, err, second.out)
	}
	for _, name := range []string{"a", "b"} {
		file := filepath.Join(dir, name, "plan.yaml")
		copyPlan(t, file)
		p := start(t, command1, "study", "run", file, "--nats", nats)
		if ok, err := p.ended(time.Minute); !ok || err != nil || !strings.Contains(p.out.String(), "plan-") {
			t.Errorf("the plan %s without a name ended %t, %v:\n%s", name, ok, err, p.out)
		}
	}
	start(t, command1, "study", "worker", "--nats", nats, "--study", "faults", "--dir", dir)
	if err := first.finished(time.Minute); err != nil {
		t.Fatalf("the first run: %v\n%s", err, first.out)
	}
	sameOutcome(t, folder, want, objects)
	if _, stdout, _ := command(t, "study", "status", "--nats", nats); strings.Count(stdout, "plan-") != 2 {
		t.Errorf("the studies on the server are:\n%s", stdout)
	}
}

// copyPlan writes a plan without a name.
func copyPlan(t *testing.T, file string) {
	t.Helper()
	mustMkdir(t, filepath.Dir(file))
	writeFile(t, file, "networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\nmethods: [naive]\nsettings: {iterations: 20}\n")
}

func mustMkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}
