package compare

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MostExact is the largest number of differences for which PermutationTest tries every
// combination of signs.
const MostExact = 18

// PermutationTest returns the two-sided p-value of the paired permutation test: the
// share of sign combinations for which the sum of differences is at least as far
// from 0 as the observed sum. For up to MostExact differences it tries every
// combination, otherwise the given number of random ones, plus the observed one
// (Phipson & Smyth, Permutation p-values should never be zero, 2010).
func PermutationTest(differences []float64, permutations int, seed uint64) float64 {
	total, size := 0.0, 0.0
	for _, d := range differences {
		total, size = total+d, size+math.Abs(d)
	}
	// Sums that differ from the observed one only by rounding count.
	bar := math.Abs(total) - 1e-10*size
	if n := len(differences); n <= MostExact {
		return exactFlips(differences, total, bar)
	}
	random := rand.New(rand.NewPCG(seed, 0x5f11))
	far := 1
	for range permutations {
		sum, bits := 0.0, uint64(0)
		for k, d := range differences {
			if k%64 == 0 {
				bits = random.Uint64()
			}
			if bits&1 == 1 {
				d = -d
			}
			sum, bits = sum+d, bits>>1
		}
		if math.Abs(sum) >= bar {
			far++
		}
	}
	return float64(far) / float64(permutations+1)
}

// exactFlips visits all combinations of signs in the order of Gray code, one changed
// sign at a time.
func exactFlips(differences []float64, total, bar float64) float64 {
	n := len(differences)
	flipped := make([]bool, n)
	sum, far := total, 0
	for i := 1; ; i++ {
		if math.Abs(sum) >= bar {
			far++
		}
		if i == 1<<n {
			return float64(far) / float64(int(1)<<n)
		}
		k := 0
		for i>>k&1 == 0 {
			k++
		}
		if flipped[k] = !flipped[k]; flipped[k] {
			sum -= 2 * differences[k]
		} else {
			sum += 2 * differences[k]
		}
	}
}

// mostExactRanks is the largest number of differences for which WilcoxonTest counts
// every combination of signs.
const mostExactRanks = 200

// WilcoxonTest returns the two-sided p-value of Wilcoxon's signed-rank test
// (Individual comparisons by ranking methods, 1945). Differences of 0 are omitted;
// equal ones share their mean rank. It is exact for up to 200 differences, also with
// ties, otherwise normal with corrections for ties and continuity. It is 1 if all
// differences are 0.
func WilcoxonTest(differences []float64) float64 {
	known := slices.DeleteFunc(slices.Clone(differences), func(d float64) bool { return d == 0 })
	if len(known) == 0 {
		return 1
	}
	sizes := make([]float64, len(known))
	for i, d := range known {
		sizes[i] = math.Abs(d)
	}
	ranks := doubledRanks(sizes)
	positive, total, squares := 0, 0, 0.0
	for i, r := range ranks {
		if known[i] > 0 {
			positive += r
		}
		total += r
		squares += float64(r) * float64(r)
	}
	if len(known) <= mostExactRanks {
		return exactRanks(ranks, min(positive, total-positive), total)
	}
	away := math.Abs(float64(positive)-float64(total)/2) - 1 // ½ a rank, doubled
	return min(1, 2*distuv.UnitNormal.Survival(max(away, 0)/math.Sqrt(squares/4)))
}

// doubledRanks returns twice the rank of every value, from 2 for the smallest; equal
// values share their mean rank, which doubling makes an integer.
func doubledRanks(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]int, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + 1 + to
		}
		from = to
	}
	return ranks
}

// exactRanks returns the two-sided p-value of a sum of ranks.
func exactRanks(ranks []int, sum, total int) float64 {
	ways := make([]float64, total+1) // the share of sign combinations with each sum
	ways[0] = 1
	for _, r := range ranks {
		for s := total; s >= 0; s-- {
			ways[s] /= 2
			if s >= r {
				ways[s] += ways[s-r] / 2
			}
		}
	}
	p := 0.0
	for _, w := range ways[:sum+1] {
		p += w
	}
	return min(1, 2*p)
}

// Holm returns p-values corrected for multiple comparisons: the chance of any false
// discovery stays below the level they are compared with (Holm, A simple
// sequentially rejective multiple test procedure, 1979). NaN stay and do not count.
func Holm(p []float64) []float64 {
	var order []int
	out := slices.Clone(p)
	for i, x := range p {
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	least := 0.0
	for k, i := range order {
		least = max(least, min(1, float64(len(order)-k)*p[i]))
		out[i] = least
	}
	return out
}
