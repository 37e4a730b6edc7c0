package guarantee

import (
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Tolerant boxes are those of brute force, and without a tolerance the largest clean ones.
func TestTolerantIsBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	shares := []float64{0, 0.05, 0.2, 1}
	for _, periodic := range []bool{true, false} {
		space := objective.Space{{Name: "x", Max: 9, Periodic: periodic}, {Name: "y", Max: 6}}
		for range 40 {
			c, err := NewCells(space, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.Pass {
				c.Pass[i] = random.Float64() < 0.8
			}
			start := []float64{9 * random.Float64(), 6 * random.Float64()}
			column, row := int(start[0]), int(start[1])
			want := make([]int, len(shares))
			for from := -9; from <= column; from++ {
				for to := column; to < 18 && to-from < 9; to++ {
					inside := !periodic && from >= 0 && to < 9 || periodic && column-from <= 4 && to-column <= 4
					for low := 0; inside && low <= row; low++ {
						for high := row; high < 6; high++ {
							fails := 0
							for x := from; x <= to; x++ {
								for y := low; y <= high; y++ {
									if !c.Pass[y*9+(x+9)%9] {
										fails++
									}
								}
							}
							area := (to - from + 1) * (high - low + 1)
							for i, share := range shares {
								if float64(fails) <= share*float64(area)+1e-9 {
									want[i] = max(want[i], area)
								}
							}
						}
					}
				}
			}
			got := c.Tolerant(start, shares)
			b, ok := c.Largest(start)
			for i := range shares {
				if ok && got[i] != want[i] || !ok && got[i] != 0 {
					t.Fatalf("share %g: %d cells, want %d (the start passes: %t)", shares[i], got[i], want[i], ok)
				}
			}
			if ok && int(b.Volume()+0.5) != got[0] {
				t.Fatalf("the largest clean box has %g cells, the one that tolerates nothing %d", b.Volume(), got[0])
			}
		}
	}
}
