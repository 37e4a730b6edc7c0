package onnx

import (
	"encoding/binary"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// source is where the values of tensors come from.
type source struct {
	// folder is that of the model, for values in other files.
	folder string
	// file is the model's own, for values that stayed in it.
	file io.ReaderAt
}

// tensorLater is a field of our own: the place and the number of bytes of values
// that stay in the file until they are decoded, so that memory holds them once.
const tensorLater = 1000

// mostKept is the size of values that are read with the model.
const mostKept = 1 << 12

// shrunk reads a model but the values of its large initializers.
func shrunk(file io.ReaderAt, size int64) ([]byte, error) {
	s := shrinking{file}
	return s.message(0, size, modelGraph, graphInitializer)
}

type shrinking struct{ file io.ReaderAt }

// message reads the message between two places. The fields on the path are messages
// to shrink; at its end is a tensor.
func (s shrinking) message(from, to int64, path ...protowire.Number) ([]byte, error) {
	var out []byte
	var head [2 * binary.MaxVarintLen64]byte
	for from < to {
		n, err := s.file.ReadAt(head[:min(int64(len(head)), to-from)], from)
		if n == 0 {
			return nil, err
		}
		number, kind, tag := protowire.ConsumeTag(head[:n])
		if tag < 0 {
			return nil, errDamaged
		}
		if kind != protowire.BytesType {
			length := protowire.ConsumeFieldValue(number, kind, head[tag:n])
			if length < 0 {
				return nil, errDamaged
			}
			if number != tensorLater {
				out = append(out, head[:tag+length]...)
			}
			from += int64(tag + length)
			continue
		}
		length, prefix := protowire.ConsumeVarint(head[tag:n])
		start := from + int64(tag+prefix)
		if prefix < 0 || length > uint64(to-start) {
			return nil, errDamaged
		}
		end := start + int64(length)
		switch {
		case len(path) > 0 && number == path[0]:
			inner, err := s.message(start, end, path[1:]...)
			if err != nil {
				return nil, err
			}
			out = protowire.AppendBytes(protowire.AppendTag(out, number, kind), inner)
		case len(path) == 0 && number == tensorRaw && length > mostKept:
			place := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(start)), length)
			out = protowire.AppendBytes(protowire.AppendTag(out, tensorLater, kind), place)
		case number == tensorLater: // not the standard's
		default:
			out = append(out, make([]byte, end-from)...)
			if _, err := s.file.ReadAt(out[int64(len(out))-(end-from):], from); err != nil && err != io.EOF {
				return nil, err
			}
		}
		from = end
	}
	return out, nil
}

// later returns the values of a tensor that stayed in the file; found is whether it
// has such.
func (s source) later(t message, length int) (values []byte, found bool, err error) {
	all := t.all(tensorLater)
	if len(all) == 0 {
		return nil, false, nil
	}
	place := all[0]
	if s.file == nil || len(place) != 16 {
		return nil, true, errDamaged
	}
	if n := binary.LittleEndian.Uint64(place[8:]); n != uint64(length) {
		return nil, true, fmt.Errorf("%d bytes instead of %d", n, length)
	}
	values = make([]byte, length)
	if _, err := s.file.ReadAt(values, int64(binary.LittleEndian.Uint64(place))); err != nil && err != io.EOF {
		return nil, true, err
	}
	return values, true, nil
}
