package mesh

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
)

// Hash returns the SHA-256 of the vertices and faces in order, and of any normals,
// texture coordinates, materials and textures, as 64 hexadecimal digits. It is the
// same on every platform. Names and warnings do not count.
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
	if m.hasLook() {
		w.look(m)
	}
	w.flush()
	return hex.EncodeToString(w.sum.Sum(nil))
}

// hasLook reports whether the mesh has more than a shape.
func (m *Mesh) hasLook() bool {
	return m.FaceNormals != nil || m.FaceTexCoords != nil || m.FaceMaterials != nil
}

// look adds everything but the shape, each part after its length.
func (w *hashWriter) look(m *Mesh) {
	w.bytes = append(w.bytes, "look 1\n"...)
	w.count(len(m.Normals))
	for _, n := range m.Normals {
		w.words(math.Float32bits(n[0]), math.Float32bits(n[1]), math.Float32bits(n[2]))
	}
	w.count(len(m.TexCoords))
	for _, t := range m.TexCoords {
		w.words(math.Float32bits(t[0]), math.Float32bits(t[1]), 0)
	}
	for _, corners := range [][][3]int32{m.FaceNormals, m.FaceTexCoords} {
		w.count(len(corners))
		for _, face := range corners {
			w.words(uint32(face[0]), uint32(face[1]), uint32(face[2]))
		}
	}
	w.count(len(m.FaceMaterials))
	for _, i := range m.FaceMaterials {
		w.words(uint32(i), 0, 0)
	}
	w.materials(m.Materials)
}

// materials adds colours, and each texture once.
func (w *hashWriter) materials(materials []Material) {
	w.count(len(materials))
	known := map[*Texture]int{}
	for _, m := range materials {
		w.words(math.Float32bits(m.Diffuse[0]), math.Float32bits(m.Diffuse[1]), math.Float32bits(m.Diffuse[2]))
		at, seen := known[m.Texture]
		if m.Texture == nil {
			at, seen = -1, true
		} else if !seen {
			at = len(known)
			known[m.Texture] = at
		}
		w.words(uint32(at), 0, 0)
		if t := m.Texture; !seen {
			w.words(uint32(t.Width), uint32(t.Height), uint32(t.WrapU)<<8|uint32(t.WrapV))
			w.flush()
			w.sum.Write(t.Pixels)
		}
	}
}

func (w *hashWriter) count(n int) {
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, uint64(n))
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
