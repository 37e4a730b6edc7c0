package figure

import (
	"image"
	"image/color"
	"math"
	"sort"
)

// raster draws the map's cells on w × h pixels that cover the domain of both axes
// exactly: each pixel has the colour of the grid point nearest to its centre.
func (m *Map) raster(w, h int) *image.RGBA {
	if len(m.Levels) > 0 {
		return m.bands(w, h)
	}
	columns := nearestCells(m.XS, m.X, w)
	rows := nearestCells(m.YS, m.Y, h)
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	colours := make([]color.RGBA, w) // of the current row; transparent means no value
	last := -2
	for y := range h {
		if row := rows[h-1-y]; row != last { // pixels go down, the axis goes up
			m.rowColours(row, columns, colours)
			last = row
		}
		line := img.Pix[y*img.Stride:]
		for x, c := range colours {
			if c.A == 0 {
				c = hatch(x, y)
			} else if len(m.Marks) > 0 {
				if mark := m.markAt(last, columns[x]); mark >= 0 && markInk(mark, x, y) {
					c = ink
				}
			}
			line[4*x], line[4*x+1], line[4*x+2], line[4*x+3] = c.R, c.G, c.B, c.A
		}
	}
	return img
}

// rowColours sets the colours of the pixels along a row of cells; row −1 and column
// −1 are outside the grid.
func (m *Map) rowColours(row int, columns []int, colours []color.RGBA) {
	for x, column := range columns {
		colours[x] = color.RGBA{}
		if row < 0 || column < 0 {
			continue
		}
		if v := m.Z[row][column]; !math.IsNaN(v) {
			colours[x] = m.colour(v)
		}
	}
}

// hatch returns the colour of a pixel of a cell without a value: grey with darker
// diagonal lines, unlike any value.
func hatch(x, y int) color.RGBA {
	if (x+y)%12 < 3 {
		return hatchInk
	}
	return emptyInk
}

// outerHalves returns how far the first and the last cell of a grid extend outwards:
// half a step, as inwards.
func outerHalves(grid []float64) (below, above float64) {
	n := len(grid)
	if n == 1 {
		return 0.5, 0.5
	}
	return (grid[1] - grid[0]) / 2, (grid[n-1] - grid[n-2]) / 2
}

// nearestCells returns the index of the grid point nearest to the centre of each of n
// pixels along the axis, −1 outside the outer cells.
func nearestCells(grid []float64, a Axis, n int) []int {
	cells := make([]int, n)
	for i := range cells {
		cells[i] = nearestCell(grid, a, a.Min+(float64(i)+0.5)/float64(n)*(a.Max-a.Min))
	}
	return cells
}

func nearestCell(grid []float64, a Axis, v float64) int {
	below, above := outerHalves(grid)
	// The end of a half-open range, such as 86…90 of −10:90:6, belongs to its last
	// point: the last cell extends by a whole step.
	above *= 2
	if len(grid) == 1 {
		below, above = a.Width(), a.Width()
	}
	shifts := []float64{0}
	if a.Periodic {
		shifts = []float64{0, -a.Width(), a.Width()}
	}
	best, distance := -1, math.Inf(1)
	const slack = 1e-9
	for _, shift := range shifts {
		u := v + shift
		if u < grid[0]-below-slack || u > grid[len(grid)-1]+above+slack {
			continue
		}
		i := sort.SearchFloat64s(grid, u) // the first at or above u
		for _, k := range [2]int{i - 1, i} {
			if k < 0 || k >= len(grid) {
				continue
			}
			if d := math.Abs(grid[k] - u); d < distance {
				best, distance = k, d
			}
		}
	}
	return best
}
