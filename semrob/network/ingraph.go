package network

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// InGraph reports whether the network is a computation graph, so that ProbabilitiesOf
// works: not a network in Python or on a server.
func (c *Classifier) InGraph() bool { return c.network.host == nil }

// ProbabilitiesOf adds the network to the graph of its images, [batch, S, S, 3]
// float32, NHWC, colours 0…1, as Probabilities computes it, and returns the
// probabilities, [batch, classes]. Feed must pass the weights to the graph.
//
// Like GoMLX's graph functions it panics on images of another shape.
func (c *Classifier) ProbabilitiesOf(images *graph.Node) *graph.Node {
	return c.placed.Probabilities(images, c.options.Preprocess)
}

// Feed passes the weights to a graph with ProbabilitiesOf: give it to
// Exec.SetSideParamsHook.
func (c *Classifier) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	return c.placed.Feed(g, inputs, donate)
}

// Backend returns the backend that the network is compiled for.
func (c *Classifier) Backend() compute.Backend { return c.backend }

// BatchSize returns the number of images per execution.
func (c *Classifier) BatchSize() int { return c.options.BatchSize }
