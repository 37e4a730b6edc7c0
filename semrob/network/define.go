package network

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

// Definition describes a user-defined network.
type Definition struct {
	// Name is shown in figures and messages.
	Name string
	// InputSize S is the height and width of its images.
	InputSize int
	// Labels are the names of its classes.
	Labels []string
	// Mean and Std are its normalisation, as in Network. A Std of zeros means
	// ones: colours 0…1 unchanged if Mean is zero too.
	Mean, Std [3]float64
	// Graph computes it. Keep weights in Constants: XLA takes long to compile a
	// program with large constants in the graph itself.
	Graph Graph
	// Output is what Graph returns; "" means Logits.
	Output Output
	// Constants are the tensors that Graph uses.
	Constants []Constant
	// Revision distinguishes versions of Graph, whose code no fingerprint can
	// include. Change it whenever Graph changes.
	Revision string
}

// Define makes a network of a graph function. Like any other it can be compiled,
// placed behind a renderer, and differentiated.
func Define(d Definition) (*Network, error) {
	if d.Std == [3]float64{} {
		d.Std = grey(1)
	}
	output, err := Outputs.Parse(string(d.Output))
	d.Output = output
	switch {
	case err != nil:
	case strings.TrimSpace(d.Name) == "":
		err = errors.New("it has no name")
	case d.Graph == nil:
		err = errors.New("it has no Graph")
	case d.InputSize < 1:
		err = fmt.Errorf("its input size is %d: it must be positive", d.InputSize)
	case len(d.Labels) == 0:
		err = errors.New("it has no labels: give one for each class")
	default:
		err = normalisation{d.Mean, d.Std}.check()
	}
	if err != nil {
		return nil, fmt.Errorf("defining the network %q: %w", d.Name, err)
	}
	d.Constants = slices.Clone(d.Constants)
	return &Network{
		Name: d.Name, InputSize: d.InputSize, Labels: d.Labels,
		Mean: d.Mean, Std: d.Std, Crop: 1,
		constants: d.Constants, graph: d.Graph, output: d.Output,
		fingerprint: sync.OnceValue(d.hash), checked: &gradientCheck{},
	}, nil
}

// hash returns the SHA-256 of everything that decides the network's outputs.
func (d Definition) hash() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %d %d %v %v\n", d.Name, d.Revision, d.Output, d.InputSize, len(d.Labels), d.Mean, d.Std)
	for _, c := range d.Constants {
		fmt.Fprintf(sum, "%q %v\n", c.Name, c.Shape)
		if values, ok := c.Data.([]float32); ok && len(values) > 0 {
			sum.Write(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)))
		} else {
			fmt.Fprintln(sum, c.Data)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// registered are the program's own networks.
var registered = struct {
	sync.RWMutex
	open map[string]func() (*Network, error)
}{open: map[string]func() (*Network, error){}}

// Register makes Open, and everything else that takes a network's name, know a
// user-defined network. It replaces an earlier one of the same name.
func Register(name string, open func() (*Network, error)) {
	registered.Lock()
	defer registered.Unlock()
	registered.open[architecture.Normal(name)] = open
}

// lookupRegistered returns nil if the name is not registered.
func lookupRegistered(name string) func() (*Network, error) {
	registered.RLock()
	defer registered.RUnlock()
	return registered.open[architecture.Normal(name)]
}

// registeredNames returns the registered names in alphabetical order.
func registeredNames() []string {
	registered.RLock()
	defer registered.RUnlock()
	return slices.Sorted(maps.Keys(registered.open))
}
