package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// TestWorkerAmongHostileItems runs a worker as people do, on a server where somebody
// else writes items that name files of the worker's machine. They are set aside, or
// given back; nothing of the files gets out, and the honest item is computed.
func TestWorkerAmongHostileItems(t *testing.T) {
	t.Parallel() // it mostly waits
	const secret = "v hunter2hunter2 0 0\n"
	dir, home := t.TempDir(), t.TempDir()
	secretFile := filepath.Join(home, "secret.obj")
	writeFile(t, secretFile, secret)
	planFile := filepath.Join(dir, "plan.yaml")
	writeFile(t, planFile, "study: hostile\nnetworks: [efficientnet-lite0, {analytic: soft-box}]\nobjects: [{mesh: cup, class: cup}]\nmethods: [naive]\nsettings: {iterations: 2}\n")
	p, err := plan.Load(t.Context(), planFile)
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := p.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	honest := slices.Collect(prepared.Items())
	real, formula := honest[0], honest[1]
	hash, err := subject.HashFile(secretFile)
	if err != nil {
		t.Fatal(err)
	}
	network, labels, pinned, hub := real, real, formula, real
	network.Of.Network = secretFile
	labels.Of.Open.Labels = secretFile
	pinned.Of.MeshFiles, pinned.Of.MeshHash = []subject.File{{Path: secretFile, Hash: hash}}, ""
	hub.Of.Network = "hf:somebody/else"
	aside, never := []plan.Item{network, labels}, []plan.Item{pinned, hub}

	port := freePorts(t, 1)[0]
	url := fmt.Sprintf("nats://127.0.0.1:%d", port)
	startNode(t, node{Name: "one", Dir: t.TempDir(), Port: port})
	conn, err := queue.Dial(queue.Server{URL: url}, "somebody", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	q, err := queue.Open(t.Context(), conn, "hostile", queue.Options{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	worker := start(t, command1, "study", "worker", "--nats", url, "--study", "hostile", "--dir", t.TempDir(), "--files", t.TempDir())
	submit := func(d time.Duration, items ...plan.Item) queue.Records {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		records, err := q.Run(ctx, queue.Work{Total: len(items), Items: func() iter.Seq[queue.Item] {
			return func(yield func(queue.Item) bool) {
				for _, item := range items {
					if !yield(queue.NewItem(item.Data())) {
						return
					}
				}
			}
		}}, nil)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		return records
	}
	records := submit(time.Minute, append(aside, formula)...)
	for _, item := range aside {
		key := queue.KeyOf(item.Data())
		_, err := q.Result(t.Context(), key)
		var reason *queue.AsideError
		if records[key] != queue.SetAside || !errors.As(err, &reason) {
			t.Errorf("%s, labels %s: state %v, %v, want it set aside", item.Of.Network, item.Of.Open.Labels, records[key], err)
		} else if strings.Contains(reason.Reason, "hunter2") {
			t.Errorf("the reason tells the file's content: %s", reason.Reason)
		}
	}
	if key := queue.KeyOf(formula.Data()); records[key] != queue.Done {
		t.Errorf("the honest item is %v\n%s", records[key], worker.out)
	}
	for key, state := range submit(3*time.Second, never...) {
		t.Errorf("the item %s, which nobody may do, is %v", key, state)
	}
	said := worker.out.String()
	if !strings.Contains(said, "start the worker with --allow hf:somebody/else") {
		t.Errorf("the worker does not say what to do:\n%s", said)
	}
	if strings.Contains(said, "hunter2") {
		t.Errorf("the worker tells the file's content:\n%s", said)
	}
	if _, err := os.Stat(secretFile); err != nil {
		t.Error(err)
	}
}
