// Package npz reads and writes NumPy's .npz archives: named n-dimensional
// arrays and strings that numpy.load opens without pickle.
//
// Reading goes through github.com/sbinet/npyio. Its writer knows no shapes
// beyond two dimensions and no strings, so the few lines of the .npy header
// are written here.
package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"sort"
	"strings"

	"github.com/sbinet/npyio/npy"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Array is one n-dimensional array in row-major order.
type Array struct {
	// Shape lists the dimensions; empty for a scalar.
	Shape []int
	// Data is []float32, []float64, []int32, []int64, []uint8 or, for a
	// zero-dimensional text, string.
	Data any
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

func writeArray(w io.Writer, a Array) error {
	descr, n := "", 1
	var data any = a.Data
	switch d := a.Data.(type) {
	case []float32:
		descr, n = "<f4", len(d)
	case []float64:
		descr, n = "<f8", len(d)
	case []int32:
		descr, n = "<i4", len(d)
	case []int64:
		descr, n = "<i8", len(d)
	case []uint8:
		descr, n = "|u1", len(d)
	case string:
		runes := []rune(d)
		descr, data = fmt.Sprintf("<U%d", max(len(runes), 1)), append(runes, make([]rune, max(1-len(runes), 0))...)
	default:
		return fmt.Errorf("data of type %T is not supported", a.Data)
	}
	if n != Len(a.Shape) {
		return fmt.Errorf("%d elements do not fill the shape %v", n, a.Shape)
	}
	if _, err := w.Write(header(descr, a.Shape)); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, data)
}

// header returns the magic string, version 1.0 and the description, padded to
// a multiple of 64 bytes as the format asks for.
func header(descr string, shape []int) []byte {
	dims := make([]string, len(shape))
	for i, d := range shape {
		dims[i] = fmt.Sprintf("%d,", d)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.Join(dims, " "))
	const prefix = 10 // magic 6, version 2, length 2
	pad := 64 - (prefix+len(text)+1)%64
	text += strings.Repeat(" ", pad%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8))
	return append(out, text...)
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

func decode(raw []byte) (Array, error) {
	body := bytes.NewReader(raw)
	r, err := npy.NewReader(body)
	if err != nil {
		return Array{}, err
	}
	a := Array{Shape: r.Header.Descr.Shape}
	n := 1
	for _, d := range a.Shape {
		if d < 0 || (d > 0 && n > maxEntry/d) {
			return Array{}, fmt.Errorf("its shape %v is not sensible", a.Shape)
		}
		n *= d
	}
	if r.Header.Descr.Fortran && len(a.Shape) > 1 {
		return Array{}, fmt.Errorf("it is stored in column-major order: save it again with numpy.ascontiguousarray")
	}
	descr := r.Header.Descr.Type
	if strings.HasPrefix(descr, "<U") && len(a.Shape) == 0 {
		a.Data, err = decodeText(body)
		return a, err
	}
	switch descr {
	case "<f4":
		a.Data, err = numbers[float32](body, n, 4)
	case "<f8":
		a.Data, err = numbers[float64](body, n, 8)
	case "<i4":
		a.Data, err = numbers[int32](body, n, 4)
	case "<i8":
		a.Data, err = numbers[int64](body, n, 8)
	case "|u1":
		a.Data, err = numbers[uint8](body, n, 1)
	default:
		return Array{}, fmt.Errorf("its type %q is not supported: save it as float32, float64, int32, int64 or uint8", descr)
	}
	return a, err
}

func numbers[T any](body *bytes.Reader, n, size int) ([]T, error) {
	if body.Len() < n*size {
		return nil, fmt.Errorf("it holds %d bytes where its shape asks for %d: the file is cut short", body.Len(), n*size)
	}
	out := make([]T, n)
	return out, binary.Read(body, binary.LittleEndian, out)
}

func decodeText(body *bytes.Reader) (string, error) {
	runes := make([]rune, body.Len()/4)
	if err := binary.Read(body, binary.LittleEndian, runes); err != nil {
		return "", err
	}
	return strings.TrimRight(string(runes), "\x00"), nil
}

// Float64s returns the array with this name as float64, whatever its type of
// number, and its shape.
func (f File) Float64s(name string) ([]float64, []int, error) {
	a, ok := f[name]
	if !ok {
		return nil, nil, fmt.Errorf("there is no array %q in it (found: %s)", name, f.names())
	}
	switch d := a.Data.(type) {
	case []float64:
		return d, a.Shape, nil
	case []float32:
		return widen(d), a.Shape, nil
	case []int32:
		return widen(d), a.Shape, nil
	case []int64:
		return widen(d), a.Shape, nil
	case []uint8:
		return widen(d), a.Shape, nil
	}
	return nil, nil, fmt.Errorf("array %q holds no numbers", name)
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

func widen[T float32 | int32 | int64 | uint8](in []T) []float64 {
	out := make([]float64, len(in))
	for i, x := range in {
		out[i] = float64(x)
	}
	return out
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
