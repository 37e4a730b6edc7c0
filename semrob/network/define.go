package network

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

// Definition describes a network of one's own.
type Definition struct {
	// Name is shown, and is what Open knows it by after Register.
	Name string
	// InputSize S is the height and width of the images it takes.
	InputSize int
	// Labels are the names of its classes.
	Labels []string
	// Mean and Std are its normalisation, as in Network. A Std of
	// zeros stands for ones: colours 0…1 as they are.
	Mean, Std [3]float64
	// Graph computes it. Weights belong into Constants: those in the graph
	// itself are compiled into the program, which takes long.
	Graph Graph
	// Output says what Graph returns; Logits where it is left out.
	Output Output
	// Constants are the tensors that Graph asks for.
	Constants []Constant
	// Revision tells versions of Graph apart: results on disk are kept under
	// it, the name, and the content of Constants. Raise it when Graph changes.
	Revision string
}

// Define makes a network of a graph function. It can do all that others can:
// be compiled, be placed behind a renderer, and be differentiated.
func Define(d Definition) (*Network, error) {
	if d.Std == [3]float64{} {
		d.Std = grey(1)
	}
	err := normalisation{d.Mean, d.Std}.check()
	switch {
	case strings.TrimSpace(d.Name) == "":
		err = errors.New("it has no name")
	case d.Graph == nil:
		err = errors.New("it has no Graph")
	case d.InputSize < 1:
		err = fmt.Errorf("its input size is %d: it must be positive", d.InputSize)
	case len(d.Labels) == 0:
		err = errors.New("it has no labels: give one for each class")
	}
	if err != nil {
		return nil, fmt.Errorf("defining the network %q: %w", d.Name, err)
	}
	constants := slices.Clone(d.Constants)
	return &Network{
		Name: d.Name, InputSize: d.InputSize, Labels: d.Labels,
		Mean: d.Mean, Std: d.Std, Crop: 1,
		constants: constants, graph: d.Graph, output: d.Output,
		fingerprint: sync.OnceValue(func() string { return hashOf(d.Name, d.Revision, d.Output, constants) }),
	}, nil
}

// hashOf returns the SHA-256 of all that decides a defined network.
func hashOf(name, revision string, output Output, constants []Constant) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %d\n", name, revision, output)
	for _, c := range constants {
		fmt.Fprintf(sum, "%q %v\n", c.Name, c.Shape)
		if values, ok := c.Data.([]float32); ok && len(values) > 0 {
			sum.Write(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)))
		} else {
			fmt.Fprintln(sum, c.Data)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// registered are networks of the program's own.
var registered = struct {
	sync.RWMutex
	open map[string]func() (*Network, error)
}{open: map[string]func() (*Network, error){}}

// Register makes Open, and with it all that takes a network's name, know a
// network of one's own. It takes the place of one of the same name.
func Register(name string, open func() (*Network, error)) {
	registered.Lock()
	defer registered.Unlock()
	registered.open[architecture.Normal(name)] = open
}

// lookupRegistered returns nil where there is none.
func lookupRegistered(name string) func() (*Network, error) {
	registered.RLock()
	defer registered.RUnlock()
	return registered.open[architecture.Normal(name)]
}

// registeredNames returns them in alphabetical order.
func registeredNames() []string {
	registered.RLock()
	defer registered.RUnlock()
	var names []string
	for name := range registered.open {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
