package main

import (
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/rendered/direct"
)

// directly prints the rate of views in one program on the device, after compiling, and
// that of the network's gradients through host memory.
func directly(ctx context.Context, s *settings, sub *subject) error {
	v, err := direct.New(sub.renderer, sub.classifier, direct.Options{InFlight: s.inFlight})
	if err != nil {
		return err
	}
	defer v.Finalize()
	scenes := around(s.views)
	first, err := of(func() error { _, err := v.Probabilities(ctx, scenes[:1]); return err })
	if err != nil {
		return err
	}
	all, err := median(s.rounds, func() error { _, err := v.Probabilities(ctx, scenes); return err })
	if err != nil {
		return err
	}
	fmt.Printf("| what | views | per execution | compiling and the first, s | then, s: clock, CPU | views/s |\n|---|---|---|---|---|---|\n")
	row := func(what string, views, each int, first, rest spent) {
		fmt.Printf("| %s | %d | %d | %.1f | %.3f, %.3f | %.0f |\n", what, views, each, first.wall.Seconds(), rest.wall.Seconds(), rest.cpu.Seconds(), float64(views)/rest.wall.Seconds())
	}
	row("mesh to probability", s.views, v.PerExecution(), first, all)

	n := min(s.views, 64)
	images := make([]float32, n*sub.renderer.ImageLen())
	if err := sub.renderer.Render(ctx, scenes[:n], images); err != nil {
		return err
	}
	gradients := func(n int) func() error {
		return func() error {
			_, _, err := sub.classifier.Gradient(ctx, images[:n*sub.renderer.ImageLen()], n, 1)
			return err
		}
	}
	if first, err = of(gradients(1)); err != nil {
		return err
	}
	if all, err = median(s.rounds, gradients(n)); err != nil {
		return err
	}
	row("the network's gradient, through host memory", n, 0, first, all)
	return nil
}

// precision prints how much the answers change with the network's number type, or
// against those that another process saved, such as one with TF32.
func precision(ctx context.Context, s *settings, sub *subject) error {
	scenes := around(s.views)
	images := make([]float32, s.views*sub.renderer.ImageLen())
	if err := sub.renderer.Render(ctx, scenes, images); err != nil {
		return err
	}
	classes := len(sub.network.Labels)
	exact, err := sub.classifier.Probabilities(ctx, images, s.views)
	if err != nil {
		return err
	}
	if s.save != "" {
		return atomicfile.Write(s.save, func(w io.Writer) error { return gob.NewEncoder(w).Encode(exact) })
	}
	fmt.Printf("| compared with %s | views | first answers that stay, %% | largest change of a probability |\n|---|---|---|---|\n", sub.device)
	if s.against != "" {
		file, err := os.Open(s.against)
		if err != nil {
			return err
		}
		defer file.Close()
		var other []float32
		if err := gob.NewDecoder(file).Decode(&other); err != nil {
			return fmt.Errorf("reading %s: %w", s.against, err)
		}
		return compare(s.against, exact, other, classes)
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return err
	}
	for _, p := range []network.Precision{network.BFloat16, network.Float16} {
		c, err := sub.compile(b, p, s.batch)
		if err != nil {
			return err
		}
		other, err := c.Probabilities(ctx, images, s.views)
		if err != nil {
			return err
		}
		if err := compare(string(p), exact, other, classes); err != nil {
			return err
		}
		if err := c.Finalize(); err != nil {
			return err
		}
	}
	return nil
}

// compare prints a row of the table of precision.
func compare(name string, exact, other []float32, classes int) error {
	if len(exact) != len(other) {
		return fmt.Errorf("%s has %d probabilities, not %d: give the same --views and network", name, len(other), len(exact))
	}
	views, stay, worst := len(exact)/classes, 0, 0.0
	for i := range views {
		a, b := exact[i*classes:(i+1)*classes], other[i*classes:(i+1)*classes]
		if first(a) == first(b) {
			stay++
		}
		for k := range a {
			worst = max(worst, math.Abs(float64(a[k]-b[k])))
		}
	}
	fmt.Printf("| %s | %d | %.2f | %.2g |\n", name, views, 100*float64(stay)/float64(views), worst)
	return nil
}

// first returns the index of the greatest value.
func first(values []float32) int {
	best := 0
	for k, v := range values {
		if v > values[best] {
			best = k
		}
	}
	return best
}
