// Package shading is everything after visibility as a computation graph: it
// turns semantic parameters and the face that covers each sample into
// pictures, and is differentiable with respect to the parameters.
//
// The picture is that of the reference renderer, package render, to rounding.
// Which face covers a sample is taken from there, or from any other rasteriser,
// as a constant: it jumps, so it has no derivative.
package shading
