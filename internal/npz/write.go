package npz

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

func writeArray(w io.Writer, a Array) error {
	descr, n, data, err := describe(a.Data)
	if a.unreadable != nil {
		err = a.unreadable
	}
	if err != nil {
		return err
	}
	if n != Len(a.Shape) {
		return fmt.Errorf("%d elements do not fill the shape %v", n, a.Shape)
	}
	if _, err := w.Write(header(descr, a.Shape)); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, data)
}

// describe returns NumPy's name for the type of data, the number of elements, and
// their form for encoding/binary.
func describe(data any) (descr string, n int, raw any, err error) {
	switch d := data.(type) {
	case []float32:
		return "<f4", len(d), d, nil
	case []float64:
		return "<f8", len(d), d, nil
	case []int8:
		return "|i1", len(d), d, nil
	case []int16:
		return "<i2", len(d), d, nil
	case []int32:
		return "<i4", len(d), d, nil
	case []int64:
		return "<i8", len(d), d, nil
	case []uint8:
		return "|u1", len(d), d, nil
	case []uint16:
		return "<u2", len(d), d, nil
	case []uint32:
		return "<u4", len(d), d, nil
	case []uint64:
		return "<u8", len(d), d, nil
	case []bool:
		return "|b1", len(d), d, nil
	case string:
		descr, raw = fixedWidth([]string{d})
		return descr, 1, raw, nil
	case []string:
		descr, raw = fixedWidth(d)
		return descr, len(d), raw, nil
	}
	return "", 0, nil, fmt.Errorf("data of type %T is not supported", data)
}

// fixedWidth pads every text with zeros to the length of the longest, as NumPy does.
func fixedWidth(texts []string) (descr string, runes []rune) {
	width := 1
	for _, t := range texts {
		width = max(width, len([]rune(t)))
	}
	for _, t := range texts {
		at := len(runes)
		runes = append(runes, make([]rune, width)...)
		copy(runes[at:], []rune(t))
	}
	return fmt.Sprintf("<U%d", width), runes
}

// header returns the magic string, version 1.0 and the description, padded to a
// multiple of 64 bytes as the format requires.
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
