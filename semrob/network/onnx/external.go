package onnx

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// deepest limits the nesting of graphs, as in the branches of If.
const deepest = 16

// checkGraph reports the first use of a value that no earlier node makes, and the
// first tensor in an external file that is not an initializer of the model. known
// are the values that exist before the nodes; depth is 0 for the model's graph.
func checkGraph(nodes []*node, known map[string]bool, depth int) error {
	if depth > deepest {
		return fmt.Errorf("graphs are nested more than %d deep", deepest)
	}
	for _, n := range nodes {
		for _, in := range n.inputs {
			if in != "" && !known[in] { // "" is an omitted input
				return fmt.Errorf("the node %s of %q uses %q, which no earlier node makes: the model is inconsistent, export it again", n.op, n.outputs[0], in)
			}
		}
		for _, a := range n.attributes {
			if err := checkAttribute(a, known, depth); err != nil {
				return fmt.Errorf("in the node %s of %q: %w", n.op, n.outputs[0], err)
			}
		}
		for _, out := range n.outputs {
			known[out] = true
		}
	}
	return nil
}

// checkAttribute checks the tensors and graphs of a node's attribute.
func checkAttribute(a message, known map[string]bool, depth int) error {
	for _, data := range slices.Concat(a.all(attributeTensor), a.all(attributeTensors)) {
		if err := checkEmbedded(data); err != nil {
			return err
		}
	}
	for _, data := range slices.Concat(a.all(attributeGraph), a.all(attributeGraphs)) {
		graph, err := parse(data)
		if err != nil {
			return err
		}
		within := make(map[string]bool, len(known))
		for name := range known {
			within[name] = true
		}
		for _, data := range graph.all(graphInitializer) {
			if err := checkEmbedded(data); err != nil {
				return err
			}
			t, err := parse(data)
			if err != nil {
				return err
			}
			within[t.text(tensorName)] = true
		}
		for _, data := range graph.all(graphInput) {
			v, err := parse(data)
			if err != nil {
				return err
			}
			within[v.text(valueName)] = true
		}
		nodes, err := parseNodes(graph)
		if err != nil {
			return err
		}
		if err := checkGraph(nodes, within, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkEmbedded reports a tensor whose values are in another file.
func checkEmbedded(data []byte) error {
	t, err := parse(data)
	if err == nil && t.integer(tensorLocation) == external {
		err = fmt.Errorf("the constant %q is in another file, which is supported only for weights: export the model into one file", t.text(tensorName))
	}
	return err
}

// locations returns the external files of initializers, each once, sorted by
// name.
func (f *file) locations() ([]string, error) {
	var all []string
	for _, t := range f.initializers {
		if t.integer(tensorLocation) != external {
			continue
		}
		for _, data := range t.all(tensorExternal) {
			entry, err := parse(data)
			if err != nil {
				return nil, err
			}
			if entry.text(1) == "location" {
				all = append(all, entry.text(2))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// digest returns a hash of the external weights files, nil if all weights are in
// the model's file. The files must be below the model's folder, and no link may
// lead out of it.
func (f *file) digest(folder string) ([]byte, error) {
	names, err := f.locations()
	if err != nil || len(names) == 0 {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	sum := sha256.New()
	for _, name := range names {
		if err := addFile(sum, root, name); err != nil {
			return nil, fmt.Errorf("its weights are in the file %.100q: %w", name, err)
		}
	}
	return sum.Sum(nil), nil
}

// addFile writes a file's name and hash to sum.
func addFile(sum io.Writer, root *os.Root, name string) error {
	if !filepath.IsLocal(name) {
		return errors.New("the file is outside the model's folder and was not read: put it next to the model and export again")
	}
	about, err := root.Stat(name)
	if err != nil {
		return err
	}
	if !about.Mode().IsRegular() { // a pipe would block
		return errors.New("not a regular file")
	}
	opened, err := root.Open(name)
	if err != nil {
		return err
	}
	defer opened.Close()
	content := sha256.New()
	if _, err := io.Copy(content, opened); err != nil {
		return err
	}
	fmt.Fprintf(sum, "%q %x\n", name, content.Sum(nil)) // a hash.Hash never returns an error
	return nil
}
