package mesh

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// sniffed is the number of bytes that formatOf looks at.
const sniffed = 4 << 10

var errPointer = errors.New("the file is a pointer of Git LFS, not the content: run `git lfs pull` in its repository")

// isPointer reports whether a file's content is a pointer of Git LFS.
func isPointer(data []byte) bool {
	return bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/"))
}

// unsupported are formats by the beginning of a file.
var unsupported = []struct{ magic, says string }{
	{"\x1f\x8b", "this is a file packed with gzip: unpack it first with `gunzip -k FILE`"},
	{"PK\x03\x04", "this is a zip archive: unpack it first with `unzip FILE`, and give the path of the mesh in it"},
	{"7z\xbc\xaf", "this is a 7z archive: unpack it first with `7z x FILE`, and give the path of the mesh in it"},
	{"Kaydara FBX", "this is an FBX file: export it as GLB, for example with Blender"},
	{"BLENDER", "this is a Blender file: export it as GLB"},
	{"\x28\xb5\x2f\xfd", "this is a file packed with Zstandard: unpack it first, or export it as GLB"},
	{"PXR-USDC", "this is a USD file: export it as GLB, for example with Blender"},
	{"#usda", "this is a USD file: export it as GLB, for example with Blender"},
	{"OFF\n", "this is an OFF file: convert it to OBJ or PLY, for example with MeshLab"},
	{"OFF\r", "this is an OFF file: convert it to OBJ or PLY, for example with MeshLab"},
	{"DRACO", "this is a Draco file: convert it to PLY with `draco_decoder -i FILE -o mesh.ply`"},
	{"\x89PNG", "this is a PNG image: give the path of a mesh file"},
	{"\xff\xd8\xff", "this is a JPEG image: give the path of a mesh file"},
	{"<!doctype", "this is a web page: download the mesh file itself"},
	{"<html", "this is a web page: download the mesh file itself"},
	{"<?xml", "this is an XML file, such as COLLADA or X3D: export it as GLB, for example with Blender"},
}

// extensions are formats by the endings of names, for files that do not show it.
var extensions = map[string]string{
	".fbx": "FBX", ".dae": "COLLADA", ".3ds": "3DS", ".blend": "Blender", ".usd": "USD", ".usda": "USD", ".usdc": "USD", ".usdz": "USD",
	".off": "OFF", ".x3d": "X3D", ".wrl": "VRML", ".step": "STEP", ".stp": "STEP", ".iges": "IGES", ".igs": "IGES", ".3mf": "3MF", ".3dm": "Rhino",
	".skp": "SketchUp", ".max": "3ds Max", ".ma": "Maya", ".mb": "Maya", ".c4d": "Cinema 4D", ".zip": "zip", ".gz": "gzip", ".drc": "Draco",
}

// formatOf returns the format of a file that begins with head: ".gltf" for glTF and
// GLB, ".stl", ".ply" or ".obj".
func formatOf(path string, head []byte) (string, error) {
	if isPointer(head) {
		return "", errPointer
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	lower := bytes.ToLower(text)
	for _, u := range unsupported {
		if bytes.HasPrefix(text, []byte(u.magic)) || bytes.HasPrefix(lower, []byte(u.magic)) {
			return "", errors.New(strings.ReplaceAll(u.says, "FILE", filepath.Base(path)))
		}
	}
	extension := strings.ToLower(filepath.Ext(path))
	if extension == ".mtl" {
		return "", errors.New("this is a material file: give the path of the OBJ file that names it")
	}
	if name, ok := extensions[extension]; ok {
		return "", fmt.Errorf("%s files are not supported: convert it to GLB or OBJ, for example with Blender", name)
	}
	switch {
	case bytes.HasPrefix(head, []byte("glTF")), bytes.HasPrefix(text, []byte("{")):
		return ".gltf", nil
	case bytes.HasPrefix(text, []byte("ply\n")), bytes.HasPrefix(text, []byte("ply\r")), bytes.HasPrefix(text, []byte("ply ")):
		return ".ply", nil
	}
	switch extension {
	case ".gltf", ".glb":
		return ".gltf", nil
	case ".stl", ".ply", ".obj":
		return extension, nil
	}
	if line, rest, _ := bytes.Cut(lower, []byte("\n")); bytes.HasPrefix(line, []byte("solid")) && bytes.Contains(rest, []byte("facet")) {
		return ".stl", nil
	}
	return ".obj", nil
}
