// Package weights represents a network's parameters by their PyTorch names, and
// reads and writes safetensors files, in full precision or as 16-bit integers with
// a scale per output channel.
package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
)

// Tensor is one parameter.
type Tensor struct {
	// Shape is PyTorch's: [out, in/groups, height, width] for a convolution,
	// [out, in] for a linear layer.
	Shape []int
	// Data are all values in row-major order.
	Data []float32
}

// Size returns the number of values of a shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Set is a network's parameters by their PyTorch names, such as
// "_blocks.0._bn1.running_mean", without counters (num_batches_tracked).
type Set map[string]Tensor

// IsCounter reports whether a name is that of a counter, which is not a
// parameter.
func IsCounter(name string) bool { return strings.HasSuffix(name, "num_batches_tracked") }

// prefixes are those that training scripts put before all names: DataParallel,
// torch.compile, Lightning and the usual wrappers.
var prefixes = []string{"module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "encoder.", "base_model."}

// WithoutPrefixes removes the prefixes that training scripts put before names, as
// long as all names have one.
func (s Set) WithoutPrefixes() Set {
	for _, prefix := range prefixes {
		short := make(Set, len(s))
		for name, t := range s {
			if after, ok := strings.CutPrefix(name, prefix); ok && after != "" {
				short[after] = t
			}
		}
		if len(short) == len(s) && len(s) > 0 {
			return short.WithoutPrefixes()
		}
	}
	return s
}

// Names returns the names in alphabetical order.
func (s Set) Names() []string {
	return slices.Sorted(maps.Keys(s))
}

// Hash returns the SHA-256 of names, shapes and values as 64 hexadecimal digits,
// independent of platform and file format.
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

// CheckFinite reports parameters with NaN or infinite values, a single one of
// which can spoil every result.
func (s Set) CheckFinite() error {
	names := s.Names()
	broken := make([]bool, len(names))
	_ = parallel.All(len(names), func(i int) error {
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
		return fmt.Errorf("%d of the weights have NaN or infinite values (%s): the training diverged, or the file is damaged", len(found), listed(found))
	}
	return nil
}

// finite reports whether all values are finite.
func finite(values []float32) bool {
	sum := float32(0)
	for _, v := range values {
		sum += v * 0 // NaN if v is not finite
	}
	return sum == 0
}

// Parameter is the name and shape of a network's parameter.
type Parameter struct {
	Name string
	// Shape is PyTorch's, as in Tensor.
	Shape []int
}

// mostListed is the number of names of a kind that an error lists.
const mostListed = 5

// listed joins the first few names.
func listed(names []string) string {
	if more := len(names) - mostListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Check compares the set with a network's parameters. Its error counts those that
// are missing, superfluous, or have another shape, and names the first of each.
func (s Set) Check(want []Parameter) error {
	var missing, shapes, extra []string
	wanted := make(map[string]bool, len(want))
	for _, p := range want {
		wanted[p.Name] = true
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
		if !wanted[name] {
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
