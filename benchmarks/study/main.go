// Command study measures the throughput of a study for several numbers of workers
// on this machine: with items of a real network, and with items so small that the
// cost of the queue is visible. It prints a Markdown table. On an idle machine with
// two cores it takes three minutes:
//
//	go run ./benchmarks/study
//
// Workers are processes, as in semrob study run. Rates exclude their start and the
// compilation of the network: they are measured from the time when every worker has
// finished an item. All runs must produce the same table.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// workload is a study of many similar items.
type workload struct {
	what string
	// head is the plan without its objects, which are copies of the generated
	// meshes: this many of each.
	head   string
	copies int
	// values is the number of values of f in an item.
	values int
}

var workloads = []workload{
	{"EfficientNet-Lite0, maps of 64 views", "networks: [efficientnet-lite0]\nmethods: []\nmap: [\"azimuth=0:360:22.5\", \"elevation=-10:90:25\"]\n", 8, 64},
	{"a formula, maps of 16 values", "networks: [{analytic: soft-box}]\nmethods: []\nmap: [\"azimuth=0:360:90\", \"elevation=-10:90:25\"]\n", 1000, 16},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	workers := flag.String("workers", "1,2,4", "numbers of workers")
	flag.Parse()
	if err := run(ctx, *workers, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "Error: %v.\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, workers string, out io.Writer) error {
	var counts []int
	for _, text := range strings.Split(workers, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-workers %s: use numbers separated by commas, such as 1,2,4", workers)
		}
		counts = append(counts, n)
	}
	dir, err := os.MkdirTemp("", "semrob-study-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	semrob := filepath.Join(dir, "semrob")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", semrob, "./cmd/semrob").CombinedOutput(); err != nil {
		return fmt.Errorf("building semrob: %w: %s", err, text)
	}
	table := figure.Table{Headers: []string{"items", "workers", "items per second", "values of f per second", "times one worker"}}
	for i, w := range workloads {
		first, same := 0.0, []byte(nil)
		for _, n := range counts {
			folder := filepath.Join(dir, fmt.Sprintf("%d-%d", i, n))
			rate, err := w.rate(ctx, semrob, folder, n)
			if err != nil {
				return fmt.Errorf("%s, %d workers: %w", w.what, n, err)
			}
			maps, err := content(folder)
			if err != nil {
				return err
			}
			if same != nil && !bytes.Equal(same, maps) {
				return fmt.Errorf("%s: %d workers compute different maps than %d", w.what, n, counts[0])
			}
			if same == nil {
				first, same = rate, maps
			}
			table.Rows = append(table.Rows, []any{w.what, n, figure.Quantity{Value: rate, Decimals: 2},
				figure.Quantity{Value: rate * float64(w.values)}, figure.Quantity{Value: rate / first, Decimals: 2}})
		}
	}
	return table.WriteMarkdown(out)
}

// plan writes and reads the plan's file.
func (w workload) plan(ctx context.Context, folder string) (*plan.Prepared, error) {
	text := "study: bench\n" + w.head + "objects:\n"
	for i := range w.copies {
		for _, o := range []struct{ mesh, class string }{{"teapot", "teapot"}, {"bottle", "water bottle"}, {"vase", "vase"}, {"cup", "cup"}} {
			text += fmt.Sprintf("  - {mesh: %s, class: %s, name: %s-%d}\n", o.mesh, o.class, o.mesh, i)
		}
	}
	file := filepath.Join(folder, "plan.yaml")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	p, err := plan.Load(ctx, file)
	if err != nil {
		return nil, err
	}
	return p.Prepare(ctx, nil)
}

// rate runs the study with n workers and returns items per second.
func (w workload) rate(ctx context.Context, semrob, folder string, n int) (float64, error) {
	p, err := w.plan(ctx, folder)
	if err != nil {
		return 0, err
	}
	var begun time.Time
	before, rate := 0, 0.0
	watch := func(at queue.Progress) {
		switch {
		case begun.IsZero() && warm(at, n):
			begun, before = time.Now(), at.Done
		case !begun.IsZero() && at.Done > before:
			rate = float64(at.Done-before) / time.Since(begun).Seconds()
		}
	}
	_, err = sweep.Run(ctx, p, sweep.Options{Folder: folder, Watch: watch, Started: func(ctx context.Context, address queue.Server) (func(), error) {
		return hire(semrob, address, p.Study, n)
	}})
	if err == nil && rate == 0 {
		err = fmt.Errorf("it ended before every worker had finished an item: add items")
	}
	return rate, err
}

// warm reports whether every worker has finished an item.
func warm(at queue.Progress, n int) bool {
	for _, worker := range at.Workers {
		if worker.Done > 0 {
			n--
		}
	}
	return n <= 0
}

// hire starts workers, and stop stops them.
func hire(semrob string, address queue.Server, study string, n int) (stop func(), err error) {
	var inputs []io.Closer
	var commands []*exec.Cmd
	stop = func() {
		for _, input := range inputs {
			input.Close()
		}
		for _, cmd := range commands {
			_ = cmd.Wait() // all items are done
		}
	}
	for range n {
		cmd := exec.Command(semrob, "study", "worker", "--quiet", "--study", study, "--nats", address.URL, "--until-eof")
		cmd.Env, cmd.Stderr = append(os.Environ(), "SEMROB_NATS_TOKEN="+address.Token), os.Stderr
		input, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			stop()
			return nil, fmt.Errorf("starting a worker: %w", err)
		}
		inputs, commands = append(inputs, input), append(commands, cmd)
	}
	return stop, nil
}

// content returns the bytes of all maps of a study.
func content(folder string) ([]byte, error) {
	var all []byte
	files, err := filepath.Glob(filepath.Join(folder, "maps", "*", "*.npz"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all = append(append(all, filepath.Base(file)...), data...)
	}
	return all, err
}
