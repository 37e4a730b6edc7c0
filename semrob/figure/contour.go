package figure

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"sort"
)

func (m *Map) checkLevels() error {
	for i, v := range m.Levels {
		if !(v > m.Low && v < m.High) || i > 0 && v <= m.Levels[i-1] {
			return fmt.Errorf("the levels %v must increase and lie inside the colour scale %g…%g", m.Levels, m.Low, m.High)
		}
	}
	return nil
}

// colour returns the colour of a value, on a contour map of the middle of its band.
func (m *Map) colour(v float64) color.RGBA {
	if len(m.Categories) > 0 {
		return m.categoryColours()[int(v)]
	}
	if n := len(m.Levels); n > 0 {
		low, high := m.Low, m.High
		i := sort.SearchFloat64s(m.Levels, v) // levels below v
		if i > 0 {
			low = m.Levels[i-1]
		}
		if i < n {
			high = m.Levels[i]
		}
		v = (low + high) / 2
	}
	if t := (v - m.Low) / (m.High - m.Low); m.Diverging {
		return diverging(2*t - 1)
	}
	return Viridis((v - m.Low) / (m.High - m.Low))
}

// between is a point between two grid points; weight 0 is the lower one.
type between struct {
	lower, upper int // −1 outside the grid
	weight       float64
}

// neighbours returns the grid points on both sides of each of n pixels along the
// axis. If the grid reaches around a periodic axis, this includes its end;
// otherwise the outermost points alone extend to the ends of their cells.
func neighbours(grid []float64, a Axis, n int) []between {
	near := nearestCells(grid, a, n)
	out := make([]between, n)
	for i := range out {
		v := a.Min + (float64(i)+0.5)/float64(n)*(a.Max-a.Min)
		k := sort.SearchFloat64s(grid, v) // the first at or above v
		switch {
		case near[i] < 0:
			out[i] = between{-1, -1, 0}
		case k > 0 && k < len(grid):
			out[i] = between{k - 1, k, (v - grid[k-1]) / (grid[k] - grid[k-1])}
		case reachesAround(a, grid):
			last := len(grid) - 1
			gap := grid[0] + a.Max - a.Min - grid[last]
			out[i] = between{last, 0, math.Mod(v-grid[last]+a.Max-a.Min, a.Width()) / gap}
		default:
			out[i] = between{near[i], near[i], 0}
		}
	}
	return out
}

// reachesAround reports whether a grid's points go all around a periodic axis.
func reachesAround(a Axis, grid []float64) bool {
	n := len(grid)
	if !a.Periodic || n < 2 {
		return false
	}
	gap := grid[0] + a.Max - a.Min - grid[n-1]
	return gap > 0 && gap <= 1.5*(grid[n-1]-grid[0])/float64(n-1)
}

// bands draws the bands of a contour map on w × h pixels.
func (m *Map) bands(w, h int) *image.RGBA {
	columns, rows := neighbours(m.XS, m.X, w), neighbours(m.YS, m.Y, h)
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		row := rows[h-1-y]
		for x, column := range columns {
			c := hatch(x, y)
			if row.lower >= 0 && column.lower >= 0 {
				lower := mix(m.Z[row.lower][column.lower], m.Z[row.lower][column.upper], column.weight)
				upper := mix(m.Z[row.upper][column.lower], m.Z[row.upper][column.upper], column.weight)
				if v := mix(lower, upper, row.weight); !math.IsNaN(v) {
					c = m.colour(v)
				}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func mix(a, b, t float64) float64 { return a + t*(b-a) }

// drawContours draws the lines of the levels: straight within each square of four
// grid points, between the points where its sides cross the level.
func (m *Map) drawContours(s *surface, f frame) {
	if len(m.Levels) == 0 {
		return
	}
	xs, columns := extended(m.X, m.XS)
	ys, rows := extended(m.Y, m.YS)
	for j := 1; j < len(ys); j++ {
		for i := 1; i < len(xs); i++ {
			corners := [4]point{{xs[i-1], ys[j-1]}, {xs[i], ys[j-1]}, {xs[i], ys[j]}, {xs[i-1], ys[j]}}
			values := [4]float64{
				m.Z[rows[j-1]][columns[i-1]], m.Z[rows[j-1]][columns[i]], m.Z[rows[j]][columns[i]], m.Z[rows[j]][columns[i-1]],
			}
			for _, level := range m.Levels {
				crossed := crossings(corners, values, level)
				for k := 1; k < len(crossed); k += 2 {
					s.clipped(stroke{color: ink, width: 1}, f.box, []point{
						f.to(crossed[k-1].x, crossed[k-1].y), f.to(crossed[k].x, crossed[k].y)})
				}
			}
		}
	}
}

// extended returns a grid, extended by a point across both ends of a periodic axis,
// and the index of each point.
func extended(a Axis, grid []float64) (at []float64, index []int) {
	for i, v := range grid {
		at, index = append(at, v), append(index, i)
	}
	if !reachesAround(a, grid) {
		return at, index
	}
	last, period := len(grid)-1, a.Width()
	return slices.Concat([]float64{grid[last] - period}, at, []float64{grid[0] + period}), slices.Concat([]int{last}, index, []int{0})
}

// crossings returns the points where the sides of a square cross a level, in pairs
// that belong to one line; none if a corner is NaN.
func crossings(corners [4]point, values [4]float64, level float64) []point {
	var found []point
	for k := range 4 {
		a, b := values[k], values[(k+1)%4]
		if math.IsNaN(a) || math.IsNaN(b) {
			return nil
		}
		if (a < level) == (b < level) {
			continue
		}
		t, p, q := (level-a)/(b-a), corners[k], corners[(k+1)%4]
		found = append(found, point{mix(p.x, q.x, t), mix(p.y, q.y, t)})
	}
	middle := (values[0] + values[1] + values[2] + values[3]) / 4
	if len(found) == 4 && (middle < level) != (values[0] < level) { // a saddle
		found[0], found[1], found[2], found[3] = found[3], found[0], found[1], found[2]
	}
	return found
}
