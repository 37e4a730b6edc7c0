// Package network classifies images with architectures and their weights, on a
// GoMLX backend and in batches.
//
//	n, err := network.Open("efficientnet-lite0")
//	classifier, err := n.Compile(backend, network.Options{})
//	probabilities, err := classifier.Probabilities(ctx, images, batch)
//
// OpenWith opens weights files, repositories of a model hub and ONNX models;
// Define makes a network of a user-defined graph function.
package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/onnx"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Version increases whenever this package changes the numbers that a network
// returns. With Fingerprint, InputSize, the preprocessing and the precision it
// decides them, up to the rounding of the device: it is a part of the keys of
// results on disk.
const Version = 2

// Network is an architecture with weights and labels. It is safe for concurrent
// use if its fields are only read.
type Network struct {
	// Name is for example "efficientnet-lite0".
	Name string
	// InputSize S is the height and width of the images.
	InputSize int
	// Labels are the names of the classes, by index.
	Labels []string
	// Mean and Std, per colour channel, are the normalisation of the training
	// images: Standard feeds (x − Mean)/Std for x in 0…1.
	Mean, Std [3]float64
	// Crop is the part of a photograph's shorter side, 0…1, that published
	// evaluations crop to. Rendered views are not cropped.
	Crop float64

	constants   []Constant
	graph       Graph
	output      Output
	fingerprint func() string
	// own is the form of an ONNX model's own images; nil for other networks.
	own *onnx.Form
	// whole is its graph for all images together; nil: graph.
	whole Graph
	// batch is the number of images that its graph computes at a time; 0 is any.
	batch int
	// constant says why the scores have no useful gradient, "" if they have.
	constant string
	// unsure says why Standard may be another normalisation than the training's, ""
	// if it is not.
	unsure string
	// checked is whether the gradient has to be compared with differences.
	checked *gradientCheck
	// host computes the network instead of a graph; nil for graphs.
	host host
	// preprocesses says that a host has a preprocessing of its own; "" if it has none.
	preprocesses string
	// late returns a constant that a device has to compute first; nil if there is none.
	late func(backend compute.Backend) (Constant, error)
	// work returns the multiply-adds of one image; nil if unknown.
	work func() (int, error)
}

// Constant is a tensor used by a network's graph, such as a prepared weight. All
// graphs of a Placed network share one copy on the device.
type Constant struct {
	Name  string
	Shape shapes.Shape
	// Data are the values, flat and in row-major order, in a slice of the shape's
	// type.
	Data any

	instead string // architecture.Constant's Instead
	on      []architecture.Kernels
}

// Graph adds a network to the graph of its normalised images, [batch, S, S, 3]
// float32, NHWC, and returns [batch, classes]. constants are the network's, as
// nodes by name. In a Precision other than Float32, images and float32 constants
// have its type. Like GoMLX's graph functions it panics on shapes that do not fit.
type Graph func(constants map[string]*graph.Node, images *graph.Node) *graph.Node

// Output is what a Graph returns.
type Output = onnx.Output

// The outputs of networks.
const (
	// Logits are scores before the softmax.
	Logits = onnx.Logits
	// Probabilities are the result of the softmax.
	Probabilities = onnx.Probabilities
)

// Outputs are the outputs by name.
var Outputs = onnx.Outputs

// New makes a network of an architecture, a state dictionary with exactly its
// parameters, and one label per class.
func New(a *architecture.Architecture, set weights.Set, labels []string) (*Network, error) {
	if len(labels) != a.Classes {
		return nil, fmt.Errorf("the network %s has %d classes and %d labels: give one label per class", a.Name, a.Classes, len(labels))
	}
	prepared, err := a.Prepare(set)
	if err != nil {
		return nil, fmt.Errorf("preparing the network's weights: %w", err)
	}
	name, by := a.Name, normalisation{a.Mean, a.Std}
	n := &Network{
		Name: a.Name, InputSize: a.InputSize, Labels: labels,
		Mean: a.Mean, Std: a.Std, Crop: 0.875,
		graph: a.Logits, work: a.MultiplyAdds,
		fingerprint: sync.OnceValue(func() string {
			hash := hexSum(name + "\n" + set.Hash())
			if usual, err := architecture.Lookup(name); err != nil || by != (normalisation{usual.Mean, usual.Std}) {
				hash = withNormalisation(hash, by)
			}
			return hash
		}),
	}
	for _, c := range prepared {
		n.constants = append(n.constants, Constant{c.Name, shapes.Make(dtypes.Float32, c.Shape...), c.Data, c.Instead, c.On})
	}
	return n, nil
}

// Fingerprint returns a hash of everything that decides the network's outputs
// for images of InputSize: architecture, weights, and a normalisation other than
// the architecture's. It has 64 hexadecimal digits.
func (n *Network) Fingerprint() string { return n.fingerprint() }

// withNormalisation returns the fingerprint of a network with another
// normalisation.
func withNormalisation(fingerprint string, by normalisation) string {
	return hexSum(fingerprint + " " + string(by.preprocess()))
}

// hexSum returns a text's SHA-256 in hexadecimal.
func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
