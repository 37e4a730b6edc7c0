// Package npz reads and writes NumPy's .npz archives: named n-dimensional
// arrays and strings that numpy.load opens without pickle.
//
// Headers are read by github.com/sbinet/npyio. It knows no shapes beyond two
// dimensions and no strings, so elements are read, and headers written, here.
package npz

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"sort"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Array is one n-dimensional array in row-major order.
type Array struct {
	// Shape lists the dimensions; empty for a scalar.
	Shape []int
	// Data is a slice of float32, float64, bool, or integers of 8, 16, 32 or 64
	// bits, signed or not; for text it is []string, or string where Shape is
	// empty.
	Data any

	// unreadable says why an array that was read has no Data. It is an error of
	// those alone who ask for this array: a file of numbers may well hold an
	// array of something else.
	unreadable error
}

// File is the content of one archive.
type File map[string]Array

// Len returns the number of elements that a shape holds.
func Len(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Save writes the archive to path: to a temporary file beside it first, then
// renamed, so that path never holds half an archive.
func (f File) Save(path string) error {
	return atomicfile.Write(path, f.Write)
}

// Write writes the archive, its arrays in the order of their names, so that
// equal contents give equal bytes.
func (f File) Write(w io.Writer) error {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	sort.Strings(names)
	z := zip.NewWriter(w)
	for _, name := range names {
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

// maxEntry bounds what one array may unpack to (1 GiB), so that a small
// hostile archive cannot fill the memory.
const maxEntry = 1 << 30

// Open reads the whole archive at path, every entry's checksum included. The
// error names the file.
func Open(path string) (File, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such file: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	f, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s is not a readable .npz archive: %w", path, err)
	}
	return f, nil
}

// Read reads an archive from memory.
func Read(data []byte) (File, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	f := File{}
	for _, entry := range z.File {
		name, ok := strings.CutSuffix(entry.Name, ".npy")
		if !ok {
			continue
		}
		if f[name], err = readEntry(entry); err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
	}
	return f, nil
}

// readEntry reads to the end of the entry: archive/zip compares the checksum
// only there.
func readEntry(entry *zip.File) (Array, error) {
	if entry.UncompressedSize64 > maxEntry {
		return Array{}, fmt.Errorf("it unpacks to %d bytes, more than the %d allowed", entry.UncompressedSize64, maxEntry)
	}
	r, err := entry.Open()
	if err != nil {
		return Array{}, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxEntry+1))
	if err != nil {
		return Array{}, err
	}
	return decode(raw)
}

// Float64s returns the array with this name as float64, whatever its type of
// number, and its shape.
func (f File) Float64s(name string) ([]float64, []int, error) {
	a, ok := f[name]
	if !ok {
		return nil, nil, fmt.Errorf("there is no array %q in it (found: %s)", name, f.names())
	}
	if a.unreadable != nil {
		return nil, nil, fmt.Errorf("array %q: %w", name, a.unreadable)
	}
	if values, ok := float64s(a.Data); ok {
		return values, a.Shape, nil
	}
	return nil, nil, fmt.Errorf("array %q holds text where numbers are needed", name)
}

// Text returns the zero-dimensional string with this name.
func (f File) Text(name string) (string, error) {
	s, ok := f[name].Data.(string)
	if !ok {
		return "", fmt.Errorf("there is no text %q in it (found: %s)", name, f.names())
	}
	return s, nil
}

func (f File) names() string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

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
