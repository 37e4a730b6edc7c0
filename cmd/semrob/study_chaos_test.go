package main

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// chaos is a study whose processes a test kills: a server, a run, and two workers on the
// other side of a slow link.
type chaos struct {
	t         *testing.T
	rng       *rand.Rand
	store     string // the server's folder
	port      int
	server    *process
	run       *process
	workers   []*process
	link      *slowLink
	killed    map[string]int
	flipped   int
	recovered int // stores that were given up
}

// TestChaos kills the run, the workers and the server of a study at random moments, cuts
// the slow link between them, flips bits in the server's files, and has a worker of
// another version connected all the time. The study ends in the same files, bit for
// bit, as one in peace. SEMROB_LONG=1 kills 60 times.
func TestChaos(t *testing.T) {
	t.Parallel() // it mostly waits
	objects, kills, effort := 30, 20, 12
	if long() {
		objects, kills = 60, 60
	}
	dir, folder := t.TempDir(), t.TempDir()
	planFile := writeStudy(t, dir, objects-1, effort)
	// Its transfer takes seconds, and several kills hit it.
	writeFile(t, filepath.Join(dir, "meshes", "heavy.obj"), "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 2 3 4\n"+strings.Repeat("# "+strings.Repeat("x", 1000)+"\n", 700))
	want := undisturbed(t, planFile)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &chaos{t: t, rng: rand.New(rand.NewPCG(seed, 0)), store: t.TempDir(), port: freePorts(t, 1)[0], killed: map[string]int{}}
	c.server = c.startServer()
	c.link = newSlowLink(t, fmt.Sprintf("127.0.0.1:%d", c.port), 256<<10, 2*time.Millisecond)
	c.run = start(t, command1, "study", "run", planFile, "--out", folder, "--workers", "0", "--silence", "2s", "--nats", fmt.Sprintf("nats://127.0.0.1:%d", c.port))
	for range 2 {
		c.workers = append(c.workers, start(t, command1, "study", "worker", "--nats", c.link.url(), "--study", "faults", "--dir", t.TempDir(), "--files", t.TempDir()))
	}
	foreign := c.foreignWorker()
	for c.kills() < kills {
		pause(c.rng, 50*time.Millisecond, 700*time.Millisecond)
		c.disturb()
	}
	for deadline := time.Now().Add(10 * time.Minute); ; {
		c.revive()
		ok, err := c.run.ended(time.Second)
		if !ok && time.Now().Before(deadline) {
			continue
		}
		if !ok {
			t.Fatalf("the run does not end after %v:\n%s\na worker:\n%s", c.killed, c.run.out, c.workers[0].out)
		}
		if c.unconnected(c.run) {
			continue
		}
		if err != nil && strings.Contains(c.run.out.String(), asideText) {
			break
		}
		// Only a store that cannot be repaired may end a run: then do what it says.
		if said := c.run.out.String(); c.flipped == 0 || !strings.Contains(said, "damaged") {
			t.Fatalf("the run ended with %v after %v:\n%s\nset aside:\n%s\na worker:\n%s", err, c.killed, said, asideReasons(folder), c.workers[0].out)
		}
		c.newStore()
	}
	given := foreign()
	t.Logf("killed %v, %d cuts of the link, %d bits flipped, %d stores given up, %d items given back by a worker of another version", c.killed, c.link.cuts, c.flipped, c.recovered, given)
	sameOutcome(t, folder, want, objects)
	if left, _ := filepath.Glob(filepath.Join(folder, "*", "*", ".*.partial")); len(left) > 0 {
		t.Errorf("files of killed writes: %v", left)
	}
}

// asideReasons returns the items that were set aside, with the reasons.
func asideReasons(folder string) (lines string) {
	table, err := results.Open(filepath.Join(folder, "results.parquet"))
	if err != nil {
		return err.Error()
	}
	for _, row := range table.Rows {
		if row.Status == results.SetAside && row.Start == 0 {
			lines += fmt.Sprintf("%s, %s: %s\n", row.Object, row.Method, row.Error)
		}
	}
	return lines
}

func (c *chaos) kills() (n int) {
	for _, k := range c.killed {
		n += k
	}
	return n
}

// revive starts the run and workers again that were started while the server was away.
func (c *chaos) revive() {
	for _, p := range []*process{c.run, c.workers[0], c.workers[1]} {
		if c.unconnected(p) {
			p.start()
		}
	}
}

// unconnected reports whether a process ended because the server was away when it began.
func (c *chaos) unconnected(p *process) bool {
	ok, _ := p.ended(0)
	return ok && strings.Contains(p.out.String(), "connecting to the NATS server")
}

// disturb kills something, or cuts the link.
func (c *chaos) disturb() {
	c.revive()
	switch c.rng.IntN(10) {
	case 0, 1:
		c.kill("run", c.run)
	case 2, 3, 4:
		c.kill("server", c.server)
		if c.rng.IntN(3) == 0 {
			c.flip()
		}
		if !c.server.listens(c.port) {
			c.newStore()
		}
	case 5:
		c.link.cut()
	default:
		c.kill("worker", c.workers[c.rng.IntN(len(c.workers))])
	}
}

// kill kills a process and starts it again, after the server's files may have changed.
func (c *chaos) kill(name string, p *process) {
	if ok, _ := p.ended(0); !ok {
		c.killed[name]++
	}
	p.kill()
	if name != "server" {
		p.start()
	}
}

// flip flips a bit in a block of the stopped server's results, items or files.
func (c *chaos) flip() {
	var blocks []string
	_ = filepath.WalkDir(c.store, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".blk") {
			blocks = append(blocks, path)
		}
		return nil
	})
	if len(blocks) == 0 {
		return
	}
	path := blocks[c.rng.IntN(len(blocks))]
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return
	}
	data[c.rng.IntN(len(data))] ^= 1 << c.rng.IntN(8)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.flipped++
}

func (c *chaos) startServer() *process {
	return startNode(c.t, node{Name: "one", Dir: c.store, Port: c.port})
}

// listens starts the server again, and reports whether it does.
func (p *process) listens(port int) bool {
	p.start()
	for range 1200 {
		if ok, _ := p.ended(0); ok {
			return false
		}
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			conn.Close()
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// newStore replaces a store that cannot be repaired by an empty one, as the run advises,
// and runs the study again.
func (c *chaos) newStore() {
	c.recovered++
	c.server.kill()
	if err := os.RemoveAll(c.store); err != nil {
		c.t.Fatal(err)
	}
	if !c.server.listens(c.port) {
		c.t.Fatalf("the server does not start: %s", c.server.out)
	}
	c.run.kill()
	c.run.start()
}

// foreignWorker has a worker of another version on the slow link. The function that it
// returns stops it, and returns the number of items that it gave back.
func (c *chaos) foreignWorker() (stop func() int) {
	ctx, cancel := context.WithCancel(c.t.Context())
	given, done := 0, make(chan struct{})
	refuse := func(context.Context, *queue.Queue, queue.Item) ([]byte, error) {
		given++
		return nil, fmt.Errorf("made by another version: %w", queue.ErrVersion)
	}
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if conn, err := queue.Dial(queue.Server{URL: c.link.url()}, "another version", nil); err == nil {
				if q, err := queue.Join(ctx, conn, "faults"); err == nil {
					_ = q.Work(ctx, refuse, queue.WorkOptions{Rest: 100 * time.Millisecond, Idle: time.Second}) // then it joins again
				}
				conn.Close()
			}
			wait(ctx, 100*time.Millisecond)
		}
	}()
	c.t.Cleanup(cancel)
	return func() int { cancel(); <-done; return given }
}
