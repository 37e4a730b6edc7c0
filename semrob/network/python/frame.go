package python

import (
	"encoding/binary"
	"fmt"
	"io"
	"unsafe"
)

// Kinds of frames.
const (
	openFrame = iota + 1
	scoresFrame
	gradientFrame
	errorFrame
)

// header begins a frame. Its 24 bytes are little-endian.
type header struct {
	Magic  [4]byte
	Kind   uint32
	Number uint32 // of the request; an answer repeats it
	Images uint32
	Length uint64 // of the payload, in bytes
}

const headerSize = 24

var magic = [4]byte{'S', 'R', 'B', '1'}

// maxText bounds the payload of answers that are text.
const maxText = 16 << 20

func (h header) write(to io.Writer, payload ...[]byte) error {
	h.Magic, h.Length = magic, 0
	for _, part := range payload {
		h.Length += uint64(len(part))
	}
	begin, err := binary.Append(make([]byte, 0, headerSize), binary.LittleEndian, h)
	if err != nil {
		return err
	}
	if _, err := to.Write(begin); err != nil {
		return err
	}
	for _, part := range payload {
		if _, err := to.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func readHeader(from io.Reader) (header, error) {
	var h header
	begin := make([]byte, headerSize)
	if _, err := io.ReadFull(from, begin); err != nil {
		return h, err
	}
	if _, err := binary.Decode(begin, binary.LittleEndian, &h); err != nil {
		return h, err
	}
	if h.Magic != magic {
		return h, fmt.Errorf("%w: it begins with %q", errFrame, h.Magic)
	}
	return h, nil
}

// bytesOf views numbers as the bytes of the pipe. All platforms with XLA are
// little-endian.
func bytesOf(values []float32) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values))
}
