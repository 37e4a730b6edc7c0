// Package server classifies images with a model on a server that speaks the Open
// Inference Protocol (version 2 of KServe's), as Triton, KServe, MLServer and OpenVINO
// Model Server do.
//
// The model's metadata gives its input, its layout and its type. Images travel as
// binary tensors if the server has that extension, otherwise as JSON. Requests are
// tried again if the server is busy or away for a moment.
package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// Options are what a model's metadata does not say.
type Options struct {
	// InputSize is the height and width of the images; 0 means the metadata's.
	InputSize int
	// Layout is "nchw" or "nhwc"; "" means the metadata's.
	Layout string
	// Output is the name of the output with the scores; "" means the only one.
	Output string
}

// Network is a model on a server. It is safe for concurrent use.
type Network struct {
	// InputSize is the height and width of the images, Classes the number of scores of
	// an image.
	InputSize, Classes int
	// Bytes is whether the model takes colours as bytes, 0…255.
	Bytes bool
	// Fingerprint identifies the address, the metadata and the answer to two images.
	Fingerprint string
	// LikeProbabilities is whether the scores of two images are positive with sum 1.
	LikeProbabilities bool

	client  *http.Client
	address *url.URL // of the model
	version string   // of the model that answered first
	input   tensorAbout
	output  string
	nchw    bool
	// single models take one image without an axis for a batch; fixed is the number of
	// images of a request, 0 for any.
	single bool
	fixed  int
	binary bool
	most   atomic.Int64 // images of a request
}

// tensorAbout is an input or output in metadata.
type tensorAbout struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

// about is a model's metadata.
type about struct {
	Name     string        `json:"name"`
	Versions []string      `json:"versions"`
	Platform string        `json:"platform"`
	Inputs   []tensorAbout `json:"inputs"`
	Outputs  []tensorAbout `json:"outputs"`
}

// usual is the number of images of a request unless the model or the server allows
// fewer.
const usual = 16

var modelPath = regexp.MustCompile(`/v2/models/[^/]+(/versions/[^/]+)?/?$`)

// IsModel reports whether an address is that of a model.
func IsModel(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && modelPath.MatchString(u.Path)
}

// Open reads a model's metadata, and tries it on two images.
func Open(ctx context.Context, address string, o Options) (*Network, error) {
	n, err := open(ctx, address, o)
	if err != nil {
		return nil, fmt.Errorf("opening the network at %s: %w", hidden(address), err)
	}
	return n, nil
}

func open(ctx context.Context, address string, o Options) (*Network, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("it is not an address: write http(s)://HOST/v2/models/NAME")
	}
	if err := safeToken(u); err != nil {
		return nil, err
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	n := &Network{address: u, client: newClient()}
	n.most.Store(usual)
	var model about
	if err := n.get(ctx, u.Path, &model); err != nil {
		return nil, err
	}
	if err := n.takeInput(model, o); err != nil {
		return nil, err
	}
	if err := n.takeOutput(model, o); err != nil {
		return nil, err
	}
	n.binary = n.hasBinary(ctx)
	if !n.binary && n.input.Datatype == "FP16" {
		return nil, errors.New("its input is FP16, which needs binary tensors, and the server does not have that extension")
	}
	if err := n.probe(ctx, model); err != nil {
		return nil, err
	}
	return n, nil
}

// hidden returns an address without a password.
func hidden(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the address"
	}
	return u.Redacted()
}

// inputTypes are the types of images that can be sent.
var inputTypes = []string{"FP32", "FP16", "FP64", "UINT8"}

// takeInput finds the images among a model's inputs.
func (n *Network) takeInput(model about, o Options) error {
	if len(model.Inputs) != 1 {
		names := make([]string, len(model.Inputs))
		for i, t := range model.Inputs {
			names[i] = t.Name
		}
		return fmt.Errorf("it has %d inputs (%s) instead of one, the images", len(names), strings.Join(names, ", "))
	}
	n.input = model.Inputs[0]
	if !slices.Contains(inputTypes, n.input.Datatype) {
		return fmt.Errorf("its input %s has the type %q: images are sent as %s", n.input.Name, n.input.Datatype, strings.Join(inputTypes, ", "))
	}
	n.Bytes = n.input.Datatype == "UINT8"
	shape := n.input.Shape
	if len(shape) == 3 {
		n.single, n.fixed = true, 1
	} else if len(shape) == 4 {
		if shape[0] > 0 {
			n.fixed = shape[0]
		}
		shape = shape[1:]
	} else {
		return fmt.Errorf("its input %s has the shape %v: images have [n, 3, S, S] or [n, S, S, 3]", n.input.Name, shape)
	}
	first, last := shape[0] == 3 || shape[0] < 0, shape[2] == 3 || shape[2] < 0
	switch {
	case o.Layout == "nchw" && !first, o.Layout == "nhwc" && !last, !first && !last:
		return fmt.Errorf("its input %s has the shape %v, in which the axis of the three colours is not where it has to be", n.input.Name, n.input.Shape)
	case o.Layout != "":
		n.nchw = o.Layout == "nchw"
	case shape[0] == 3 && shape[2] != 3:
		n.nchw = true
	case shape[2] == 3 && shape[0] != 3:
	default:
		return fmt.Errorf("its input %s has the shape %v, which does not tell where the colours are: give --layout nchw or nhwc", n.input.Name, n.input.Shape)
	}
	sides := shape[:2]
	if n.nchw {
		sides = shape[1:]
	}
	for _, side := range sides {
		if side <= 0 {
			continue // any
		}
		if n.InputSize > 0 && n.InputSize != side {
			return fmt.Errorf("its images have %d×%d pixels: only square ones are supported", sides[0], sides[1])
		}
		n.InputSize = side
	}
	if o.InputSize > 0 {
		if n.InputSize > 0 && n.InputSize != o.InputSize {
			return fmt.Errorf("its images have %d×%d pixels, not %d×%[3]d: leave out --input-size", n.InputSize, n.InputSize, o.InputSize)
		}
		n.InputSize = o.InputSize
	}
	if n.InputSize == 0 {
		return errors.New("it takes images of any size: give --input-size")
	}
	return nil
}

// takeOutput finds the scores among a model's outputs.
func (n *Network) takeOutput(model about, o Options) error {
	var names []string
	for _, t := range model.Outputs {
		names = append(names, t.Name)
	}
	switch {
	case o.Output != "":
		if len(names) > 0 && !slices.Contains(names, o.Output) {
			return fmt.Errorf("it has no output %q: choose one of %s", o.Output, strings.Join(names, ", "))
		}
		n.output = o.Output
	case len(names) == 1:
		n.output = names[0]
	default:
		return fmt.Errorf("it has %d outputs (%s): name that of the scores with --output", len(names), strings.Join(names, ", "))
	}
	return nil
}

// hasBinary asks the server whether it has the extension for binary tensors. Servers
// that do not answer have it not.
func (n *Network) hasBinary(ctx context.Context) bool {
	var server struct {
		Extensions []string `json:"extensions"`
	}
	root := n.address.Path[:strings.LastIndex(n.address.Path, "/models/")]
	return n.get(ctx, root, &server) == nil && slices.Contains(server.Extensions, "binary_tensor_data")
}

// probe classifies two images: for the number of classes, and for the fingerprint.
func (n *Network) probe(ctx context.Context, model about) error {
	s, count := n.InputSize, 2
	images := make([]float32, count*s*s*3)
	for i := range images {
		images[i] = 0.5
		if i >= len(images)/2 { // a ramp
			images[i] = float32(i/3%s) / float32(s)
		}
		if n.Bytes {
			images[i] *= 255
		}
	}
	scores, err := n.Scores(ctx, images, count)
	if err != nil {
		return err
	}
	n.LikeProbabilities = n.Classes > 1
	for i := range count {
		sum := 0.0
		for _, v := range scores[i*n.Classes:][:n.Classes] {
			n.LikeProbabilities = n.LikeProbabilities && v >= 0
			sum += float64(v)
		}
		n.LikeProbabilities = n.LikeProbabilities && math.Abs(sum-1) < 1e-3
	}
	most := 0.0
	for _, v := range scores {
		most = max(most, math.Abs(float64(v)))
	}
	text, err := json.Marshal(model)
	if err != nil {
		return err
	}
	sum := sha256.New()
	plain := *n.address
	plain.User = nil
	fmt.Fprintf(sum, "%s %s %s %s", plain.String(), text, n.version, n.output)
	for _, v := range scores { // a server's rounding may change from time to time
		fmt.Fprintf(sum, " %.2f", float64(v)/cmp.Or(most, 1))
	}
	n.Fingerprint = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// HasGradient reports that the protocol has no gradients.
func (n *Network) HasGradient() bool { return false }

// GradientOf is an error.
func (n *Network) GradientOf(context.Context, []float32, int, []float32) (scores, gradients []float32, err error) {
	return nil, nil, errors.New("a server gives no gradient: use methods without gradients")
}

// Acquire and Release do nothing: connections end by themselves.
func (n *Network) Acquire() {}

// Release does nothing.
func (n *Network) Release() error { return nil }
