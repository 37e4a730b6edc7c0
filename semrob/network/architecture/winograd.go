package architecture

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// Winograd's convolution F(2×2, 3×3), after A. Lavin, S. Gray, "Fast Algorithms
// for Convolutional Neural Networks" (CVPR 2016), Section 4.1: a tile of 2×2
// results of a 3×3 kernel g is
//
//	y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// for the 4×4 pixels d below it. Tiles are 2 apart. Summed over the channels, the
// product ⊙ is 16 matrix products of all tiles with a matrix [in, out]: 16
// multiplications instead of the definition's 36. Larger tiles save more, but lose
// a digit of float32, and are no faster for small pictures.
const (
	tile  = 2        // results along an axis
	below = tile + 2 // pixels along an axis
)

// turned[i] is the row of G that becomes row i if g is reversed: of the
// transform's points 0, 1, −1 and ∞, 0 and ∞ are exchanged.
var turned = [below]int{3, 1, 2, 0}

// fromKernel is G applied to rows or columns.
func fromKernel(g [3]float64) [below]float64 {
	return [below]float64{g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]}
}

// fromPixels is Bᵀ applied to rows or columns.
func fromPixels(d [below]*graph.Node) [below]*graph.Node {
	return [below]*graph.Node{graph.Sub(d[0], d[2]), graph.Add(d[1], d[2]), graph.Sub(d[2], d[1]), graph.Sub(d[1], d[3])}
}

// toResults is Aᵀ applied to rows or columns.
func toResults(m [below]*graph.Node) [tile]*graph.Node {
	return [tile]*graph.Node{graph.Add(graph.Add(m[0], m[1]), m[2]), graph.Sub(graph.Sub(m[1], m[2]), m[3])}
}

// leastForWinograd is the number of inputs times outputs from which Winograd's
// convolution is faster, because multiplying takes longer than moving pixels. On
// XLA's own kernels it takes half the time at best; oneDNN's direct convolution is
// fast too.
var leastForWinograd = map[Kernels]int{Plain: 64 * 96, OneDNN: 192 * 192}

// quick reports whether Winograd's convolution is faster on the given kernels.
func (c *convolution) quick(on Kernels) bool {
	least, ok := leastForWinograd[on]
	return ok && !c.depthwise && !c.grouped() && c.kernel == 3 && c.kernelWidth() == 3 && c.step() == 1 && c.in*c.out >= least
}

// transformed returns G g Gᵀ, [4, 4, in, out], of a kernel [3, 3, in, out].
func transformed(kernel []float64) []float32 {
	size := len(kernel) / 9
	result := make([]float32, below*below*size)
	for k := range size {
		var columns [3][below]float64
		for c := range columns {
			columns[c] = fromKernel([3]float64{kernel[c*size+k], kernel[(3+c)*size+k], kernel[(6+c)*size+k]})
		}
		for i := range below {
			for j, v := range fromKernel([3]float64{columns[0][i], columns[1][i], columns[2][i]}) {
				result[(i*below+j)*size+k] = float32(v)
			}
		}
	}
	return result
}

// winograd convolves x [batch, height, width, in] with a transformed kernel, with
// stride 1.
func winograd(x, kernel *graph.Node, f frame) *graph.Node {
	return custom.Gradient(x, tiles(graph.StopGradient(x), kernel, f, false), func(v *graph.Node) *graph.Node {
		back := frame{result: [2]int(x.Shape().Dimensions[1:3])}
		for axis := range back.before {
			back.before[axis] = 2 - f.before[axis]
		}
		return tiles(v, kernel, back, true)
	})
}

// tiles is the convolution, or, if back, the one with the reversed kernel from its
// outputs to its inputs.
func tiles(x, kernel *graph.Node, f frame, back bool) *graph.Node {
	dims, of := x.Shape().Dimensions, kernel.Shape().Dimensions[2:]
	in, out := 0, 1
	if back {
		in, out = 1, 0
	}
	rows, columns := (f.result[0]+tile-1)/tile, (f.result[1]+tile-1)/tile
	x = zeroPad(x, [4]int{0, f.before[0], f.before[1], 0},
		[4]int{0, rows*tile + 2 - dims[1] - f.before[0], columns*tile + 2 - dims[2] - f.before[1], 0})

	all := make([]*graph.Node, below*below)
	for i, row := range fromPixels(apart(x, 1, rows)) {
		for j, d := range fromPixels(apart(row, 2, columns)) {
			all[place(i, j, back)] = d
		}
	}
	pixels := graph.Reshape(graph.Stack(all, 0), below*below, dims[0]*rows*columns, of[in])
	matrices := graph.Reshape(kernel, below*below, of[0], of[1])
	products := graph.DotGeneral(pixels, []int{2}, []int{0}, matrices, []int{1 + in}, []int{0})
	products = graph.Reshape(products, below*below, dims[0], rows, columns, of[out])

	var halves [tile][below]*graph.Node // [column of the tile][row of products]
	for i := range below {
		var m [below]*graph.Node
		for j := range m {
			m[j] = graph.Squeeze(graph.Slice(products, graph.AxisElem(place(i, j, back))), 0)
		}
		for j, half := range toResults(m) {
			halves[j][i] = half
		}
	}
	var results [tile][]*graph.Node // [row of the tile][column]
	for _, half := range halves {
		for i, y := range toResults(half) {
			results[i] = append(results[i], y)
		}
	}
	y := graph.Stack([]*graph.Node{graph.Stack(results[0], 3), graph.Stack(results[1], 3)}, 2) // [batch, rows, 2, columns, 2, out]
	y = graph.Reshape(y, dims[0], rows*tile, columns*tile, of[out])
	return graph.Slice(y, graph.AxisRange(), graph.AxisRange(0, f.result[0]), graph.AxisRange(0, f.result[1]), graph.AxisRange())
}

// place returns the index of the matrix for row i and column j of the pixels.
func place(i, j int, back bool) int {
	if back {
		i, j = turned[i], turned[j]
	}
	return i*below + j
}

// apart returns the first, second, third and fourth rows (axis 1) or columns (2)
// of n tiles of a padded picture.
func apart(x *graph.Node, axis, n int) (d [below]*graph.Node) {
	for i := range d {
		which := []graph.SliceAxisSpec{graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange()}
		which[axis] = graph.AxisRange(i, i+(n-1)*tile+1).Stride(tile)
		d[i] = graph.Slice(x, which...)
	}
	return d
}
