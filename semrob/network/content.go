package network

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/pth"
)

// content is the format of a file.
type content int

const (
	unknownContent content = iota
	safetensorsContent
	torchContent
	onnxContent
)

// foreign are formats that are recognised and not read, with what to do.
var foreign = []struct{ begin, what string }{
	{"GGUF", "a GGUF file of a language model, not an image classifier's weights"},
	{"version https://git-lfs", "a pointer of Git LFS, not the file itself: run `git lfs pull` in its repository, or download it again"},
	{"<!doctype html", "an HTML page, not weights: the download needs a login or another address"},
	{"<html", "an HTML page, not weights: the download needs a login or another address"},
	{"\x89hdf\r\n", "an HDF5 file, as Keras writes: export the model to ONNX with tf2onnx"},
}

// errForeign is about a file in a format that is not read.
type errForeign struct{ path, what string }

func (e *errForeign) Error() string { return fmt.Sprintf("%s is %s", e.path, e.what) }

// contentOf recognises a file by its content.
func contentOf(path string) (content, error) {
	about, err := os.Stat(path)
	if err != nil {
		return unknownContent, err
	}
	if about.IsDir() {
		return unknownContent, &errForeign{path, "a folder: name a weights file or an .onnx model in it"}
	}
	if !about.Mode().IsRegular() { // a pipe would block
		return unknownContent, &errForeign{path, "not a regular file"}
	}
	file, err := os.Open(path)
	if err != nil {
		return unknownContent, err
	}
	defer file.Close()
	begin := make([]byte, 64)
	n, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return unknownContent, err
	}
	begin = begin[:n]
	lower := bytes.ToLower(bytes.TrimLeft(begin, " \t\r\n\xef\xbb\xbf"))
	for _, f := range foreign {
		if bytes.HasPrefix(lower, bytes.ToLower([]byte(f.begin))) {
			return unknownContent, &errForeign{path, f.what}
		}
	}
	switch {
	case len(begin) >= 8 && string(begin[4:8]) == "TFL3":
		return unknownContent, &errForeign{path, "a TensorFlow Lite model: export the model to ONNX with tf2onnx"}
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")):
		return torchContent, kerasIn(path)
	case len(begin) >= 2 && begin[0] == 0x80 && begin[1] <= 5 && bytes.Contains(begin, []byte("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")):
		return torchContent, nil
	case len(begin) > 8 && begin[8] == '{' && binary.LittleEndian.Uint64(begin) <= uint64(about.Size()):
		return safetensorsContent, nil
	case len(begin) >= 2 && begin[0] == 0x08 && begin[1] < 0x20: // the version of the format
		return onnxContent, nil
	}
	return unknownContent, nil
}

// kerasIn reports that a zip archive is a Keras model. Others are PyTorch's.
func kerasIn(path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil // reading it reports the problem
	}
	defer archive.Close()
	for _, member := range archive.File {
		if member.Name == "model.weights.h5" {
			return &errForeign{path, "a Keras model: export it to ONNX with model.export(\"model.onnx\", format=\"onnx\") or tf2onnx"}
		}
	}
	return nil
}

// readWeights reads a weights file.
func readWeights(path string, of content) (weights.Set, map[string]string, error) {
	if of == safetensorsContent {
		return weights.ReadSafetensors(path)
	}
	set, err := pth.Read(path)
	return set, nil, err
}

// formatOf is the format that an ending promises.
func formatOf(ending string) content {
	switch strings.ToLower(ending) {
	case ".onnx":
		return onnxContent
	case ".safetensors":
		return safetensorsContent
	case ".pth", ".pt", ".bin", ".tar", ".ckpt":
		return torchContent
	}
	return unknownContent
}
