package parity

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// subject is a network in float64 and a reference whose rounding is known.
type subject struct {
	*exact
	set    weights.Set
	images []float32
	wide   []float64
}

const smallSize = 96

// open returns EfficientNet-Lite0 on small images, its weights changed.
func open(t *testing.T, change func(weights.Set)) subject {
	t.Helper()
	a, err := architecture.Lookup("efficientnet-lite0")
	if err != nil {
		t.Fatal(err)
	}
	s := subject{set: reference.Weights(a.Parameters()), images: reference.Input(smallSize)}
	for _, v := range s.images {
		s.wide = append(s.wide, float64(v))
	}
	if change != nil {
		change(s.set)
	}
	if s.exact, err = newExact(xlatest.Open(t), a, s.set, smallSize); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.finalize)
	return s
}

// file makes a reference of a gradient [2, S, S, 3]: 64 samples at random and
// the norm, in six digits.
func file(gradient []float64) reference.File {
	f := reference.File{Architecture: "efficientnet-lite0", InputSize: smallSize, GradL2: math.Sqrt(square(gradient))}
	r := rand.New(rand.NewPCG(1, 2))
	for range 64 {
		at := r.IntN(len(gradient))
		f.GradIndex = append(f.GradIndex, at)
		f.GradValue = append(f.GradValue, float64(float32(gradient[reference.NHWC(at, smallSize)])))
	}
	return f
}

// rounded returns the gradient with n activations on the other side of kinks,
// among the likelier ones, as float32 might have had them.
func (s subject) rounded(t *testing.T, n int) []float64 {
	t.Helper()
	at, err := s.evaluate(s.wide, nil)
	if err != nil {
		t.Fatal(err)
	}
	near := candidates(s.kinks, at)
	slices.SortFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	nudges := map[place]float64{}
	for i := range n {
		c := near[i*3] // two of three fall on the right side
		nudges[c.place] = c.by
	}
	if at, err = s.evaluate(s.wide, nudges); err != nil {
		t.Fatal(err)
	}
	return at.gradient
}

func (s subject) judge(t *testing.T, f reference.File) (k Kinks, accepted bool) {
	t.Helper()
	k, err := kinks(t.Context(), s.exact, f, s.images)
	if err != nil {
		t.Fatal(err)
	}
	why := k.Refused()
	t.Logf("float64 %.2g, %d of %d moved, the furthest by %.2g, then %.2g; %.0f nats for %.0f; %s", k.Exact, k.Moves, k.Near, k.Furthest, k.Moved, k.Gain, k.Cost, why)
	e := k.Exact
	if why == "" {
		e = k.Moved
	}
	return k, e.within()
}

// TestMovesAreFound gives activations the other side, which must be found.
func TestMovesAreFound(t *testing.T) {
	s := open(t, nil)
	counts := []int{6, 12}
	if os.Getenv("SEMROB_LONG") == "" {
		counts = counts[:1]
	}
	for _, n := range counts {
		f := file(s.rounded(t, n))
		k, accepted := s.judge(t, f)
		if k.Exact.within() {
			t.Errorf("%d moves change nothing: the test shows nothing", n)
		}
		if !accepted || k.Moves > n || k.Moved.Gradient > 1e-5 || k.Moved.Norm > 1e-3 {
			t.Errorf("%d moves: found %d, accepted %v, errors %.2g", n, k.Moves, accepted, k.Moved)
		}
	}
}

// TestWrongReferencesAreRefused makes references that are wrong by little, with
// and without activations on the other side: moves must not excuse them.
func TestWrongReferencesAreRefused(t *testing.T) {
	s := open(t, nil)
	always := map[string]bool{"0.3 % too large but for the norm": true, "a sample 1 % of the largest off": true}
	scaled := func(by float64) func(*reference.File) {
		return func(f *reference.File) {
			f.GradL2 *= by
			for i := range f.GradValue {
				f.GradValue[i] *= by
			}
		}
	}
	for name, change := range map[string]func(*reference.File){
		"1 % too large":   scaled(1.01),
		"0.3 % too large": scaled(1.003),
		"0.3 % too large but for the norm": func(f *reference.File) {
			norm := f.GradL2
			scaled(1.003)(f)
			f.GradL2 = norm
		},
		"a sample 1 % of the largest off": func(f *reference.File) {
			largest := 0.0
			for _, v := range f.GradValue {
				largest = max(largest, math.Abs(v))
			}
			f.GradValue[5] += largest / 100
		},
	} {
		for _, n := range []int{0, 6} {
			t.Run(fmt.Sprintf("%s, %d moves", name, n), func(t *testing.T) {
				if (n == 0 || !always[name]) && os.Getenv("SEMROB_LONG") == "" {
					t.Skip("set SEMROB_LONG=1 to refuse this one too")
				}
				f := file(s.rounded(t, n))
				change(&f)
				if _, accepted := s.judge(t, f); accepted {
					t.Errorf("accepted, with %d activations on the other side", n)
				}
			})
		}
	}
}

// TestWrongNetworksAreRefused compares networks that differ in one layer.
func TestWrongNetworksAreRefused(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("set SEMROB_LONG=1 to refuse wrong networks too")
	}
	s := open(t, nil)
	const norm = "_blocks.7._bn1.running_var"
	t.Run("epsilon 1e-2 for 1e-3 in a layer", func(t *testing.T) {
		wrong := open(t, func(set weights.Set) {
			for i := range set[norm].Data {
				set[norm].Data[i] += 1e-2 - 1e-3
			}
		})
		if _, accepted := s.judge(t, file(wrong.rounded(t, 0))); accepted {
			t.Error("accepted")
		}
	})
	t.Run("ReLU3 for ReLU6 in a layer", func(t *testing.T) {
		exec, err := s.compile(func(nodes map[string]*graph.Node, images *graph.Node) []*graph.Node {
			count := 0
			logits, _ := s.architecture.Trace(nodes, images, func(x *graph.Node) *graph.Node {
				count++
				if count == 12 {
					return graph.MinScalar(x, 3)
				}
				return x
			})
			return graph.Gradient(summedLogit(logits), images)
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.run(exec, s.wide, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, accepted := s.judge(t, file(all[0])); accepted {
			t.Error("accepted")
		}
	})
}

// TestWrongGoldenFilesAreRefused changes the published samples themselves.
func TestWrongGoldenFilesAreRefused(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("set SEMROB_LONG=1 to refuse changed golden files too, which takes minutes")
	}
	backend := xlatest.Open(t)
	for _, name := range []string{"efficientnet_lite0", "efficientnet_lite1", "mobilenet_v2"} {
		f, err := reference.Read(filepath.Join(testdata.Dir(t), "golden", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		for what, by := range map[string]float64{"1 %": 1.01, "0.3 %": 1.003} {
			changed := f
			changed.GradValue = slices.Clone(f.GradValue)
			for i := range changed.GradValue {
				changed.GradValue[i] *= by
			}
			r, err := check(t.Context(), backend, changed)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, %s too large: %.2g; %s", name, what, r.Kinks.Moved, r.Kinks.Refused())
			if err := r.Err(); err == nil || !strings.Contains(err.Error(), "gradient") {
				t.Errorf("%s, %s too large: accepted", name, what)
			}
		}
	}
}
