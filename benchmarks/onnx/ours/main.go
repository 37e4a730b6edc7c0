// Command ours opens an ONNX model for benchmarks/onnx/table.py, compares it with
// scores and a gradient, and prints what it took as one line of JSON.
//
//	ours [-layout nchw] [-input-size N] MODEL.onnx [SCORES.npz]
//	ours -many
//
// With -many it reads lines "MODEL.onnx SCORES.npz" from standard input, and answers
// each with a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
)

// result is what was found. Memory is in bytes.
type result struct {
	// Refused is why the model was not opened.
	Refused string `json:"refused,omitempty"`
	// Failed is why it could not be compared.
	Failed string `json:"failed,omitempty"`
	// Seconds of CPU time, and the growth of the largest resident memory, of opening.
	Seconds float64 `json:"seconds"`
	Memory  int64   `json:"memory"`
	// Classes is the number of classes.
	Classes int `json:"classes,omitempty"`
	// Output, Probability and Gradient are as in network.Comparison; a gradient that
	// was not compared is missing.
	Output      float64  `json:"output"`
	Probability float64  `json:"probability"`
	Gradient    *float64 `json:"gradient,omitempty"`
	// All is the CPU time of everything, in seconds.
	All float64 `json:"all"`
}

func main() {
	var options network.OpenOptions
	flag.TextVar(&options.Layout, "layout", options.Layout, "layout of the images")
	flag.IntVar(&options.InputSize, "input-size", 0, "height and width of the images")
	many := flag.Bool("many", false, "read models and scores from standard input")
	flag.Parse()
	if *many {
		if err := answer(options); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if flag.NArg() < 1 || flag.NArg() > 2 {
		flag.Usage()
		os.Exit(2)
	}
	r, err := measure(flag.Arg(0), flag.Arg(1), options)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// answer measures models until the input ends.
func answer(options network.OpenOptions) error {
	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 2 {
			return fmt.Errorf("%q is not MODEL.onnx SCORES.npz", lines.Text())
		}
		r, err := measure(fields[0], fields[1], options)
		if err == nil {
			err = out.Encode(r)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

func measure(model, scores string, options network.OpenOptions) (r result, err error) {
	ctx := context.Background()
	runtime.GC()
	before, err := largest()
	if err != nil {
		return r, err
	}
	start := cpu()
	n, err := network.OpenWith(ctx, model, options)
	r.Seconds = cpu() - start
	after, memory := largest()
	if memory != nil {
		return r, memory
	}
	r.Memory = after - before
	if err != nil {
		r.Refused = err.Error()
		return r, nil
	}
	r.Classes = len(n.Labels)
	if scores == "" {
		return r, nil
	}
	device, err := backend.Default(ctx)
	if err != nil {
		return r, err
	}
	c, err := n.Compare(ctx, device.Compute, scores)
	r.All = cpu() - start
	if err != nil {
		r.Failed = err.Error()
		return r, nil
	}
	// JSON has no infinity, which stands for a score that is no number.
	finite := func(v float64) float64 { return min(v, math.MaxFloat64) }
	r.Output, r.Probability = finite(c.Output), finite(c.Probability)
	if !math.IsNaN(c.Gradient) {
		g := finite(c.Gradient)
		r.Gradient = &g
	}
	return r, nil
}

// cpu is the CPU time of the process in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return math.NaN()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// largest is the largest resident memory so far, in bytes.
func largest() (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no VmHWM")
}
