package architecture

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// grouped is a convolution of each group of channels by its own part of the kernel,
// [height, width, in/groups, out]. The libraries have it; XLA's own on a CPU and pure
// Go do not, or slowly: there, and in float64, groups are joined to blocks of channels
// with zeros between the groups, and each block is a convolution.
func grouped(x, kernel *graph.Node, f frame, groups int, kernels Kernels) *graph.Node {
	if kernels == Device || kernels == OneDNN && x.DType() == dtypes.Float32 {
		return direct(x, kernel, f, groups)
	}
	dims := kernel.Shape().Dimensions
	in, out := dims[2], dims[3]/groups
	joined := joinedGroups(groups, in)
	parts := make([]*graph.Node, groups/joined)
	for i := range parts {
		first := i * joined
		picture := graph.Slice(x, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(first*in, (first+joined)*in))
		part := graph.Slice(kernel, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(first*out, (first+joined)*out))
		parts[i] = general(picture, withZeros(part, joined), f)
	}
	return graph.Concatenate(parts, -1)
}

// blockChannels is the number of channels from which a block of groups is a matrix
// product large enough to be fast.
const blockChannels = 64

// joinedGroups returns the number of groups of a block: the least divisor of all that
// gives it blockChannels, or all.
func joinedGroups(groups, in int) int {
	for n := 1; n < groups; n++ {
		if groups%n == 0 && n*in >= blockChannels {
			return n
		}
	}
	return groups
}

// withZeros turns a grouped kernel [height, width, in/groups, out] into an ordinary one,
// [height, width, in, out].
func withZeros(kernel *graph.Node, groups int) *graph.Node {
	if groups == 1 {
		return kernel
	}
	dims := kernel.Shape().Dimensions
	height, width, in, out := dims[0], dims[1], dims[2], dims[3]/groups
	same := graph.DiagonalWithValue(graph.ScalarOne(kernel.Graph(), kernel.DType()), groups)
	kernel = graph.Mul(
		graph.Reshape(kernel, height, width, 1, in, groups, out),
		graph.Reshape(same, 1, 1, groups, 1, groups, 1))
	return graph.Reshape(kernel, height, width, groups*in, groups*out)
}
