package network_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
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

// BenchmarkOpenFile gives the time from a file of weights on disk to a network
// on the device, for a small and two large files.
func BenchmarkOpenFile(b *testing.B) {
	backend := xlatest.Open(b)
	for _, name := range []string{"resnet50", "vit-b-16", "vgg16"} {
		b.Run(name, func(b *testing.B) {
			a, err := architecture.Lookup(name)
			if err != nil {
				b.Fatal(err)
			}
			set := weights.Set{}
			for _, p := range a.Parameters() {
				set[p.Name] = weights.Tensor{Shape: p.Shape, Data: slices.Repeat([]float32{0.1}, weights.Size(p.Shape))}
			}
			file, err := weights.Encode(set, false, nil)
			if err != nil {
				b.Fatal(err)
			}
			path := filepath.Join(b.TempDir(), "weights.safetensors")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				n, err := network.Open(name + "=" + path)
				if err != nil {
					b.Fatal(err)
				}
				placed, err := n.Place(backend)
				if err != nil {
					b.Fatal(err)
				}
				if err := placed.Finalize(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
