package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// TestIntervalsCover draws studies from populations with known means: a part shared by
// the runs of an object, and an independent part. Intervals that treated runs as
// independent would be half as wide and cover about two thirds. The intervals were chosen
// in a simulation with other seeds.
func TestIntervalsCover(t *testing.T) {
	studies := 400
	if os.Getenv("SEMROB_LONG") == "1" {
		studies = 2000
	}
	const starts = 4
	for _, c := range []struct {
		name    string
		objects int
		mean    float64
		draw    func(*rand.Rand) float64
		least   float64 // share covered
	}{
		{"skewed", 40, 1, func(r *rand.Rand) float64 { return r.ExpFloat64() }, 0.95},
		{"skewed", 12, 1, func(r *rand.Rand) float64 { return r.ExpFloat64() }, 0.93},
		{"normal", 40, 1, func(r *rand.Rand) float64 { return 1 + r.NormFloat64() }, 0.95},
		{"normal", 8, 1, func(r *rand.Rand) float64 { return 1 + r.NormFloat64() }, 0.95},
		{"70 % zeros", 40, 0.3, someZeros(0.3), 0.94}, {"70 % zeros", 100, 0.3, someZeros(0.3), 0.95},
	} {
		t.Run(fmt.Sprintf("%s, %d objects", c.name, c.objects), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(21, uint64(c.objects)))
			covered, below, above := 0, 0, 0
			for range studies {
				clusters := make([][]float64, c.objects)
				for i := range clusters {
					shared := c.draw(random)
					for range starts {
						clusters[i] = append(clusters[i], shared*(1+0.3*random.NormFloat64()))
					}
				}
				switch in := Mean(clusters, 1000, 7); {
				case in.Upper < c.mean:
					below++
				case in.Lower > c.mean:
					above++
				default:
					covered++
				}
			}
			t.Logf("nominal 95 %%, covered %.1f %% of %d (%d below, %d above)", 100*float64(covered)/float64(studies), studies, below, above)
			b := distuv.Binomial{N: float64(studies), P: c.least}
			if p := b.CDF(float64(covered)); p < 1e-3 || covered == studies {
				t.Errorf("95 %% intervals hold the mean in %d of %d studies (%d below, %d above)", covered, studies, below, above)
			}
		})
	}
}

// someZeros draws 0, but a skewed value in a share of the draws.
func someZeros(share float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		if r.Float64() < share {
			return r.ExpFloat64()
		}
		return 0
	}
}

// TestIntervalIsStudents compares with Student's t over clusters, which is
// right for many clusters of normal values.
func TestIntervalIsStudents(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	clusters, means := make([][]float64, 300), make([]float64, 300)
	for i := range clusters {
		shared := 5 + 2*random.NormFloat64()
		clusters[i] = []float64{shared - 1, shared, shared + 1}
		means[i] = shared
	}
	in := Mean(clusters, 20_000, 0)
	mean, deviation := stat.MeanStdDev(means, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: 299}.Quantile(0.975) * deviation / math.Sqrt(300)
	for _, pair := range [][2]float64{{in.Mean, mean}, {in.Lower, mean - half}, {in.Upper, mean + half}} {
		if math.Abs(pair[0]-pair[1]) > 0.06*half {
			t.Errorf("interval %+v, Student's t gives %.4f ± %.4f", in, mean, half)
		}
	}
	if in.Clusters != 300 || in.Values != 900 {
		t.Errorf("counts: %+v", in)
	}
	if again := Mean(clusters, 20_000, 0); again != in {
		t.Errorf("the same call gave %+v and %+v", in, again)
	}
}

func TestIntervalsOfLittle(t *testing.T) {
	if in := Mean(nil, 100, 0); !math.IsNaN(in.Mean) || !math.IsNaN(in.Lower) {
		t.Errorf("of nothing: %+v", in)
	}
	if in := Mean([][]float64{{1, 3}, nil}, 100, 0); in.Mean != 2 || !math.IsNaN(in.Lower) || in.Clusters != 1 {
		t.Errorf("of one cluster: %+v", in)
	}
	if in := Mean([][]float64{{2, 2}, {2}, {2}}, 100, 0); in.Lower != 2 || in.Upper != 2 {
		t.Errorf("of equal values: %+v", in)
	}
	// The weight of a cluster is its number of values.
	if in := Mean([][]float64{{0, 0, 0}, {4}}, 100, 0); in.Mean != 1 {
		t.Errorf("of clusters of 3 and 1: %+v", in)
	}
}

func TestHolm(t *testing.T) {
	// Sorted: 0.005·4, 0.01·3, 0.03·2, then 0.04·1, which may not be below 0.06.
	p := []float64{0.01, math.NaN(), 0.04, 0.03, 0.005}
	want := []float64{0.03, math.NaN(), 0.06, 0.06, 0.02}
	for i, got := range Holm(p) {
		if math.Abs(got-want[i]) > 1e-15 || math.IsNaN(got) != math.IsNaN(want[i]) {
			t.Errorf("Holm's p %d is %g, want %g", i, got, want[i])
		}
	}
	if got := Holm([]float64{0.6, 0.7}); got[0] != 1 || got[1] != 1 {
		t.Errorf("beyond 1: %v", got)
	}
}

// enumerate calls do with every combination of signs.
func enumerate(n int, do func(signs []float64)) {
	signs := make([]float64, n)
	for code := range 1 << n {
		for k := range signs {
			signs[k] = float64(1 - 2*(code>>k&1))
		}
		do(signs)
	}
}

func TestPermutationTestEnumerates(t *testing.T) {
	for _, d := range [][]float64{{1}, {1, 2, 3}, {0.1, 0.2, -0.3}, {1, -1, 2, 0}, {3, 1, 4, 1, 5, -9, 2, 6, 5, 3}, {0, 0}} {
		t.Run(fmt.Sprint(d), func(t *testing.T) {
			total := 0.0
			for _, x := range d {
				total += x
			}
			far := 0
			enumerate(len(d), func(signs []float64) {
				sum := 0.0
				for k, s := range signs {
					sum += s * d[k]
				}
				if math.Abs(sum) >= math.Abs(total)-1e-9 {
					far++
				}
			})
			want := float64(far) / float64(int(1)<<len(d))
			if got := PermutationTest(d, 0, 0); got != want {
				t.Errorf("%v: p = %g, every combination gives %g", d, got, want)
			}
		})
	}
}

// TestRandomPermutations compares random signs with all 2²⁰ combinations.
func TestRandomPermutations(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 16))
	d, total := make([]float64, 20), 0.0
	for i := range d {
		d[i] = 1 + random.NormFloat64()*2
		total += d[i]
	}
	want := exactFlips(d, total, math.Abs(total)-1e-9)
	got := PermutationTest(d, 50_000, 1)
	if five := 5 * math.Sqrt(want*(1-want)/50_000); math.Abs(got-want) > five || want < 1e-4 || want > 0.5 {
		t.Errorf("random signs give %g, all of them %g ± %g", got, want, five)
	}
}

func TestWilcoxonEnumerates(t *testing.T) {
	for _, d := range [][]float64{{1}, {1, 2, -3}, {1, 1, -1, 2, 0}, {3, 1, 4, 1, 5, -9, 2, 6, 5, 3}, {-1, -2, -3, -4, -5, -6}} {
		t.Run(fmt.Sprint(d), func(t *testing.T) {
			var known []float64
			for _, x := range d {
				if x != 0 {
					known = append(known, x)
				}
			}
			// Ranks by counting, not by sorting.
			ranks := make([]float64, len(known))
			for i, x := range known {
				for _, y := range known {
					switch {
					case math.Abs(y) < math.Abs(x):
						ranks[i]++
					case math.Abs(y) == math.Abs(x):
						ranks[i] += 0.5
					}
				}
				ranks[i] += 0.5
			}
			away := func(signed func(k int) float64) float64 {
				sum := 0.0
				for k, r := range ranks {
					sum += r * math.Copysign(1, signed(k))
				}
				return math.Abs(sum)
			}
			observed, far := away(func(k int) float64 { return known[k] }), 0
			enumerate(len(known), func(signs []float64) {
				if away(func(k int) float64 { return signs[k] }) >= observed {
					far++
				}
			})
			want := min(1, float64(far)/float64(int(1)<<len(known)))
			if got := WilcoxonTest(d); math.Abs(got-want) > 1e-12 {
				t.Errorf("%v: p = %g, every combination gives %g", d, got, want)
			}
		})
	}
	if p := WilcoxonTest([]float64{0, 0}); p != 1 {
		t.Errorf("without a difference p = %g", p)
	}
}

// TestWilcoxonMeetsItsLimit compares the normal form beyond 200 differences
// with the exact count of as many.
func TestWilcoxonMeetsItsLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	d := make([]float64, mostExactRanks+20)
	for i := range d {
		d[i] = math.Round(10*(0.25+random.NormFloat64())) / 10 // with ties
		if d[i] == 0 {
			d[i] = 0.1
		}
	}
	sizes := make([]float64, len(d))
	for i, x := range d {
		sizes[i] = math.Abs(x)
	}
	positive, total := 0, 0
	for i, r := range doubledRanks(sizes) {
		total += r
		if d[i] > 0 {
			positive += r
		}
	}
	exact := exactRanks(doubledRanks(sizes), min(positive, total-positive), total)
	if got := WilcoxonTest(d); math.Abs(got-exact) > 0.02*exact+1e-4 || exact > 0.9 || exact < 1e-6 {
		t.Errorf("normal p %g, exact %g", got, exact)
	}
}
