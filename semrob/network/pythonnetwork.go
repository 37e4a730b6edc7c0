package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/python"
)

// pythonPrefix starts the name of a network in Python.
const pythonPrefix = "python:"

var pythonName = regexp.MustCompile(`^(.+\.py)(?::([\p{L}_][\p{L}\p{N}_]*))?$`)

// splitPython splits "file.py:name"; file is "" if the text is neither that nor
// "file.py".
func splitPython(text string) (file, object string) {
	parts := pythonName.FindStringSubmatch(text)
	if parts == nil {
		return "", ""
	}
	return parts[1], parts[2]
}

// openPython opens a network in Python, whose code it runs. The network takes colours
// 0…1 unless --preprocess names a normalisation.
func openPython(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	file, object := splitPython(strings.TrimPrefix(name, pythonPrefix))
	if file == "" {
		return nil, fmt.Errorf("the network %q is not a Python file: write python:FILE.py or python:FILE.py:NAME", name)
	}
	if options.Architecture != "" {
		return nil, fmt.Errorf("opening %s: code has no architecture that could be chosen: leave it out", name)
	}
	if options.Output != "" && options.Output != Logits && options.Output != Probabilities {
		return nil, fmt.Errorf("opening %s: its output is %s or %s, not %q", name, Logits, Probabilities, options.Output)
	}
	about, err := os.Stat(file)
	if err == nil && !about.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	p, err := python.Open(ctx, file, object, python.FileOptions{InputSize: options.InputSize, Output: string(options.Output), Layout: string(options.Layout)})
	if err != nil {
		return nil, err
	}
	labels := p.Labels
	if labels == nil {
		labels = classLabels(p.Classes)
	}
	n := hosted(strings.TrimSuffix(filepath.Base(file), ".py"), p.InputSize, labels, Output(p.Output), p.Fingerprint, p)
	if object != "" {
		n.Name += ":" + object
	}
	if p.OwnPreprocess() {
		n.preprocesses = "its file preprocesses the images"
	}
	if !p.HasGradient() {
		n.constant = "its file has no gradient(images, weights), and it is not a torch.nn.Module"
	}
	return n, nil
}

// hosted returns the network of a host.
func hosted(name string, size int, labels []string, output Output, fingerprint string, h host) *Network {
	fingerprint = hexSum(fmt.Sprintf("%s %d %s", fingerprint, size, output))
	return &Network{
		Name: name, InputSize: size, Labels: labels, Std: grey(1), Crop: 1,
		output: output, fingerprint: func() string { return fingerprint }, checked: &gradientCheck{}, host: h,
	}
}
