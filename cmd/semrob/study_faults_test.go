package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// asServer makes this test binary a NATS server with the configuration given.
const asServer = "SEMROB_TEST_AS_SERVER"

// long reports whether the large versions of the tests are wanted.
func long() bool { return os.Getenv("SEMROB_LONG") != "" }

type node struct {
	Name, Dir      string
	Port, Cluster  int
	Routes         []int
	User, Password string // "" lets anyone in
}

// serveNATS runs a server, one of a cluster where it has routes, until it is
// killed.
func serveNATS(config string) {
	var n node
	if err := json.Unmarshal([]byte(config), &n); err != nil {
		panic(err)
	}
	options := &server.Options{
		ServerName: n.Name, Host: "127.0.0.1", Port: n.Port, JetStream: true, StoreDir: n.Dir, NoLog: true, NoSigs: true,
		JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 1 << 26,
		Username: n.User, Password: n.Password,
	}
	if len(n.Routes) > 0 {
		options.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: n.Cluster}
		for _, port := range n.Routes {
			options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
		}
	}
	s, err := server.NewServer(options)
	if err != nil {
		panic(err)
	}
	s.Start()
	s.WaitForShutdown()
}

// process is one that a test started, and may kill and start again.
type process struct {
	t    *testing.T
	args []string
	env  []string
	cmd  *exec.Cmd
	out  *output
	done chan error
	err  error // how it ended
}

// output is a buffer that may be read while a process writes to it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, args: args, env: env}
	p.start()
	t.Cleanup(p.kill)
	return p
}

func (p *process) start() {
	p.cmd = exec.Command(os.Args[0], p.args...)
	p.cmd.Env = append(os.Environ(), p.env...)
	p.out, p.err = &output{}, nil
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.WaitDelay = time.Second // a child that outlives it holds its output open
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan error, 1)
	p.done = done
	go func(cmd *exec.Cmd) { done <- cmd.Wait(); close(done) }(p.cmd)
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// ended waits up to d for the process to end by itself.
func (p *process) ended(d time.Duration) (ok bool, err error) {
	select {
	case err, open := <-p.done:
		if open {
			p.err = err
		}
		return true, p.err
	case <-time.After(d):
		return false, nil
	}
}

// asideText is in the last line of a run of a writeStudy plan.
const asideText = "3 items were set aside after repeated failures, 1 of them maps"

// finished waits up to d for a run of a writeStudy plan to end. Its exit status is 1,
// since the items of the broken mesh are set aside.
func (p *process) finished(d time.Duration) error {
	ok, err := p.ended(d)
	var exit *exec.ExitError
	if ok && errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(p.out.String(), asideText) {
		return nil
	}
	return fmt.Errorf("ended %t, %w", ok, err)
}

// children returns the processes that a process started.
func children(pid int) (pids []int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, thread := range threads {
		text, _ := os.ReadFile(thread)
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

var command1 = []string{asCommand + "=1"}

// writeStudy writes a plan over n small meshes, one more that is broken, and
// formulas in the place of a network: 3 items for each object.
func writeStudy(t *testing.T, dir string, n, effort int) (planFile string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "meshes"), 0o755); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		text := ""
		for range 4 {
			text += fmt.Sprintf("v %.6f %.6f %.6f\n", rng.Float64(), rng.Float64(), rng.Float64())
		}
		writeFile(t, filepath.Join(dir, "meshes", fmt.Sprintf("object%04d.obj", i)), text+"f 1 2 3\nf 1 2 4\nf 2 3 4\n")
	}
	writeFile(t, filepath.Join(dir, "meshes", "poison.obj"), "v 0 0 0\nf 1 2 3\n")
	planFile = filepath.Join(dir, "plan.yaml")
	writeFile(t, planFile, fmt.Sprintf(`study: faults
networks: [{analytic: soft-box}]
objects: [{files: "meshes/*.obj", class: thing}]
methods: [naive, oir-b]
settings: {sampling: faces, points-per-face: %d, tolerance: -1, iterations: 100}
map: ["azimuth=0:360:30", "elevation=-10:90:20"]
`, effort))
	return planFile
}

// outcome returns the bytes of everything that a study made.
func outcome(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if name == "nats" {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			data, err := os.ReadFile(path)
			all[name] = string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameOutcome compares two studies to the last bit.
func sameOutcome(t *testing.T, folder, undisturbed string, objects int) {
	t.Helper()
	got, want := outcome(t, folder), outcome(t, undisturbed)
	if len(want) != 3*objects+2 {
		t.Errorf("the undisturbed study has %d files, %d are expected", len(want), 3*objects+2)
	}
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s is not what the undisturbed study has", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, the undisturbed study has %d", len(got), len(want))
	}
	table, err := results.Open(filepath.Join(folder, "results.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	aside := 0
	for _, row := range table.Rows {
		if row.Status == results.SetAside {
			aside++
			if row.Object != "poison" || !strings.Contains(row.Error, "poison.obj:2") {
				t.Errorf("%s is set aside: %s", row.Object, row.Error)
			}
		}
	}
	if len(table.Rows) != 2*4*(objects+1) || aside != 2*4 {
		t.Errorf("%d rows with %d set aside, want %d with 8", len(table.Rows), aside, 2*4*(objects+1))
	}
}

// undisturbed runs the study of a plan in peace.
func undisturbed(t *testing.T, planFile string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	p := start(t, command1, "study", "run", planFile, "--out", folder, "--workers", "2", "-q")
	if err := p.finished(5 * time.Minute); err != nil {
		t.Fatalf("the undisturbed study: %v\n%s", err, p.out)
	}
	return folder
}

// pause sleeps for a random time.
func pause(rng *rand.Rand, low, high time.Duration) {
	time.Sleep(low + time.Duration(rng.Int64N(int64(high-low))))
}

func sizes() (objects, kills, effort int) {
	if long() {
		return 300, 60, 40
	}
	return 70, 10, 12
}

// TestKilledRunsAndWorkers kills study run, which has the server in it, and its
// workers at random moments, and runs it again each time.
func TestKilledRunsAndWorkers(t *testing.T) {
	t.Parallel() // they mostly wait
	dir, folder := t.TempDir(), t.TempDir()
	objects, kills, effort := sizes()
	planFile := writeStudy(t, dir, objects, effort)
	want := undisturbed(t, planFile)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	p := start(t, command1, "study", "run", planFile, "--out", folder, "--workers", "2", "--silence", "1s")
	killed := map[string]int{}
	for range kills {
		pause(rng, 50*time.Millisecond, 600*time.Millisecond)
		if workers := children(p.cmd.Process.Pid); len(workers) > 0 && rng.IntN(2) == 0 {
			if syscall.Kill(workers[rng.IntN(len(workers))], syscall.SIGKILL) == nil {
				killed["worker"]++
			}
			continue
		}
		if ok, _ := p.ended(0); !ok {
			killed["run"]++
		}
		p.kill()
		p.start()
	}
	if err := p.finished(5 * time.Minute); err != nil {
		t.Fatalf("the run after the last kill: %v\n%s", err, p.out)
	}
	t.Logf("killed %v", killed)
	sameOutcome(t, folder, want, objects)
}

// freePorts returns n ports that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func startNode(t *testing.T, n node) *process {
	t.Helper()
	config, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{asServer + "=" + string(config)})
	for range 100 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.Port)); err == nil {
			conn.Close()
			return p
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the server does not listen: %s", p.out)
	return nil
}

// TestKilledServer has a server, workers without the study's files, and study
// run as processes of their own, and kills any of them at random moments.
func TestKilledServer(t *testing.T) {
	t.Parallel() // they mostly wait
	dir, folder := t.TempDir(), t.TempDir()
	objects, kills, effort := sizes()
	planFile := writeStudy(t, dir, objects, effort)
	want := undisturbed(t, planFile)
	port := freePorts(t, 1)[0]
	nats := fmt.Sprintf("nats://127.0.0.1:%d", port)
	processes := map[string]*process{
		"server": startNode(t, node{Name: "one", Dir: t.TempDir(), Port: port}),
		"run":    start(t, command1, "study", "run", planFile, "--out", folder, "--workers", "0", "--silence", "1s", "--nats", nats),
	}
	for i := range 2 {
		processes[fmt.Sprintf("worker %d", i+1)] = start(t, command1, "study", "worker", "--nats", nats, "--study", "faults", "--dir", t.TempDir(), "--files", t.TempDir())
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	killed := map[string]int{}
	for range kills {
		pause(rng, 50*time.Millisecond, 600*time.Millisecond)
		name := []string{"server", "run", "worker 1", "worker 2"}[rng.IntN(4)]
		if ok, _ := processes[name].ended(0); !ok {
			killed[name]++
		}
		processes[name].kill()
		processes[name].start()
	}
	p := processes["run"]
	if err := p.finished(5 * time.Minute); err != nil {
		t.Fatalf("the run after the last kill: %v\n%s", err, p.out)
	}
	t.Logf("killed %v", killed)
	sameOutcome(t, folder, want, objects)
}

// TestClusterLosesANode runs a study on three servers and kills one that does
// not come back.
func TestClusterLosesANode(t *testing.T) {
	t.Parallel() // they mostly wait
	dir, folder := t.TempDir(), t.TempDir()
	objects := 15
	if long() {
		objects = 200
	}
	planFile := writeStudy(t, dir, objects, 20)
	want := undisturbed(t, planFile)
	ports := freePorts(t, 6)
	var nodes []*process
	var urls []string
	for i := range 3 {
		nodes = append(nodes, startNode(t, node{Name: fmt.Sprintf("n%d", i), Dir: t.TempDir(), Port: ports[i], Cluster: ports[3+i], Routes: ports[3:]}))
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
	}
	nats := strings.Join(urls, ",")
	p := start(t, command1, "study", "run", planFile, "--out", folder, "--workers", "0", "--silence", "2s", "--replicas", "3", "--nats", nats)
	start(t, command1, "study", "worker", "--nats", nats, "--study", "faults", "--dir", dir)
	for range 600 { // until it is under way
		if strings.Contains(p.out.String(), "items") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	nodes[rand.IntN(3)].kill()
	if err := p.finished(5 * time.Minute); err != nil {
		t.Fatalf("the run on the cluster: %v\n%s", err, p.out)
	}
	sameOutcome(t, folder, want, objects)
}

// TestFullDisk fills the disk below a running study, and later frees it.
func TestFullDisk(t *testing.T) {
	t.Parallel() // they mostly wait
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): this needs root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	dir := t.TempDir()
	const objects = 40
	planFile := writeStudy(t, dir, objects, 12)
	want := undisturbed(t, planFile)
	folder := filepath.Join(disk, "study")
	p := start(t, command1, "study", "run", planFile, "--out", folder, "--silence", "1s")
	for range 200 {
		if _, err := os.Stat(filepath.Join(folder, "nats", "server.json")); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	ballast, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = ballast.Write(make([]byte, 4096))
	}
	ballast.Close()
	ok, err := p.ended(time.Minute)
	if !ok || err == nil || !strings.Contains(p.out.String(), "free some space") {
		t.Fatalf("on a full disk the run ended %t, %v, saying:\n%s", ok, err, p.out)
	}
	if err := os.Remove(ballast.Name()); err != nil {
		t.Fatal(err)
	}
	p.start()
	if err := p.finished(time.Minute); err != nil {
		t.Fatalf("with room again: %v\n%s", err, p.out)
	}
	sameOutcome(t, folder, want, objects)
}

// TestInterruptedStudy stops a run as a person does, asks for its status, and
// continues it.
func TestInterruptedStudy(t *testing.T) {
	t.Parallel() // they mostly wait
	dir, folder := t.TempDir(), t.TempDir()
	const objects = 40
	planFile := writeStudy(t, dir, objects, 20)
	want := undisturbed(t, planFile)
	p := start(t, command1, "study", "run", planFile, "--out", folder)
	time.Sleep(900 * time.Millisecond)
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if ok, err := p.ended(10 * time.Second); !ok || !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Fatalf("Ctrl-C: ended %t, %v\n%s", ok, err, p.out)
	}
	var stdout, stderr bytes.Buffer
	if status := run(context.Background(), []string{"study", "status", folder}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "not running") || !strings.Contains(stdout.String(), "faults") {
		t.Errorf("status %d: %s%s", status, stdout.String(), stderr.String())
	}
	p.start()
	if err := p.finished(time.Minute); err != nil {
		t.Fatalf("after Ctrl-C: %v\n%s", err, p.out)
	}
	sameOutcome(t, folder, want, objects)
}
