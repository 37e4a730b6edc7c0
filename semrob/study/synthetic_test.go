package study_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// network is a made-up network whose maps are constant, so that every replay
// has a closed form.
type network struct {
	classes, objects, methods, starts int

	level  []float64 // f of each object
	z      []float32 // [class, object, elevation, azimuth]
	region []float64
	steps  []int16
	points []float64
}

const rows, columns = 34, 120

// newNetwork returns maps of level, [class·objects + object], and runs that
// are all unfinished.
func newNetwork(classes, objects, methods int, starts [][]float64, level []float64) *network {
	n := &network{classes: classes, objects: objects, methods: methods, starts: len(starts), level: level}
	for _, f := range level {
		for range rows * columns {
			n.z = append(n.z, float32(f))
		}
	}
	runs := classes * objects * methods * len(starts)
	n.steps, n.region = make([]int16, runs), make([]float64, 4*runs)
	for i := range n.region {
		n.region[i] = math.NaN()
	}
	for _, p := range starts {
		n.points = append(n.points, p...)
	}
	return n
}

// set puts one run into the arrays. The object counts through all classes.
func (n *network) set(object, method, start, iterations int, azimuthA, elevationA, azimuthB, elevationB float64) {
	i := (object*n.methods+method)*n.starts + start
	n.steps[i] = int16(iterations)
	copy(n.region[4*i:], []float64{azimuthA, elevationA, azimuthB, elevationB})
}

// near sets a finished run to a square of this width whose centre is shift
// degrees of azimuth away from the start.
func (n *network) near(object, method, start int, width, shift float64) {
	x, y := n.points[2*start]+shift, n.points[2*start+1]
	n.set(object, method, start, 600, x-width/2, y-width/2, x+width/2, y+width/2)
}

func (n *network) regionsFile() npz.File {
	return npz.File{
		"region":        {Shape: []int{n.classes, n.objects, n.methods, n.starts, 2, 2}, Data: n.region},
		"iterations":    {Shape: []int{n.classes, n.objects, n.methods, n.starts}, Data: n.steps},
		"initial_point": {Shape: []int{n.starts, 2}, Data: npz.Float32s(n.points)},
	}
}

func (n *network) mapsFile() npz.File {
	azimuth, elevation := make([]int16, columns), make([]int8, rows)
	for i := range azimuth {
		azimuth[i] = int16(3 * i)
	}
	for i := range elevation {
		elevation[i] = int8(3*i - 10)
	}
	return npz.File{
		"z":       {Shape: []int{n.classes, n.objects, rows, columns}, Data: n.z},
		"azimuth": {Shape: []int{columns}, Data: azimuth}, "elevation": {Shape: []int{rows}, Data: elevation},
	}
}

// save writes a file into a folder of the test and returns its path.
func save(t *testing.T, f npz.File) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.npz")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Factors by which the width of a square grows in one step with η = 0.1 on a
// map of the constant value c, from the formulas of docs/bounds.md with n = 2,
// on which all corners of a face sum to 2c and 2v/r = r/2:
//
//	naive  r ← r + 2η(c − λ)r                    λ = 0.1
//	OIR-B  r ← r + 2η(2 − (1+α)²)c·r             α = 0.05
//	OIR-W  r ← r + 2η(1 − 2β)c·r                 β = 0.0009
func factor(method string, c float64) float64 {
	switch method {
	case "naive":
		return 1 + 0.2*(c-0.1)
	case "oir-b":
		return 1 + 0.2*(2-1.05*1.05)*c
	case "oir-w":
		return 1 + 0.2*(1-2*0.0009)*c
	}
	return math.NaN()
}

// finalWidth is that of a square of 2e-5° after 600 steps.
func finalWidth(method string, c float64) float64 {
	return 2e-5 * math.Pow(factor(method, c), 600)
}

// levelFor returns the constant on which a method ends with this width. It is
// a float32, as it is in the map's file.
func levelFor(method string, width float64) float64 {
	lo, hi := 0.0, 1.0
	for range 60 {
		if mid := (lo + hi) / 2; finalWidth(method, mid) < width {
			lo = mid
		} else {
			hi = mid
		}
	}
	return float64(float32(lo))
}

// overlap is the intersection over union of two squares of widths v ≤ w whose
// centres are d apart in azimuth.
func overlap(v, w, d float64) float64 {
	inter := math.Max(0, math.Min(v, (v+w)/2-math.Abs(d))) * v
	return inter / (v*v + w*w - inter)
}

func area(b region.Bounds) float64 { return (b.B[0] - b.A[0]) * (b.B[1] - b.A[1]) }
