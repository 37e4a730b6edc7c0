// Command python measures what it costs to call a network in Python through pipes
// instead of from Python itself: the same module on the same batches of 64 images, in
// turns. It prints the overhead in wall time and in processor time of both processes,
// which other work on the machine disturbs less. It needs Linux; with PyTorch the
// network is ResNet18, otherwise a few sums of NumPy:
//
//	go run ./benchmarks/python -python .build/pytorch/bin/python
package main

import (
	"bufio"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/semrob/gonb-semrob/internal/cputime"
	"github.com/semrob/gonb-semrob/semrob/network/python"
)

//go:embed module.py
var module string

const (
	batch  = 64
	pixels = 224 * 224 * 3
)

// cost is that of some batches, in seconds.
type cost struct{ wall, cpu float64 }

func main() {
	interpreter := flag.String("python", "", "the interpreter (default: as semrob finds it)")
	rounds := flag.Int("rounds", 7, "rounds of either way")
	batches := flag.Int("batches", 2, "batches of a round")
	flag.Parse()
	if err := run(*interpreter, *rounds, *batches); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(interpreter string, rounds, batches int) (err error) {
	folder, err := os.MkdirTemp("", "semrob-python")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file, pid := filepath.Join(folder, "module.py"), filepath.Join(folder, "pid")
	if err := os.WriteFile(file, []byte(module), 0o644); err != nil {
		return err
	}
	if err := os.Setenv("SEMROB_BENCHMARK_PID", pid); err != nil {
		return err
	}
	python.SetDefaults(python.Options{Interpreter: interpreter})
	if interpreter, err = python.Defaults().Find(); err != nil {
		return err
	}
	direct, stop, err := startDirect(interpreter, file)
	if err != nil {
		return err
	}
	defer stop()
	n, err := python.Open(context.Background(), file, "network", python.FileOptions{})
	if err != nil {
		return err
	}
	n.Acquire()
	defer n.Release()
	ours, err := through(n, pid)
	if err != nil {
		return err
	}
	fmt.Printf("%s; %d images of 224×224 in a batch, %d batches in a round\n", n.Kind, batch, batches)
	var wall, cpu []float64
	for range rounds {
		var costs [2]cost
		for i, way := range []func(int) (cost, error){direct, ours} {
			if costs[i], err = way(batches); err != nil {
				return err
			}
		}
		fmt.Printf("in Python %.3f s (%.3f s of processor time), through semrob %.3f s (%.3f s)\n", costs[0].wall, costs[0].cpu, costs[1].wall, costs[1].cpu)
		wall, cpu = append(wall, costs[1].wall/costs[0].wall-1), append(cpu, costs[1].cpu/costs[0].cpu-1)
	}
	fmt.Printf("overhead, median of %d rounds: %+.1f %% of the time, %+.1f %% of the processor time\n", rounds, 100*median(wall), 100*median(cpu))
	return nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// startDirect starts the module as a program of its own.
func startDirect(interpreter, file string) (measure func(batches int) (cost, error), stop func(), err error) {
	command := exec.Command(interpreter, file)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := command.Start(); err != nil {
		return nil, nil, err
	}
	answers := bufio.NewReader(out)
	measure = func(batches int) (c cost, err error) {
		if _, err = io.WriteString(in, fmt.Sprintln(batches)); err == nil {
			_, err = fmt.Fscan(answers, &c.wall, &c.cpu)
		}
		return c, err
	}
	_, err = measure(1)
	return measure, func() { in.Close(); _ = command.Wait() }, err
}

// through measures calls of the network, with the processor time of its process, whose
// number is in a file, and of this one.
func through(n *python.Network, pidFile string) (func(batches int) (cost, error), error) {
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		return nil, err
	}
	images := make([]float32, batch*pixels)
	for i := range images {
		images[i] = float32(i%251) / 251
	}
	return func(batches int) (c cost, err error) {
		theirs := strings.TrimSpace(string(pid))
		before, err := processorTime(theirs)
		if err != nil {
			return c, err
		}
		began := time.Now()
		own, err := cputime.Of(func() error {
			for range batches {
				if _, err := n.Scores(context.Background(), images, batch); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return c, err
		}
		c.wall = time.Since(began).Seconds()
		after, err := processorTime(theirs)
		c.cpu = after - before + own.Seconds()
		return c, err
	}, nil
}

// processorTime returns the seconds of processor time of a process.
func processorTime(pid string) (float64, error) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0, err
	}
	return (user + system) / 100, nil // in hundredths
}
