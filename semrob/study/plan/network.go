package plan

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
)

// open opens the network, for its labels and its fingerprint, and finds the
// file that holds its weights.
func (n *Network) open(ctx context.Context, dir string) error {
	architecture, source, named := strings.Cut(n.Name, "=")
	if !named {
		architecture, source = "", n.Name
	}
	opens := n.Name
	if isWeights(source) && !strings.HasPrefix(source, hub.Prefix) { // from the plan's folder, there or not
		n.File.Path = source
		opens = join(architecture, At(dir, source))
	} else if path, err := fetch.Path(n.Name); err == nil {
		n.File.Path = path
	}
	opened, err := network.OpenWith(ctx, opens, network.OpenOptions{})
	if err != nil {
		return err
	}
	n.opened, n.Fingerprint = opened, opened.Fingerprint()
	return nil
}

func join(architecture, path string) string {
	if architecture == "" {
		return path
	}
	return architecture + "=" + path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// OpensWith returns the name by which network.OpenWith opens a network of this
// name from its file, wherever that lies.
func OpensWith(name, path string) string {
	architecture, _, named := strings.Cut(name, "=")
	switch {
	case named:
		return join(architecture, path)
	case isWeights(name):
		return path
	}
	return join(name, path)
}

// isWeights reports whether a name is that of a file.
func isWeights(name string) bool {
	return slices.Contains([]string{".safetensors", ".pth", ".pt", ".bin", ".onnx"}, strings.ToLower(filepath.Ext(name)))
}
