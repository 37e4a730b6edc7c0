package network_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// TestPrecision measures the effect of a precision on the probabilities of
// EfficientNet-Lite0 with its real weights on rendered views, and on their
// gradients, relative to float32: on 64 views with SEMROB_LONG=1, otherwise on 16
// and only in bfloat16, as compiling takes long.
// Gradients change much more than values: when rounding moves an activation across
// a kink of ReLU6, everything that passes through it changes.
func TestPrecision(t *testing.T) {
	const classes = 1000
	views := golden.ReadViews(t, "efficientnet_lite0")
	ctx, n, backend := context.Background(), open(t), xlatest.Open(t)
	images, pixels := grey(views.Images), n.InputSize*n.InputSize*3
	count, every := len(images)/pixels, 1
	if os.Getenv("SEMROB_LONG") == "" {
		every = 4
	}
	images = everyOf(images, pixels, every)
	count /= every
	logits := everyOf(views.Logits, classes, every)

	type outcome struct {
		probabilities []float32
		gradients     [][]float32
	}
	run := func(p network.Precision) (o outcome) {
		c, err := n.Compile(backend, network.Options{Precision: p})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Finalize()
		if o.probabilities, err = c.Probabilities(ctx, images, count); err != nil {
			t.Fatal(err)
		}
		for view := 0; view < count; view += 8 {
			class := argmax(logits[view*classes : (view+1)*classes])
			_, g, err := c.Gradient(ctx, images[view*pixels:(view+1)*pixels], 1, class)
			if err != nil {
				t.Fatal(err)
			}
			o.gradients = append(o.gradients, g)
		}
		return o
	}
	want := run(network.Float32)
	for _, c := range []struct {
		precision network.Precision
		// change is the largest of a probability, agree the least share of views
		// with the same first answer, cosine the least between two gradients.
		change, agree, cosine float64
	}{
		{network.BFloat16, 0.12, 0.90, 0.40},
		{network.Float16, 0.01, 0.98, 0.88},
	} {
		t.Run(string(c.precision), func(t *testing.T) {
			if c.precision == network.Float16 && os.Getenv("SEMROB_LONG") == "" {
				t.Skip("set SEMROB_LONG=1 to measure this one too")
			}
			got := run(c.precision)
			change, agree, cosine, ratio := 0.0, 0, 1.0, 1.0
			for i := range count {
				p, q := got.probabilities[i*classes:(i+1)*classes], want.probabilities[i*classes:(i+1)*classes]
				for k := range p {
					change = max(change, math.Abs(float64(p[k])-float64(q[k])))
				}
				if argmax(p) == argmax(q) {
					agree++
				}
			}
			for i, g := range got.gradients {
				cos, norm := compareVectors(g, want.gradients[i])
				cosine = min(cosine, cos)
				if math.Abs(math.Log(norm)) > math.Abs(math.Log(ratio)) {
					ratio = norm
				}
			}
			t.Logf("largest change of a probability %.2g; the same first answer on %d of %d views; gradients: least cosine %.4f, norms off by a factor of at most %.3f", change, agree, count, cosine, ratio)
			if !(change <= c.change) || change == 0 {
				t.Errorf("a probability moves by %g, want 0 < … ≤ %g", change, c.change)
			}
			if float64(agree) < c.agree*float64(count) {
				t.Errorf("%d of %d first answers agree, want %g", agree, count, c.agree)
			}
			if !(cosine >= c.cosine) {
				t.Errorf("a gradient's cosine with float32's is %g, want ≥ %g", cosine, c.cosine)
			}
		})
	}
}

// everyOf keeps every n-th of the pieces of a size.
func everyOf(values []float32, size, n int) []float32 {
	var kept []float32
	for i := 0; i < len(values); i += n * size {
		kept = append(kept, values[i:i+size]...)
	}
	return kept
}

// compareVectors returns the cosine between two vectors and the ratio of their
// lengths.
func compareVectors(a, b []float32) (cosine, ratio float64) {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb), math.Sqrt(aa / bb)
}

func TestUnknownPrecisionIsRefused(t *testing.T) {
	n := open(t)
	var unknown *enum.UnknownError
	if _, err := n.Compile(xlatest.Open(t), network.Options{Precision: "int8"}); !errors.As(err, &unknown) || unknown.Name != "int8" {
		t.Errorf("precision int8: error %v", err)
	}
	for name, want := range map[string]network.Precision{"": network.Float32, " BFloat16 ": network.BFloat16, "float16": network.Float16} {
		if got, err := network.ParsePrecision(name); err != nil || got != want {
			t.Errorf("precision %q: %q, error %v, want %q", name, got, err, want)
		}
	}
}

// TestFamiliesInHalfPrecision compares logits of one network of each family,
// with generated weights, with those in float32.
func TestFamiliesInHalfPrecision(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("set SEMROB_LONG=1 to compare every family")
	}
	names := []string{"alexnet", "vgg11", "resnet18", "inception-v3", "mobilenet-v2", "mobilenet-v3-small", "efficientnet-b0", "efficientnet-lite1", "convnext-tiny", "vit-b-32"}
	ctx, backend := context.Background(), xlatest.Open(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			a, err := architecture.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			n, err := network.New(a, golden.Weights(a.Parameters()), make([]string, a.Classes))
			if err != nil {
				t.Fatal(err)
			}
			images := golden.Images(n.InputSize)
			logits := func(p network.Precision) []float32 {
				c, err := n.Compile(backend, network.Options{Preprocess: network.Raw, Precision: p, BatchSize: 2})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Finalize()
				l, err := c.Logits(ctx, images, 2)
				if err != nil {
					t.Fatal(err)
				}
				return l
			}
			want := logits(network.Float32)
			largest := 0.0
			for _, l := range want {
				largest = max(largest, math.Abs(float64(l)))
			}
			for p, limit := range map[network.Precision]float64{network.BFloat16: 0.08, network.Float16: 0.01} {
				off := 0.0
				for i, l := range logits(p) {
					off = max(off, math.Abs(float64(l)-float64(want[i]))/largest)
				}
				t.Logf("%s: logits off by %.2g of the largest", p, off)
				if !(off > 0 && off <= limit) {
					t.Errorf("%s: logits off by %g of the largest, want 0 < … ≤ %g", p, off, limit)
				}
			}
		})
	}
}

// BenchmarkPrecision gives images per second of EfficientNet-Lite0 in each
// precision.
func BenchmarkPrecision(b *testing.B) {
	for _, p := range network.Precisions.Names() {
		b.Run(fmt.Sprint(p), func(b *testing.B) { classify(b, 16, network.Options{Precision: network.Precision(p)}) })
	}
}
