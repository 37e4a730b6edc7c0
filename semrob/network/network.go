// Package network classifies images: architectures with their weights, the
// labels of their classes and the preprocessing they want, run in batches on a
// GoMLX backend.
//
//	n, err := network.Open("efficientnet-lite0")
//	classifier, err := n.Compile(backend, network.Options{})
//	probabilities, err := classifier.Probabilities(ctx, images, batch)
//
// OpenWith opens weights from files, from a model hub and ONNX models; Define
// makes a network of a graph function of one's own.
package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Version is counted up whenever this package changes the numbers that a
// network gives. Together with Fingerprint and the preprocessing it decides
// them, up to the rounding of the device: results on disk are kept under it.
const Version = 2

// Network is an architecture with weights and labels. It is safe for
// concurrent use; its fields are to be read only.
type Network struct {
	// Name is such as "efficientnet-lite0".
	Name string
	// InputSize S is the height and width of the images it takes.
	InputSize int
	// Labels are the names of the classes, by their index.
	Labels []string
	// Mean and Std, per colour channel, are the normalisation that the
	// weights were trained with: Standard feeds (x − Mean)/Std, x in 0…1.
	Mean, Std [3]float64
	// Crop is the part of a photograph's shorter side that the network saw when
	// it was evaluated, 0…1. It is for whoever shows it photographs: rendered
	// views are made for InputSize and seen whole.
	Crop float64

	constants   []Constant
	graph       Graph
	output      Output
	fingerprint func() string
	// work tells the multiply-adds of one image; nil where they are not known.
	work func() (int, error)
}

// Constant is a tensor that a network's graph computes with, such as a
// prepared weight. It lies on the device once, whatever number of graphs use it.
type Constant struct {
	Name  string
	Shape shapes.Shape
	// Data are the values, flat and in row-major order: []float32 or a slice of
	// the shape's own type.
	Data any

	instead string // architecture.Constant's Instead
	on      []architecture.Kernels
}

// Graph adds a network to the graph of its images, [batch, S, S, 3] float32,
// NHWC, normalised, and returns [batch, classes]. constants are the network's,
// as nodes under their names. In another Precision than Float32 images and
// float32 constants come in its type. Like GoMLX's own graph functions it panics where
// something does not fit.
type Graph func(constants map[string]*graph.Node, images *graph.Node) *graph.Node

// Output says what a Graph returns.
type Output int

const (
	// Logits are scores before the softmax.
	Logits Output = iota
	// Probabilities are what the softmax returns.
	Probabilities
)

// New makes a network of an architecture and a state dictionary, which must
// have exactly its parameters, and one label per class.
func New(a *architecture.Architecture, set weights.Set, labels []string) (*Network, error) {
	if len(labels) != a.Classes {
		return nil, fmt.Errorf("the network %s has %d classes and was given %d labels: give one for each", a.Name, a.Classes, len(labels))
	}
	prepared, err := a.Prepare(set)
	if err != nil {
		return nil, fmt.Errorf("preparing the network's weights: %w", err)
	}
	n := &Network{
		Name: a.Name, InputSize: a.InputSize, Labels: labels,
		Mean: a.Mean, Std: a.Std, Crop: 0.875,
		graph: a.Logits, work: a.MultiplyAdds,
		fingerprint: sync.OnceValue(func() string {
			sum := sha256.Sum256([]byte(a.Name + "\n" + set.Hash()))
			return hex.EncodeToString(sum[:])
		}),
	}
	for _, c := range prepared {
		n.constants = append(n.constants, Constant{c.Name, shapes.Make(dtypes.Float32, c.Shape...), c.Data, c.Instead, c.On})
	}
	return n, nil
}

// Fingerprint returns a hash of the architecture's name and the weights'
// content, as 64 hexadecimal digits.
func (n *Network) Fingerprint() string { return n.fingerprint() }
