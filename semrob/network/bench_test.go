package network_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// BenchmarkClassifier gives images per second, for several numbers of images
// in a call.
func BenchmarkClassifier(b *testing.B) {
	for _, batch := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) { classify(b, batch, network.Options{}) })
	}
}

// BenchmarkBatchSize gives images per second for 64 images in a call, for
// several sizes of an execution and numbers of workers.
func BenchmarkBatchSize(b *testing.B) {
	for _, size := range []int{1, 2, 4, 16} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("size%d/workers%d", size, workers), func(b *testing.B) {
				classify(b, 64, network.Options{BatchSize: size, Workers: workers})
			})
		}
	}
}

func classify(b *testing.B, batch int, options network.Options) {
	n := open(b)
	c, err := n.Compile(xlatest.Open(b), options)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Finalize()
	pixels := n.InputSize * n.InputSize * 3
	two := golden.Images(n.InputSize)
	var images []float32
	for i := range batch {
		images = append(images, two[i%2*pixels:(i%2+1)*pixels]...)
	}
	ctx := context.Background()
	if _, err := c.Probabilities(ctx, images, batch); err != nil { // compiles
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Probabilities(ctx, images, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkOpen gives the time from a name to prepared weights.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		open(b)
	}
}
