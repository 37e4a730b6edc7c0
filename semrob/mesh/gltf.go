package mesh

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qmuntal/gltf"
)

const (
	// maxGLTF bounds a glTF or GLB file, in bytes.
	maxGLTF = 2 << 30
	// maxGLTFText bounds its JSON part, and maxGLTFObjects the objects in it: a
	// few bytes of JSON become hundreds in memory.
	maxGLTFText    = 64 << 20
	maxGLTFObjects = 1 << 20
)

// gltfExtensions are the extensions, besides those of materials, that are supported
// or do not change the picture.
var gltfExtensions = []string{
	"KHR_texture_transform", "KHR_mesh_quantization", "KHR_lights_punctual", "KHR_node_visibility", "KHR_xmp_json_ld", "KHR_animation_pointer",
	"EXT_mesh_gpu_instancing", "EXT_texture_webp", "KHR_texture_basisu",
}

// errCompressed returns the error for a compressed mesh.
func errCompressed(extension, path string) error {
	return fmt.Errorf("the mesh is compressed with %s, which is not supported: decompress it with `npx @gltf-transform/cli copy %s out.glb`", extension, filepath.Base(path))
}

// readGLTF reads a glTF 2.0 or GLB file: the triangles of all nodes of its scene
// in their places, with normals, colours, base colours, emission and their textures.
// Skins and morph targets have their default pose; cameras, lights and animations
// are ignored.
func readGLTF(path string, file io.Reader, size int64, from *folder) (m *Mesh, err error) {
	// A damaged document may have indices out of range.
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("%s: the glTF document is inconsistent: %v", path, r)
		}
	}()
	if size > maxGLTF {
		return nil, fmt.Errorf("%s: the file has more than %d MiB: simplify the mesh first", path, maxGLTF>>20)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxGLTF))
	if err != nil {
		return nil, fmt.Errorf("%s: reading it failed: %w", path, err)
	}
	g := gltfReader{path: path, mesh: &Mesh{}, from: from}
	if g.document, err = decodeGLTF(path, data, from); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := g.scene(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	g.exact.apply(g.mesh)
	g.pictures.remark(path, &g.warn)
	g.mesh.Name = path
	g.warn.give(g.mesh)
	if err := g.mesh.Check(); err != nil {
		return nil, err
	}
	return g.mesh, nil
}

// decodeGLTF reads the document and its buffers.
func decodeGLTF(path string, data []byte, from *folder) (*gltf.Document, error) {
	text, rest, err := splitGLB(data)
	if err != nil {
		return nil, err
	}
	if err := checkGLTF(path, text, len(rest)); err != nil {
		return nil, err
	}
	document := new(gltf.Document)
	if err := json.Unmarshal(text, document); err != nil {
		return nil, fmt.Errorf("the glTF document cannot be read: %w", err)
	}
	// The library's decoder would refuse buffers in a parent folder, which LoadIn
	// allows.
	for i, b := range document.Buffers {
		b.Data, err = bufferData(b, rest, from)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the file %s, which holds its shape, is missing: copy it beside %s, or name a folder that contains both (mesh-root)", quote([]byte(b.URI)), filepath.Base(path))
		} else if err != nil {
			return nil, fmt.Errorf("buffer %d cannot be read: %w", i, err)
		}
	}
	return document, nil
}

// bufferData returns the bytes of a buffer that checkGLTF accepted, from its URI
// or from the chunk after the JSON text of a GLB file.
func bufferData(b *gltf.Buffer, rest []byte, from *folder) ([]byte, error) {
	if b.URI != "" {
		data, _, err := readURI(b.URI, maxGLTF, from)
		if err != nil && !strings.HasPrefix(b.URI, "data:") {
			return nil, fmt.Errorf("%s: %w", quote([]byte(b.URI)), err)
		}
		return data[:min(len(data), b.ByteLength)], err
	}
	length := int(binary.LittleEndian.Uint32(rest))
	if string(rest[4:8]) != "BIN\x00" || length < b.ByteLength {
		return nil, errors.New("the chunk after the JSON is missing or shorter than the JSON says: export the file again")
	}
	return rest[8:][:b.ByteLength], nil
}

// splitGLB returns the JSON text of a glTF or GLB file, and the rest of a GLB
// file.
func splitGLB(data []byte) (text, rest []byte, err error) {
	if !bytes.HasPrefix(data, []byte("glTF")) {
		return bytes.TrimSpace(data), nil, nil
	}
	if len(data) < 20 || string(data[16:20]) != "JSON" {
		return nil, nil, errors.New("the GLB file ends within its header, or has no JSON first: export it again")
	}
	if version := binary.LittleEndian.Uint32(data[4:]); version != 2 {
		return nil, nil, fmt.Errorf("the GLB file is glTF %d: convert it to glTF 2.0, for example with `npx gltf-pipeline -i FILE -o out.glb`", version)
	}
	length := int(binary.LittleEndian.Uint32(data[12:]))
	if length > len(data)-20 {
		return nil, nil, errors.New("the GLB file is shorter than its header says: copy it again")
	}
	return bytes.TrimRight(data[20:20+length], " \x00\n\r\t"), data[20+length:], nil
}

// checkGLTF checks the JSON text before memory is allocated for it: no buffer may
// be longer than maxGLTF, nor the one in a GLB file longer than the rest of the
// file.
func checkGLTF(path string, text []byte, rest int) error {
	if len(text) > maxGLTFText {
		return fmt.Errorf("the JSON has %d MiB, more than the %d supported: export it as GLB", len(text)>>20, maxGLTFText>>20)
	}
	if n := bytes.Count(text, []byte("{")); n > maxGLTFObjects {
		return fmt.Errorf("the JSON has %d objects, more than the %d supported: simplify the scene", n, maxGLTFObjects)
	}
	var first struct{ Asset struct{ Version string } }
	if err := json.Unmarshal(text, &first); err == nil && !strings.HasPrefix(first.Asset.Version, "2.") {
		return fmt.Errorf("the file is glTF %s: convert it to glTF 2.0, for example with `npx gltf-pipeline -i %s -o out.glb`", cmp.Or(first.Asset.Version, "without a version"), filepath.Base(path))
	}
	var outline struct {
		ExtensionsRequired []string
		Buffers            []*struct {
			URI        string
			ByteLength int
		}
	}
	if err := json.Unmarshal(text, &outline); err != nil {
		return fmt.Errorf("the JSON cannot be read: %w", err)
	}
	for _, name := range outline.ExtensionsRequired {
		switch {
		case strings.HasPrefix(name, "KHR_materials_"), slices.Contains(gltfExtensions, name):
		case strings.Contains(name, "compression"):
			return errCompressed(name, path)
		default:
			return fmt.Errorf("the file needs the extension %s, which is not supported: export it without", name)
		}
	}
	total := 0
	for i, b := range outline.Buffers {
		switch {
		case b == nil || b.ByteLength < 1 || b.ByteLength > maxGLTF:
			return fmt.Errorf("buffer %d has no length, or one beyond %d MiB", i, maxGLTF>>20)
		case b.URI == "" && (i > 0 || b.ByteLength > rest-8):
			return fmt.Errorf("buffer %d has %d bytes according to the JSON, but is not in the file", i, b.ByteLength)
		}
		if total += b.ByteLength; total > maxGLTF {
			return fmt.Errorf("the buffers have more than %d MiB", maxGLTF>>20)
		}
	}
	return nil
}

// readURI returns the data in a URI, or the file that it names, and a remark if that
// has another name.
func readURI(uri string, limit int64, from *folder) (data []byte, remark string, err error) {
	if rest, ok := strings.CutPrefix(uri, "data:"); ok {
		kind, data, ok := strings.Cut(rest, ",")
		if !ok {
			return nil, "", errors.New("the data URI has no comma")
		}
		if strings.HasSuffix(kind, ";base64") {
			decoded, err := base64.StdEncoding.DecodeString(data)
			if err != nil {
				decoded, err = base64.RawStdEncoding.DecodeString(data)
			}
			return decoded, "", err
		}
		plain, err := url.PathUnescape(data)
		return []byte(plain), "", err
	}
	if isURL(uri) {
		return nil, "", errOutside
	}
	if plain, err := url.PathUnescape(uri); err == nil {
		uri = plain
	} // else the name has a percent sign
	return from.read(uri, limit)
}
