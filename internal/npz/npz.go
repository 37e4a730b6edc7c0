// Package npz reads and writes NumPy's .npz archives: named n-dimensional
// arrays and strings that numpy.load opens without pickle.
//
// Headers are read by github.com/sbinet/npyio. It supports neither more than two
// dimensions nor strings, so this package reads elements and writes headers.
package npz

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/limit"
)

// Array is one n-dimensional array in row-major order.
type Array struct {
	// Shape lists the dimensions; empty for a scalar.
	Shape []int
	// Data is a slice of float32, float64, bool, or integers of 8, 16, 32 or 64
	// bits, signed or not; for text it is []string, or string if Shape is empty.
	Data any

	// unreadable is the reason why Data is nil. It is returned only when this
	// array is requested: a file of numbers may contain other arrays.
	unreadable error
}

// ErrDamaged is wrapped by the errors of archives that cannot be read, or lack a
// requested array.
var ErrDamaged = errors.New("not a readable .npz archive of this kind")

// File is the content of one archive.
type File map[string]Array

// Len returns the number of elements of a shape.
func Len(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Save writes the archive to path atomically.
func (f File) Save(path string) error {
	return atomicfile.Write(path, f.Write)
}

// Write writes the archive with its arrays ordered by name, so that equal contents
// give equal bytes.
func (f File) Write(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, name := range f.names() {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Deflate})
		if err != nil {
			return fmt.Errorf("writing array %q: %w", name, err)
		}
		if err := writeArray(entry, f[name]); err != nil {
			return fmt.Errorf("writing array %q: %w", name, err)
		}
	}
	return z.Close()
}

// maxEntry limits the unpacked size of an archive, all arrays together, so that a small
// hostile one cannot fill the memory.
const maxEntry = limit.Bytes

// budget is maxEntry; tests lower it.
var budget int64 = maxEntry

// Open reads the archive at path and verifies every checksum. The error names the
// file.
func Open(path string) (File, error) {
	data, err := limit.ReadFile(path, maxEntry)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	f, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Read reads an archive from memory. Its errors wrap ErrDamaged.
func Read(data []byte) (File, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f, left := File{}, budget
	for _, entry := range z.File {
		name, ok := strings.CutSuffix(entry.Name, ".npy")
		if !ok {
			continue
		}
		if f[name], err = readEntry(entry, &left); err != nil {
			return nil, fmt.Errorf("%w: array %q: %w", ErrDamaged, name, err)
		}
	}
	return f, nil
}

// readEntry reads to the end of the entry, where archive/zip compares the
// checksum. left is the number of bytes that the archive may still unpack to.
func readEntry(entry *zip.File, left *int64) (Array, error) {
	tooLarge := fmt.Errorf("the archive unpacks to more than %d bytes, which is %w", budget, limit.ErrTooLarge)
	if entry.UncompressedSize64 > uint64(*left) {
		return Array{}, tooLarge
	}
	r, err := entry.Open()
	if err != nil {
		return Array{}, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, *left+1))
	if err != nil {
		return Array{}, err
	}
	if *left -= int64(len(raw)); *left < 0 {
		return Array{}, tooLarge
	}
	return decode(raw)
}

// Float64s returns the array with this name, of any numeric type, as float64, and
// its shape.
func (f File) Float64s(name string) ([]float64, []int, error) {
	a, ok := f[name]
	if !ok {
		return nil, nil, fmt.Errorf("%w: no array %q (found: %s)", ErrDamaged, name, strings.Join(f.names(), ", "))
	}
	if a.unreadable != nil {
		return nil, nil, fmt.Errorf("%w: array %q: %w", ErrDamaged, name, a.unreadable)
	}
	if err := limit.Check("numbers of array "+name, 8, a.Shape...); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if values, ok := float64s(a.Data); ok {
		return values, a.Shape, nil
	}
	return nil, nil, fmt.Errorf("%w: array %q is text, not numbers", ErrDamaged, name)
}

// Text returns the zero-dimensional string with this name.
func (f File) Text(name string) (string, error) {
	s, ok := f[name].Data.(string)
	if !ok {
		return "", fmt.Errorf("%w: no text %q (found: %s)", ErrDamaged, name, strings.Join(f.names(), ", "))
	}
	return s, nil
}

// Meta returns the text "meta", which describes the archive in JSON, and decodes
// it into a value.
func (f File) Meta(into any) (text string, err error) {
	if text, err = f.Text("meta"); err != nil {
		return "", err
	}
	if len(text) > limit.Text {
		return "", fmt.Errorf("%w: its meta is %w: %d bytes", ErrDamaged, limit.ErrTooLarge, len(text))
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return "", fmt.Errorf("%w: its meta is not the expected JSON: %w", ErrDamaged, err)
	}
	return text, nil
}

func (f File) names() []string { return slices.Sorted(maps.Keys(f)) }

// Float32s narrows values for an archive.
func Float32s(in []float64) []float32 {
	out := make([]float32, len(in))
	for i, x := range in {
		out[i] = float32(x)
		if math.IsNaN(x) {
			out[i] = float32(math.NaN())
		}
	}
	return out
}
