package mesh

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
)

// Hash returns the SHA-256 of the vertices and faces in order, and of any normals,
// texture coordinates, colours, materials and textures, as 64 hexadecimal digits. It is the
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
	return m.FaceNormals != nil || m.FaceGroups != nil || m.FaceTexCoords != nil || m.FaceMaterials != nil || m.FaceColours != nil
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
	if m.FaceColours != nil {
		w.bytes = append(w.bytes, "colours 1\n"...)
		w.count(len(m.Colours))
		for _, c := range m.Colours {
			w.colour(c)
		}
		for _, face := range m.FaceColours {
			w.words(uint32(face[0]), uint32(face[1]), uint32(face[2]))
		}
	}
	if m.FaceGroups != nil {
		w.bytes = append(w.bytes, "groups 1\n"...)
		w.count(len(m.FaceGroups))
		for _, g := range m.FaceGroups {
			w.words(uint32(g), 0, 0)
		}
	}
}

func (w *hashWriter) colour(c [3]float32) {
	w.words(math.Float32bits(c[0]), math.Float32bits(c[1]), math.Float32bits(c[2]))
}

// materials adds colours, and each texture once. What is at its default is left
// out, so that meshes without it keep their hash.
func (w *hashWriter) materials(materials []Material) {
	w.count(len(materials))
	known := map[*Texture]int{}
	for _, m := range materials {
		w.colour(m.Diffuse)
		w.texture(m.Texture, known)
		if m.Emission != [3]float32{} {
			w.bytes = append(w.bytes, "emission"...)
			w.colour(m.Emission)
			w.texture(m.EmissionTexture, known)
		}
		if m.Unlit {
			w.bytes = append(w.bytes, "unlit"...)
		}
		if m.SingleSided {
			w.bytes = append(w.bytes, "single-sided"...)
		}
		if m.Cutoff > 0 {
			w.bytes = append(w.bytes, "cut-off"...)
			w.words(math.Float32bits(m.Cutoff), 0, 0)
			if m.Texture != nil && m.Texture.Alpha != nil {
				w.flush()
				w.sum.Write(m.Texture.Alpha)
			}
		}
	}
}

// texture adds a texture, or its place among those known.
func (w *hashWriter) texture(t *Texture, known map[*Texture]int) {
	at, seen := known[t]
	if t == nil {
		at, seen = -1, true
	} else if !seen {
		at = len(known)
		known[t] = at
	}
	w.words(uint32(at), 0, 0)
	if !seen {
		w.words(uint32(t.Width), uint32(t.Height), uint32(t.WrapU)<<8|uint32(t.WrapV))
		w.flush()
		w.sum.Write(t.Pixels)
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
