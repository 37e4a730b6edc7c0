// Package shading is everything after visibility as a computation graph: it
// turns semantic parameters and the face that covers each sample into
// pictures, and is differentiable with respect to the parameters.
//
// The picture is that of the reference renderer, package render, to rounding.
// Which face covers a sample is taken from there, or from any other rasteriser,
// as a constant: it jumps, so it has no derivative. What moves when a parameter
// changes are the edges between what is visible, and a [Tracer] finds where
// they run between neighbouring samples. Their movement enters the graph as an
// antialiasing term that is zero in the picture and has the right derivative:
//
//	picture = reference + (edges − StopGradient(edges))
//
// after Laine et al., "Modular Primitives for High-Performance Differentiable
// Rendering" (ACM Transactions on Graphics 39, 2020), section 3.6. There only
// silhouettes count and each edge by the pairs of samples across it. Here faces
// may be flat, so edges between visible faces count as well, wherever the
// colours on their two sides differ; and faces are often smaller than the way
// between samples, so the tracer walks over the mesh from sample to sample and
// finds every edge between them.
//
// Where shading is smooth or faces have textures, colours move with the faces,
// too: where on its face a sample is depends on the parameters in the graph, and
// so do the normal and the texels there. The level of detail of a texture is
// taken as a constant.
//
// The derivative of a sum over pixels in the movement of an edge is the
// integral along the edge of weight · jump of colour · velocity across it. An
// edge of unit normal n crosses |n₀| ways from sample to sample to the right
// for each unit of its length, and |n₁| down, so a way to the right that counts
// n₀·(n·velocity), and one down that counts n₁·(n·velocity), give it together.
//
// A [Differentiator] takes derivatives of pictures back without making them: it goes
// from pixels to what decides them on the host, and from there by the graph, or,
// where each copy of a face has one colour and little is left to do, on the host,
// too.
package shading
