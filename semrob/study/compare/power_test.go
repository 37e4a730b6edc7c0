package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// populations draw an object's difference, with mean 0 and standard deviation 1.
var populations = []struct {
	name string
	draw func(r *rand.Rand) float64
	off  float64 // by which the power of the permutation test may differ from Power
}{
	{"normal", func(r *rand.Rand) float64 { return r.NormFloat64() }, 0.02},
	{"heavy tails", func(r *rand.Rand) float64 { return (r.ExpFloat64() - r.ExpFloat64()) / math.Sqrt2 }, 0.05},
	{"half without a region", func(r *rand.Rand) float64 {
		if r.IntN(2) == 0 {
			return 0
		}
		return math.Sqrt2 * r.NormFloat64()
	}, 0.05},
}

// TestPowerIsThatOfThePermutationTest draws differences, tests them as Versus does, and
// counts how often the difference is found.
func TestPowerIsThatOfThePermutationTest(t *testing.T) {
	repetitions, permutations := 120, 2399
	if os.Getenv("SEMROB_LONG") != "" {
		repetitions, permutations = 5000, 9599
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, p := range populations {
		for _, c := range []struct {
			n                 int
			difference, level float64
		}{{12, 0.9, 0.05}, {40, 0.45, 0.05}, {93, 0.3, 0.05}, {93, 0.4, 0.05 / 12}} {
			found := 0
			for k := range repetitions {
				values := make([]float64, c.n)
				for i := range values {
					values[i] = c.difference + p.draw(random)
				}
				if PermutationTest(values, permutations, uint64(k)) <= c.level {
					found++
				}
			}
			share, want := float64(found)/float64(repetitions), Power(c.n, c.difference, 1, c.level)
			chance := 3.3 * math.Sqrt(want*(1-want)/float64(repetitions))
			t.Logf("%s, %d objects, difference %g, level %.4f: found in %.1f %%, expected %.1f %%", p.name, c.n, c.difference, c.level, 100*share, 100*want)
			if math.Abs(share-want) > p.off+chance {
				t.Errorf("%s, %d objects: found in %.3f of the repetitions, Power is %.3f", p.name, c.n, share, want)
			}
		}
	}
}

// TestPowerByTheBook compares with the noncentral t distribution, as tabulated by
// Cohen (Statistical Power Analysis, 1988) for one-sample tests: a standardised
// difference of 0.5 needs 34 observations for a power of 80 % at 5 %, 0.2 needs 199, and
// 0.8 needs 15.
func TestPowerByTheBook(t *testing.T) {
	for difference, want := range map[float64]int{0.2: 199, 0.5: 34, 0.8: 15} {
		if got := ObjectsFor(difference, 1, 0.05, 0.8); got != want {
			t.Errorf("a difference of %g needs %d objects, want %d", difference, got, want)
		}
		if got := Detectable(want, 1, 0.05, 0.8); got > difference || Detectable(want-1, 1, 0.05, 0.8) <= difference {
			t.Errorf("%d objects find %g", want, got)
		}
	}
	if got := Power(20, 0, 1, 0.05); math.Abs(got-0.05) > 2e-3 {
		t.Errorf("without a difference a test finds one in %g", got)
	}
	if got := ObjectsFor(1e-9, 1, 0.05, 0.8); got != mostObjects {
		t.Errorf("a tiny difference needs %d objects", got)
	}
}

// TestNeededFindsTheDifference takes a pilot of a known population, and checks by
// simulation that the number of objects that it asks for has about the power.
func TestNeededFindsTheDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	table := &results.Table{Space: objective.Viewpoints()}
	for object := range 60 {
		shared := random.Float64()
		for n, network := range []string{"one", "other"} {
			for start := range 2 {
				table.Rows = append(table.Rows, results.Row{Network: network, Object: fmt.Sprint(object), Method: "naive", Mode: "default", Start: start,
					Fraction: 0.3 + 0.3*shared + 0.05*float64(n) + 0.08*random.NormFloat64()})
			}
		}
	}
	c, err := New(table, Options{Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	got := c.Needed(4, 0.8)
	// An object's difference is that of two means of two starts: 8 points.
	if len(got) != 1 || got[0].Pilot != 60 || got[0].Lower > 8 || got[0].Upper < 8 || got[0].Alone != got[0].First {
		t.Fatalf("%+v", got)
	}
	found, repetitions := 0, 400
	for k := range repetitions {
		values := make([]float64, got[0].Alone)
		for i := range values {
			values[i] = 4 + 8*random.NormFloat64()
		}
		if PermutationTest(values, 999, uint64(k)) <= Level {
			found++
		}
	}
	chance := 3.3 * math.Sqrt(0.25/float64(repetitions))
	share := float64(found) / float64(repetitions)
	if share < Power(got[0].Alone, 4, 8, Level)-chance || share > Power(got[0].Alone, 4, 8, Level)+chance || share < 0.65 {
		t.Errorf("%d objects find the difference in %.3f of the repetitions", got[0].Alone, share)
	}
	if rows := c.NeededTable(4, 0.8, 93).Rows; len(rows) != 1 || !strings.Contains(fmt.Sprint(rows[0]), fmt.Sprint(got[0].First)) {
		t.Errorf("rows %v", rows)
	}
}

// TestNeededWithHolm: twelve comparisons need more objects than one.
func TestNeededWithHolm(t *testing.T) {
	c, err := New(example(), Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range c.Needed(1, 0.8) {
		if n.Network == "fair" { // "odd" equals it
			if n.SD != 0 || n.Alone != 2 {
				t.Errorf("%+v", n)
			}
			continue
		}
		if want := ObjectsFor(1, n.SD, Level/3, 0.8); n.First != want || n.First <= n.Alone || n.FirstLower > n.First || n.FirstUpper < n.First {
			t.Errorf("%+v, want %d", n, want)
		}
	}
}

// TestSpreadCovers counts how often the interval of a standard deviation contains it.
func TestSpreadCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const repetitions = 2000
	for _, p := range populations {
		for _, n := range []int{10, 20, 93} {
			covered := 0
			for range repetitions {
				values := make([]float64, n)
				for i := range values {
					values[i] = 3 * p.draw(random)
				}
				if lower, upper := spreadOf(values); lower <= 3 && 3 <= upper {
					covered++
				}
			}
			share := float64(covered) / repetitions
			t.Logf("%s, %d objects: %.1f %%", p.name, n, 100*share)
			if share < 0.90 {
				t.Errorf("%s, %d objects: the interval contains the standard deviation in %.3f of the repetitions", p.name, n, share)
			}
		}
	}
}
