package network_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// BenchmarkNetworks gives, for each architecture, direction and number of
// images in a call, images per second and the seconds that compiling took.
// Weights are generated. benchmarks/networks compares with PyTorch.
//
//	go test -run '^$' -bench 'Networks/resnet50/forward' ./semrob/network
func BenchmarkNetworks(b *testing.B) {
	for _, name := range architecture.Names() {
		b.Run(name, func(b *testing.B) {
			for _, direction := range []string{"forward", "gradient"} {
				b.Run(direction, func(b *testing.B) {
					for _, batch := range []int{1, 2, 4, 16, 64} {
						b.Run(fmt.Sprint(batch), func(b *testing.B) { benchmarkNetwork(b, name, direction, batch) })
					}
				})
			}
		})
	}
}

func benchmarkNetwork(b *testing.B, name, direction string, batch int) {
	a, err := architecture.Lookup(name)
	if err != nil {
		b.Fatal(err)
	}
	n, err := network.New(a, golden.Weights(a.Parameters()), make([]string, a.Classes))
	if err != nil {
		b.Fatal(err)
	}
	c, err := n.Compile(xlatest.Open(b), network.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Finalize()
	ctx := context.Background()
	images := make([]float32, batch*n.InputSize*n.InputSize*3)
	for i := range images {
		images[i] = float32(i%251) / 250
	}
	run := func() {
		if direction == "forward" {
			_, err = c.Probabilities(ctx, images, batch)
		} else {
			_, _, err = c.Gradient(ctx, images, batch, 7)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	run()
	compile := time.Since(start) // and one run
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
	b.ReportMetric(compile.Seconds(), "compile-s")
}
