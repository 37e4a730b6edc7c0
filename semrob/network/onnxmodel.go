package network

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/onnx"
)

// openONNX opens an ONNX model. The file does not name its normalisation:
// Standard is ImageNet's, the most common one, or colours 0…255 for a model of
// images of type uint8.
func openONNX(path string, options OpenOptions) (*Network, error) {
	m, err := onnx.Open(path, onnx.Options{Layout: options.Layout, InputSize: options.InputSize, Output: options.Output})
	if err != nil {
		return nil, err
	}
	by := imageNetNormalisation
	if m.Bytes { // colours 0…255
		by = normalisation{grey(0), grey(1. / 255)}
	}
	d := Definition{
		Name:      strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)),
		InputSize: m.InputSize,
		Labels:    classLabels(m.Classes),
		Mean:      by.mean, Std: by.std,
		Graph: m.Graph, Output: m.Output,
	}
	for _, c := range m.Constants {
		d.Constants = append(d.Constants, Constant{Name: c.Name, Shape: c.Shape, Data: c.Data})
	}
	n, err := Define(d)
	if err != nil {
		return nil, fmt.Errorf("opening the ONNX model %s: %w", path, err)
	}
	n.fingerprint = func() string { return m.Fingerprint }
	n.own, n.whole, n.batch = &m.Form, m.Whole, m.Batch()
	if m.Quantised != "" {
		n.constant = fmt.Sprintf("its operator %s rounds to whole numbers", m.Quantised)
	}
	return n, nil
}

// classLabels returns ImageNet's labels for 1000 classes, and numbers
// otherwise.
func classLabels(classes int) []string {
	labels := ImageNet()
	if len(labels) == classes {
		return labels
	}
	labels = make([]string, classes)
	for i := range labels {
		labels[i] = fmt.Sprintf("class %d", i)
	}
	return labels
}
