// Command ours runs a network for benchmarks/networks/compare.py, one run at a
// time, in turn with PyTorch.
//
//	ours NETWORK forward|gradient [EXECUTION]
//
// EXECUTION is the number of images per execution; 0 is the library's choice. The
// command compiles and prints "ready WALL CPU", both in seconds. Then it reads
// numbers of images, one per line, classifies that many and prints "WALL CPU" for
// each.
package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/semrob/gonb-semrob/benchmarks/internal/subjects"
	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 || len(args) > 3 || (args[1] != "forward" && args[1] != "gradient") {
		return fmt.Errorf("usage: ours NETWORK forward|gradient [EXECUTION]")
	}
	size := 0
	if len(args) == 3 {
		var err error
		if size, err = strconv.Atoi(args[2]); err != nil {
			return fmt.Errorf("the number of images per execution: %w", err)
		}
	}
	ctx := context.Background()
	c, err := compiled(ctx, args[0], size)
	if err != nil {
		return err
	}
	defer c.Finalize()
	pixels := c.Network().InputSize * c.Network().InputSize * 3
	var images []float32
	classify := func(count int) error {
		for i := len(images); i < count*pixels; i++ {
			images = append(images, float32(i%251)/250)
		}
		if args[1] == "forward" {
			_, err := c.Probabilities(ctx, images[:count*pixels], count)
			return err
		}
		_, _, err := c.Gradient(ctx, images[:count*pixels], count, 7)
		return err
	}
	wall, cpu, err := timed(func() error { return classify(1) })
	if err != nil {
		return err
	}
	fmt.Printf("ready %g %g\n", wall, cpu)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		count, err := strconv.Atoi(lines.Text())
		if err != nil || count < 1 {
			return fmt.Errorf("%q is not a number of images", lines.Text())
		}
		if wall, cpu, err = timed(func() error { return classify(count) }); err != nil {
			return err
		}
		fmt.Printf("%g %g\n", wall, cpu)
	}
	return lines.Err()
}

// compiled returns a network with random weights, which do not affect its speed.
func compiled(ctx context.Context, name string, size int) (*network.Classifier, error) {
	n, err := subjects.Network(name)
	if err != nil {
		return nil, err
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, err
	}
	return n.Compile(b.Compute, network.Options{BatchSize: size})
}

// timed returns the wall-clock and CPU seconds of f.
func timed(f func() error) (wall, cpu float64, err error) {
	start, used := time.Now(), processors()
	err = f()
	return time.Since(start).Seconds(), processors() - used, err
}

// processors returns the CPU seconds of this process.
func processors() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return math.NaN()
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
