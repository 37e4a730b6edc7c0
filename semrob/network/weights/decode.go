package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
	"github.com/semrob/gonb-semrob/semrob/network/weights/internal/flat"
)

// maxHeader is the format's limit for the header, in bytes.
const maxHeader = 100_000_000

// ReadSafetensors is Decode for a file, without reading it into memory first.
func ReadSafetensors(path string) (Set, map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading weights: %w", err)
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("reading weights: %w", err)
	}
	set, metadata, err := decode(file, about.Size())
	if err != nil {
		return nil, nil, fmt.Errorf("reading weights %s: %w", path, err)
	}
	return set, metadata, nil
}

// Decode reads a safetensors file with tensors of float64, float32, float16,
// bfloat16, and 16-bit integers with scales as Encode writes them. It skips other
// integers and counters. It returns the parameters in float32 and the file's
// metadata.
func Decode(file []byte) (Set, map[string]string, error) {
	set, metadata, err := decode(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, nil, fmt.Errorf("reading weights: %w", err)
	}
	return set, metadata, nil
}

func decode(file io.ReaderAt, size int64) (Set, map[string]string, error) {
	header, metadata, begin, err := readHeader(file, size)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for name := range header {
		if of, ok := strings.CutSuffix(name, scaleSuffix); ok && header[of].DType == "I16" {
			continue // read with the tensor it scales
		}
		if IsCounter(name) {
			continue
		}
		names = append(names, name)
	}
	if err := checkSizes(header, names, size-begin); err != nil {
		return nil, nil, err
	}
	tensors := make([]Tensor, len(names))
	err = parallel.All(len(names), func(i int) (err error) {
		tensors[i], err = readTensor(file, begin, header, names[i])
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	set := make(Set, len(names))
	for i, name := range names {
		if tensors[i].Data != nil {
			set[name] = tensors[i]
		}
	}
	return set, metadata, nil
}

// readTensor reads a tensor with its scales; Data is nil for other types.
func readTensor(file io.ReaderAt, begin int64, header map[string]entry, name string) (Tensor, error) {
	e := header[name]
	values, err := e.values(name, file, begin)
	if err != nil || values == nil {
		return Tensor{}, err
	}
	if e.DType == "I16" {
		scales, there := header[name+scaleSuffix]
		if !there || scales.DType != "F32" || len(e.Shape) == 0 || !slices.Equal(scales.Shape, e.Shape[:1]) {
			return Tensor{}, fmt.Errorf("%s is I16 of shape %v without F32 scales %s for its first axis: write the file with Encode or in floating point", name, e.Shape, name+scaleSuffix)
		}
		factors, err := scales.values(name+scaleSuffix, file, begin)
		if err != nil {
			return Tensor{}, err
		}
		multiply(values, factors)
	}
	return Tensor{Shape: e.Shape, Data: values}, nil
}

// readHeader returns the header and the offset of the data.
func readHeader(file io.ReaderAt, size int64) (header map[string]entry, metadata map[string]string, begin int64, err error) {
	if size < 8 {
		return nil, nil, 0, fmt.Errorf("%d bytes are too few for a safetensors file", size)
	}
	var length [8]byte
	if _, err := file.ReadAt(length[:], 0); err != nil {
		return nil, nil, 0, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n > maxHeader:
		return nil, nil, 0, errors.New("not a safetensors file: it does not begin with the size of a header")
	case n > uint64(size-8):
		return nil, nil, 0, fmt.Errorf("not a safetensors file, or truncated: its header has %d bytes, the file %d", n, size)
	}
	text := make([]byte, n)
	if _, err := file.ReadAt(text, 8); err != nil && !(err == io.EOF && n == uint64(size-8)) {
		return nil, nil, 0, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, nil, 0, fmt.Errorf("not a safetensors file: its header is not a JSON object: %w", err)
	}
	header = make(map[string]entry, len(raw))
	for name, text := range raw {
		if name == metadataKey {
			if err := json.Unmarshal(text, &metadata); err != nil {
				return nil, nil, 0, fmt.Errorf("the metadata of a safetensors file must be strings: %w", err)
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, nil, 0, fmt.Errorf("the header's entry %q is damaged: %w", name, err)
		}
		header[name] = e
	}
	return header, metadata, 8 + int64(n), nil
}

// checkSizes checks the tensors' offsets and shapes against the size of the data,
// before anything is read. In this format tensors may not share bytes, so all
// together must fit into the file.
func checkSizes(header map[string]entry, names []string, there int64) error {
	total := 0
	for _, name := range names {
		if err := header[name].check(name, there); err != nil {
			return err
		}
		if scales, ok := header[name+scaleSuffix]; ok {
			if err := scales.check(name+scaleSuffix, there); err != nil {
				return err
			}
		}
		if flat.Width(header[name].DType) > 0 {
			total += header[name].Offsets[1] - header[name].Offsets[0]
		}
	}
	if int64(total) > there {
		return fmt.Errorf("its tensors need %d bytes of %d: they share values, which the format forbids", total, there)
	}
	return nil
}

// check compares the tensor's offsets and shape with the size of the data.
func (e entry) check(name string, there int64) error {
	width := flat.Width(e.DType)
	start, end := e.Offsets[0], e.Offsets[1]
	if start < 0 || end < start || int64(end) > there {
		return fmt.Errorf("%s is at bytes %d…%d of %d: the file is truncated or damaged", name, start, end, there)
	}
	if width == 0 {
		return nil // not read
	}
	size := 1
	for _, d := range e.Shape {
		// Bounded factors keep the product from overflowing.
		if d < 0 || size > end-start || d > end-start {
			return fmt.Errorf("%s has the impossible shape %v for %d bytes", name, e.Shape, end-start)
		}
		size *= d
	}
	if size*width != end-start {
		return fmt.Errorf("%s of shape %v and type %s needs %d bytes but has %d", name, e.Shape, e.DType, size*width, end-start)
	}
	return nil
}

// values returns a checked tensor's values: I16 without scaling, nil for other
// types that are not floating-point.
func (e entry) values(name string, file io.ReaderAt, begin int64) ([]float32, error) {
	width := flat.Width(e.DType)
	if width == 0 {
		return nil, nil
	}
	bytes := int64(e.Offsets[1] - e.Offsets[0])
	values, err := flat.Read(io.NewSectionReader(file, begin+int64(e.Offsets[0]), bytes), e.DType, int(bytes)/width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return values, nil
}

// multiply scales the values for each index of the first axis.
func multiply(values, scales []float32) {
	if len(scales) == 0 {
		return
	}
	per := len(values) / len(scales)
	for c, scale := range scales {
		for i := c * per; i < (c+1)*per; i++ {
			values[i] *= scale
		}
	}
}
