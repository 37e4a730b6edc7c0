package guarantee

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Cells divides a space of two axes into equal cells that pass or fail.
type Cells struct {
	Space objective.Space
	// Columns along the first axis, Rows along the second.
	Columns, Rows int
	// Width and Height of a cell, in the units of the axes. The last row may end
	// before the domain does.
	Width, Height float64
	// Pass is [row·Columns+column].
	Pass []bool
}

// NewCells returns cells of this size over a space of two axes. A cell that
// the end of a domain would cut is left out.
func NewCells(space objective.Space, width, height float64) (*Cells, error) {
	if len(space) != 2 {
		return nil, fmt.Errorf("cells divide a space of two axes, not of %d (%s)", len(space), space)
	}
	if !(width > 0 && width <= space[0].Width() && height > 0 && height <= space[1].Width()) {
		return nil, fmt.Errorf("cells of %g × %g do not fit into %s", width, height, space)
	}
	c := &Cells{Space: space, Width: width, Height: height}
	c.Columns, c.Rows = int(space[0].Width()/width+1e-9), int(space[1].Width()/height+1e-9)
	c.Pass = make([]bool, c.Columns*c.Rows)
	return c, nil
}

// Centres returns the centres of the cells, in the order of Pass.
func (c *Cells) Centres() [][]float64 {
	points := make([][]float64, len(c.Pass))
	for i := range points {
		points[i] = []float64{
			c.Space[0].Min + (float64(i%c.Columns)+0.5)*c.Width,
			c.Space[1].Min + (float64(i/c.Columns)+0.5)*c.Height,
		}
	}
	return points
}

// Largest returns the largest box of passing cells that contains the cell of
// start, at most half a period to either side of it; ok is false if that cell
// fails.
func (c *Cells) Largest(start []float64) (b region.Bounds, ok bool) {
	column := min(int((start[0]-c.Space[0].Min)/c.Width), c.Columns-1)
	row := min(int((start[1]-c.Space[1].Min)/c.Height), c.Rows-1)
	if !c.Pass[row*c.Columns+column] {
		return b, false
	}
	up, down := c.strips(row, column, 1), c.strips(row, column, -1)
	most := 0
	for u, above := range up {
		for d, below := range down {
			left, right := min(above[0], below[0]), min(above[1], below[1])
			if area := (u + d + 1) * min(left+right+1, c.Columns); area > most {
				most = area
				b = region.Bounds{
					A: []float64{c.Space[0].Min + float64(column-left)*c.Width, c.Space[1].Min + float64(row-d)*c.Height},
					B: []float64{c.Space[0].Min + float64(column+right+1)*c.Width, c.Space[1].Min + float64(row+u+1)*c.Height},
				}
			}
		}
	}
	if axis := c.Space[0]; axis.Periodic {
		width := min(b.B[0]-b.A[0], axis.Width())
		b.A[0] = axis.Wrap(b.A[0])
		b.B[0] = b.A[0] + width
	}
	return b, true
}

// Tolerant returns the areas, in cells, of the largest boxes in which at most a share of
// the cells fails, for each of ascending shares: boxes that contain the cell of start, at
// most half a period to either side of it. All are 0 if that cell fails.
func (c *Cells) Tolerant(start []float64, shares []float64) []int {
	column := min(int((start[0]-c.Space[0].Min)/c.Width), c.Columns-1)
	row := min(int((start[1]-c.Space[1].Min)/c.Height), c.Rows-1)
	most := make([]int, len(shares))
	if !c.Pass[row*c.Columns+column] {
		return most
	}
	lefts, rights := column, c.Columns-1-column
	if c.Space[0].Periodic {
		lefts, rights = c.Columns/2, c.Columns/2
	}
	sums, width := c.sums(column-lefts, lefts+rights+1), lefts+rights+2
	for low := 0; low <= row; low++ {
		for high := row + 1; high <= c.Rows; high++ {
			above, below := sums[high*width:(high+1)*width], sums[low*width:(low+1)*width]
			for left := 0; left <= lefts; left++ {
				for right := lefts + 1; right < min(width, left+c.Columns+1); right++ {
					fails := above[right] - below[right] - above[left] + below[left]
					area := (high - low) * (right - left)
					i := 0
					for i < len(shares) && float64(fails) > shares[i]*float64(area)+1e-9 {
						i++
					}
					if i < len(shares) {
						most[i] = max(most[i], area)
					}
				}
			}
		}
	}
	for i := 1; i < len(most); i++ {
		most[i] = max(most[i], most[i-1])
	}
	return most
}

// sums returns the numbers of failing cells in the rows below and the columns from first
// up to a corner, [row][column], around a period.
func (c *Cells) sums(first, columns int) []int {
	width := columns + 1
	sums := make([]int, (c.Rows+1)*width)
	for y := range c.Rows {
		row := 0
		for x := range columns {
			if at := (first + x + c.Columns) % c.Columns; !c.Pass[y*c.Columns+at] {
				row++
			}
			sums[(y+1)*width+x+1] = sums[y*width+x+1] + row
		}
	}
	return sums
}

// strips returns, for strips of 1, 2, … rows from a row up or down, the numbers of
// columns that pass to the left and to the right of a column.
func (c *Cells) strips(row, column, step int) (strips [][2]int) {
	left, right := math.MaxInt, math.MaxInt
	for ; row >= 0 && row < c.Rows && c.Pass[row*c.Columns+column]; row += step {
		left, right = min(left, c.run(row, column, -1)), min(right, c.run(row, column, 1))
		strips = append(strips, [2]int{left, right})
	}
	return strips
}

// run counts the passing cells beside a column.
func (c *Cells) run(row, column, step int) int {
	n, most := 0, c.Columns
	if c.Space[0].Periodic {
		most = c.Columns / 2
	}
	for n < most {
		column += step
		if c.Space[0].Periodic {
			column = (column + c.Columns) % c.Columns
		} else if column < 0 || column >= c.Columns {
			break
		}
		if !c.Pass[row*c.Columns+column] {
			break
		}
		n++
	}
	return n
}
