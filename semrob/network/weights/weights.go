// Package weights holds a network's parameters by their PyTorch names, and
// reads and writes them as safetensors files, in full precision or as 16-bit
// integers with a scale per output channel.
package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights/internal/flat"
)

// Tensor is one parameter.
type Tensor struct {
	// Shape is PyTorch's: [out, in/groups, height, width] of a convolution,
	// [out, in] of a linear layer.
	Shape []int
	// Data are the values in row-major order, as many as Shape says.
	Data []float32
}

// Size returns the number of values that a shape holds.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Set is a network's parameters under their PyTorch names, such as
// "_blocks.0._bn1.running_mean". Counters (num_batches_tracked) are left out.
type Set map[string]Tensor

// IsCounter tells whether a name is that of a counter, which is no parameter
// whatever type its value was saved in.
func IsCounter(name string) bool { return strings.HasSuffix(name, "num_batches_tracked") }

// Names returns the names in alphabetical order.
func (s Set) Names() []string {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Hash returns the SHA-256 of names, shapes and values as 64 hexadecimal
// digits, the same on every platform and in whatever file the set was kept.
func (s Set) Hash() string {
	sum := sha256.New()
	var buffer []byte
	for _, name := range s.Names() {
		t := s[name]
		buffer = fmt.Appendf(buffer[:0], "%s %v\n", name, t.Shape)
		for _, v := range t.Data {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
		}
		sum.Write(buffer) // a hash.Hash never returns an error
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// CheckFinite reports the parameters with values that are NaN or infinite: one
// is enough to make every result so.
func (s Set) CheckFinite() error {
	names := s.Names()
	broken := make([]bool, len(names))
	// No reader fails.
	_ = flat.Parallel(len(names), func(i int) error {
		broken[i] = !finite(s[names[i]].Data)
		return nil
	})
	var found []string
	for i, name := range names {
		if broken[i] {
			found = append(found, name)
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("%d of the weights have values that are NaN or infinite (%s): the training diverged, or the file is damaged", len(found), listed(found))
	}
	return nil
}

// finite tells whether all values are finite numbers.
func finite(values []float32) bool {
	sum := float32(0)
	for _, v := range values {
		sum += v * 0 // NaN where v is no finite number
	}
	return sum == 0
}

// Parameter is a name and a shape that a network asks for.
type Parameter struct {
	Name string
	// Shape is PyTorch's, as in Tensor.
	Shape []int
}

// mostListed is how many names of a kind an error lists.
const mostListed = 5

// listed joins the first of many names.
func listed(names []string) string {
	if more := len(names) - mostListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Check compares the set with what a network asks for. Its error counts the
// parameters that are missing, are not asked for, or have another shape, and
// names the first of each.
func (s Set) Check(want []Parameter) error {
	var missing, shapes, extra []string
	asked := make(map[string]bool, len(want))
	for _, p := range want {
		asked[p.Name] = true
		t, ok := s[p.Name]
		switch {
		case !ok:
			missing = append(missing, p.Name)
		case !slices.Equal(t.Shape, p.Shape):
			shapes = append(shapes, fmt.Sprintf("%s %v instead of %v", p.Name, t.Shape, p.Shape))
		case len(t.Data) != Size(p.Shape):
			shapes = append(shapes, fmt.Sprintf("%s %d values instead of %d", p.Name, len(t.Data), Size(p.Shape)))
		}
	}
	for _, name := range s.Names() {
		if !asked[name] {
			extra = append(extra, name)
		}
	}
	var faults []string
	for _, f := range []struct {
		what string
		of   []string
	}{{"missing", missing}, {"of another shape", shapes}, {"not of this network", extra}} {
		if len(f.of) > 0 {
			faults = append(faults, fmt.Sprintf("%d %s (%s)", len(f.of), f.what, listed(f.of)))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("the weights do not fit the network: %s", strings.Join(faults, "; "))
	}
	return nil
}
