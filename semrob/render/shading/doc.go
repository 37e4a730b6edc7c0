// Package shading does everything after visibility in a computation graph: it turns
// semantic parameters and the visible face at each sample into pictures, and is
// differentiable with respect to the parameters.
//
// The pictures equal those of the reference, package render, up to rounding. The
// visible face at each sample comes from there, or from another rasteriser, as a
// constant: it jumps, so it has no derivative. What moves with a parameter are the
// edges between visible faces, and a [Tracer] finds those between neighbouring
// samples. Their movement enters the graph as an antialiasing term that is zero in
// the picture and has the right derivative,
//
//	picture = reference + (edges − StopGradient(edges))
//
// after Laine et al., "Modular Primitives for High-Performance Differentiable
// Rendering" (ACM Transactions on Graphics 39, 2020), section 3.6. There only
// silhouettes count, each edge by the pairs of samples across it. Here faces may be
// flat-shaded, so edges between visible faces count too if the colours on their two
// sides differ; and faces are often smaller than the distance between samples, so
// the tracer walks over the mesh from sample to sample and finds every edge on the
// way.
//
// If shading is smooth or faces have textures, colours move with the faces, too:
// the barycentrics of a sample depend on the parameters in the graph, and so do its
// normal and texels. The level of detail of a texture is a constant.
//
// The derivative of a sum over pixels with respect to the movement of an edge is
// the integral along the edge of weight · jump of colour · velocity across it. An
// edge of unit normal n crosses |n₀| pairs of samples to the right for each unit
// of its length, and |n₁| pairs down. So the sum of n₀·(n·velocity) over the pairs
// to the right and n₁·(n·velocity) over the pairs down is this integral.
//
// A [Differentiator] computes derivatives without making pictures: it takes them
// from pixels back to colours and cameras on the host, and from there to the
// parameters in the graph or, if each copy of a face has one colour and little work
// is left, on the host.
package shading
