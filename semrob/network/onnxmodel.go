package network

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/onnx"
)

// openONNX opens an ONNX model. The file does not name its normalisation:
// Standard is ImageNet's, the most common one.
func openONNX(path string, options OpenOptions) (*Network, error) {
	m, err := onnx.Open(path, onnx.Options{Layout: options.Layout, InputSize: options.InputSize, Output: options.Output})
	if err != nil {
		return nil, err
	}
	d := Definition{
		Name:      strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)),
		InputSize: m.InputSize,
		Labels:    classLabels(m.Classes),
		Mean:      imageNetNormalisation.mean, Std: imageNetNormalisation.std,
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
