package network_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// TestGradientIsTheSlopeOfTheProbability compares with differences of
// probabilities along the gradient, for a number of images that does not fill
// the batches.
func TestGradientIsTheSlopeOfTheProbability(t *testing.T) {
	ctx, n := context.Background(), open(t)
	c, err := n.Compile(xlatest.Open(t), network.Options{BatchSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Finalize()
	const count = 3
	pixels := n.InputSize * n.InputSize * 3
	images := make([]float32, count*pixels)
	for i := range images {
		// Waves of colour, other ones in each image.
		x := float64(i % pixels)
		images[i] = float32(0.5 + 0.4*math.Sin(x/(300*float64(1+i/pixels)))*math.Cos(x/7000))
	}
	all, err := c.Probabilities(ctx, images, count)
	if err != nil {
		t.Fatal(err)
	}
	for image := range count {
		class := n.TopK(all[image*1000:(image+1)*1000], 1)[0].Class
		values, gradients, err := c.Gradient(ctx, images, count, class)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := values[image], all[image*1000+class]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("image %d: value %g, probability %g", image, got, want)
		}
		slope := gradients[image*pixels : (image+1)*pixels]
		square := 0.0
		for _, g := range slope {
			square += float64(g) * float64(g)
		}
		if square == 0 {
			t.Fatalf("image %d: the gradient vanishes", image)
		}
		// A step that changes the probability by about 0.0001: f bends.
		step := 0.00005 / square
		moved := append(append([]float32(nil), images...), images...)
		for i, g := range slope {
			moved[image*pixels+i] += float32(step * float64(g))
			moved[(count+image)*pixels+i] -= float32(step * float64(g))
		}
		p, err := c.Probabilities(ctx, moved, 2*count)
		if err != nil {
			t.Fatal(err)
		}
		difference := float64(p[image*1000+class]-p[(count+image)*1000+class]) / (2 * step)
		if math.Abs(difference-square) > 0.02*square {
			t.Errorf("image %d, class %d: slope %g along the gradient, differences give %g", image, class, square, difference)
		}
	}
	sumsOfGradients(t, c, images, all, count)
	if _, _, err := c.Gradient(ctx, images, count); err == nil || !strings.Contains(err.Error(), "no class") {
		t.Errorf("no class: error %v", err)
	}
	if _, _, err := c.Gradient(ctx, images, count, 1000); err == nil || !strings.Contains(err.Error(), "classes are 0…999") {
		t.Errorf("class 1000: error %v", err)
	}
}

// sumsOfGradients compares the gradient of a set of classes with the sum of the
// gradients of its classes.
func sumsOfGradients(t *testing.T, c *network.Classifier, images, all []float32, count int) {
	t.Helper()
	set := []int{765, 423, 559}
	values, gradients, err := c.Gradient(t.Context(), images, count, set...)
	if err != nil {
		t.Fatal(err)
	}
	sum, largest := make([]float64, len(gradients)), 0.0
	for _, class := range set {
		_, one, err := c.Gradient(t.Context(), images, count, class)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range one {
			sum[i] += float64(g)
			largest = max(largest, math.Abs(float64(g)))
		}
	}
	for image, v := range values {
		p := all[image*1000:]
		if want := float64(p[423]) + float64(p[559]) + float64(p[765]); math.Abs(float64(v)-want) > 1e-6 {
			t.Errorf("image %d: value %g of the set, probabilities add up to %g", image, v, want)
		}
	}
	for i, g := range gradients {
		if math.Abs(float64(g)-sum[i]) > 1e-4*largest {
			t.Fatalf("value %d of the gradient of the set is %g, the sum is %g", i, g, sum[i])
		}
	}
}
