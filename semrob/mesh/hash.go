package mesh

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
)

// Hash returns the SHA-256 of the vertices and faces in their order, as 64
// hexadecimal digits, the same on every platform. Name and warnings do not
// count.
func (m *Mesh) Hash() string {
	w := hashWriter{sum: sha256.New()}
	w.bytes = append(w.bytes, "semrob mesh 1\n"...)
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, uint64(len(m.Vertices)))
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, uint64(len(m.Faces)))
	for _, position := range m.Vertices {
		w.words(math.Float32bits(position[0]), math.Float32bits(position[1]), math.Float32bits(position[2]))
	}
	for _, face := range m.Faces {
		w.words(uint32(face[0]), uint32(face[1]), uint32(face[2]))
	}
	w.flush()
	return hex.EncodeToString(w.sum.Sum(nil))
}

// hashWriter collects words and hashes them in large pieces.
type hashWriter struct {
	sum   hash.Hash
	bytes []byte
}

func (w *hashWriter) words(a, b, c uint32) {
	w.bytes = binary.LittleEndian.AppendUint32(w.bytes, a)
	w.bytes = binary.LittleEndian.AppendUint32(w.bytes, b)
	w.bytes = binary.LittleEndian.AppendUint32(w.bytes, c)
	if len(w.bytes) >= 32<<10 {
		w.flush()
	}
}

func (w *hashWriter) flush() {
	w.sum.Write(w.bytes)
	w.bytes = w.bytes[:0]
}
