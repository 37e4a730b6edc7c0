// Package network classifies images: architectures with their weights, the
// labels of their classes and the preprocessing they want, run in batches on a
// GoMLX backend.
//
//	n, err := network.Open("efficientnet-lite0")
//	classifier, err := n.Compile(backend, network.Options{})
//	probabilities, err := classifier.Probabilities(ctx, images, batch)
package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
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

	architecture *architecture.Architecture
	constants    []architecture.Constant
	fingerprint  func() string
}

// source is a network that the module brings with it.
type source struct {
	name    string
	weights func() (weights.Set, error)
}

// embedded lists them. It is a function so that the linker leaves the weights
// out of programs that never call Open.
func embedded() []source {
	return []source{
		{"efficientnet-lite0", lite0.Weights},
	}
}

// Names returns the networks that Open knows.
func Names() []string {
	var names []string
	for _, s := range embedded() {
		names = append(names, s.name)
	}
	return names
}

// Open returns the network of a name with its trained weights; "_" and "-" and
// upper and lower case are the same.
func Open(name string) (*Network, error) {
	for _, s := range embedded() {
		if s.name != architecture.Normal(name) {
			continue
		}
		a, err := architecture.Lookup(s.name)
		if err != nil {
			return nil, err
		}
		set, err := s.weights()
		if err != nil {
			return nil, fmt.Errorf("opening the network %s: %w", s.name, err)
		}
		return New(a, set, ImageNet())
	}
	return nil, fmt.Errorf("unknown network %q: there are %s", name, strings.Join(Names(), ", "))
}

// New makes a network of an architecture and a state dictionary, which must
// have exactly its parameters, and one label per class.
func New(a *architecture.Architecture, set weights.Set, labels []string) (*Network, error) {
	if len(labels) != a.Classes {
		return nil, fmt.Errorf("the network %s has %d classes and was given %d labels: give one for each", a.Name, a.Classes, len(labels))
	}
	constants, err := a.Prepare(set)
	if err != nil {
		return nil, fmt.Errorf("preparing the network's weights: %w", err)
	}
	return &Network{
		Name:         a.Name,
		InputSize:    a.InputSize,
		Labels:       labels,
		architecture: a,
		constants:    constants,
		fingerprint: sync.OnceValue(func() string {
			sum := sha256.Sum256([]byte(a.Name + "\n" + set.Hash()))
			return hex.EncodeToString(sum[:])
		}),
	}, nil
}

// Fingerprint returns a hash of the architecture's name and the weights'
// content, as 64 hexadecimal digits.
func (n *Network) Fingerprint() string { return n.fingerprint() }
