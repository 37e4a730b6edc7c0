package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
	"github.com/semrob/gonb-semrob/semrob/network/onnx"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/pth"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// OpenOptions are what a file or repository does not say. The zero value leaves
// everything to it.
type OpenOptions struct {
	// Architecture of the weights in a file or repository; "" means the one that
	// the file names, or else the one whose parameters fit.
	Architecture string `json:"architecture,omitempty"`
	// Labels is a file with the names of the classes; see ReadLabels. "" means
	// those that come with the weights, or else ImageNet's for 1000 classes, and
	// "class 0", "class 1" … for any other number.
	Labels string `json:"labels,omitempty"`
	// Prompt is the text of a zero-shot class, with {} for its label; "" means
	// DefaultPrompt.
	Prompt string `json:"prompt,omitempty"`
	// InputSize is the height and width of the images; 0 means the network's
	// own.
	InputSize int `json:"input_size,omitempty"`
	// Layout of an ONNX model's images; "" finds it from the position of the
	// three channels.
	Layout Layout `json:"layout,omitempty"`
	// Output of an ONNX model, or the name of one of its outputs; "" means logits,
	// those before the softmax if the model ends in one.
	Output Output `json:"output,omitempty"`
	// Progress, if set, receives the downloaded kilobytes.
	Progress progress.Progress `json:"-"`

	// promptLabels are Labels, where they are prompts.
	promptLabels string
}

// Layout is the order of the axes of an ONNX model's images.
type Layout = onnx.Layout

// The layouts of images.
const (
	// NCHW is [image, channel, height, width].
	NCHW = onnx.NCHW
	// NHWC is [image, height, width, channel].
	NHWC = onnx.NHWC
)

// Layouts are the layouts by name.
var Layouts = onnx.Layouts

// Open is OpenWith without options.
func Open(name string) (*Network, error) {
	return OpenWith(context.Background(), name, OpenOptions{})
}

// OpenWith returns a network with its trained weights. Kinds lists the kinds of names:
//
//	efficientnet-lite0        a network of Names; case, and _ for -, make no difference
//	weights.safetensors       a weights file, recognised by its content
//	resnet50=weights.pth      the same with its architecture
//	model.onnx                an ONNX model
//	hf:owner/name@revision    a model-hub repository; @revision is optional
//	python:file.py:name       a network in Python; :name is optional. It runs the file.
//	https://host/v2/models/m  a network on a server of the Open Inference Protocol
//
// Cancelling ctx ends a download. An unknown name is an *UnknownNetworkError,
// missing weights are ErrNoWeights.
func OpenWith(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	n, err := open(ctx, strings.TrimSpace(name), options)
	if err != nil {
		return nil, err
	}
	return withLabels(n, options)
}

// withLabels gives a network the labels of the options, if there are any.
func withLabels(n *Network, options OpenOptions) (*Network, error) {
	if options.Labels == "" {
		return n, nil
	}
	labels, err := ReadLabels(options.Labels)
	if err != nil {
		return nil, err
	}
	if len(labels) != len(n.Labels) {
		return nil, fmt.Errorf("the network %s has %d classes, %s has %d labels: give one label per class", n.Name, len(n.Labels), options.Labels, len(labels))
	}
	relabelled := *n // a registered network may be shared
	relabelled.Labels = labels
	return &relabelled, nil
}

// maxSide limits the height and width of images.
const maxSide = 1 << 13

func open(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	if s := options.InputSize; s < 0 || s > maxSide {
		return nil, fmt.Errorf("opening the network %s: the input size is %d: give 1 to %d pixels, or none for the network's own", name, s, maxSide)
	}
	return KindOf(name).open(ctx, name, options)
}

// isFile reports whether a name is that of a file: it has the ending of one, or is not
// an architecture and exists.
func isFile(name string) bool {
	if formatOf(filepath.Ext(name)) != unknownContent {
		return true
	}
	if _, err := architecture.Lookup(name); err == nil {
		return false
	}
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// openFile opens a file of weights or an ONNX model.
func openFile(_ context.Context, name string, options OpenOptions) (*Network, error) {
	format := formatOf(filepath.Ext(name))
	switch found, err := contentOf(name); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("opening a network: %w", err)
	case found != unknownContent:
		format = found
	case format == unknownContent:
		return nil, fmt.Errorf("opening a network: the file %s is neither a weights file (safetensors or PyTorch) nor an ONNX model", name)
	}
	if format == onnxContent {
		if err := absent(name, ""); err != nil {
			return nil, err
		}
		return openONNX(name, options)
	}
	if err := absent(name, options.Architecture); err != nil {
		return nil, err
	}
	if options.Layout != "" || options.Output != "" {
		return nil, fmt.Errorf("opening %s: a layout or an output can only be chosen for an ONNX model", name)
	}
	set, metadata, err := readWeights(name, format)
	if err != nil {
		return nil, err
	}
	if options.Architecture == "" {
		options.Architecture = metadata["architecture"]
	}
	return fromSet(name, set, options)
}

// absent reports a weights file that does not exist; named is its architecture,
// if known.
func absent(path, named string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // reading it reports other problems
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		whole = path
	}
	what, how := "a network", "or a network of `semrob network list`"
	if known := architecture.Normal(named); fetch.Can(known) || home(known) != "" {
		what = "the network " + known
		how = fmt.Sprintf("as in %[1]s=weights.safetensors, or run `semrob network fetch %[1]s` and name %[1]s alone", known)
	}
	return fmt.Errorf("opening %s: %w: %s: %w: name an existing file, %s", what, ErrNoWeights, whole, fs.ErrNotExist, how)
}

// fromSet makes a network of the weights in a file.
func fromSet(source string, set weights.Set, options OpenOptions) (*Network, error) {
	set = set.WithoutPrefixes()
	original := set
	a, set, err := architectureOf(set, options.Architecture)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", source, err)
	}
	renamed := slices.ContainsFunc(a.Parameters(), func(p weights.Parameter) bool {
		_, same := original[p.Name]
		_, now := set[p.Name]
		return now && !same && !strings.HasPrefix(p.Name, "AuxLogits.")
	})
	if renamed || len(antialiased[a.Name]) > 0 { // timm's
		if err := ambiguous(a, filepath.Base(source), options.Architecture != ""); err != nil {
			return nil, fmt.Errorf("opening %s: %w", source, err)
		}
	}
	if err := set.CheckFinite(); err != nil {
		return nil, fmt.Errorf("opening %s: %w", source, err)
	}
	if options.InputSize > 0 {
		a.InputSize = options.InputSize
	}
	n, err := New(a, set, classLabels(a.Classes))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", source, err)
	}
	if renamed && strings.HasPrefix(a.Name, "vit-") {
		n.unsure = "timm's vision transformers were trained with either of two normalisations, and its file does not say which: give --preprocess inception (mean and std 0.5, as most) or imagenet"
	}
	return n, nil
}

// openNamed opens a network of Names.
func openNamed(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	a, err := architecture.Lookup(name)
	if err != nil {
		return nil, &UnknownNetworkError{Name: name, Known: Names()}
	}
	if atHome(a.Name) {
		return openHome(ctx, a.Name, options)
	}
	if options.InputSize > 0 {
		a.InputSize = options.InputSize
	}
	set, err := trained(a.Name)
	if err != nil {
		return nil, fmt.Errorf("opening the network %s: %w", a.Name, err)
	}
	return New(a, set, ImageNet())
}

// openHome opens the repository of an architecture's usual weights under the
// architecture's name.
func openHome(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	options.Architecture = name
	n, err := openRepository(ctx, home(name), options)
	if err != nil {
		return nil, fmt.Errorf("opening the network %s: %w", name, err)
	}
	n.Name = name // n is openRepository's copy
	return n, nil
}

// trained returns the weights of an architecture.
func trained(name string) (weights.Set, error) {
	if name == "efficientnet-lite0" {
		return lite0.Weights()
	}
	if !fetch.Can(name) {
		return nil, noWeights(name)
	}
	file, err := fetch.Path(name)
	if err != nil {
		return nil, err
	}
	return pth.Read(file)
}

// Names returns the networks that Open knows by name: registered networks, then
// all architectures, whether or not their weights are on disk.
func Names() []string { return append(registeredNames(), architecture.Names()...) }

// Known reports whether a name is one of Names, however it is spelled.
func Known(name string) bool {
	return lookupRegistered(name) != nil || slices.Contains(architecture.Names(), architecture.Normal(name))
}

// OnDisk reports whether Open finds the weights of a network of Names, or of a
// repository of a model hub, without a download.
func OnDisk(name string) bool {
	if r, err := hub.Parse(name); err == nil {
		return r.Cached(repositoryFiles)
	}
	name = architecture.Normal(name)
	if name == "efficientnet-lite0" || lookupRegistered(name) != nil || atHome(name) {
		return true
	}
	_, err := fetch.Path(name)
	return err == nil
}

// Origin returns the source of the weights of a network of Names, "" if there is
// none.
func Origin(name string) string {
	name = architecture.Normal(name)
	switch {
	case lookupRegistered(name) != nil:
		return "this program"
	case name == "efficientnet-lite0":
		return "part of the module (Apache-2.0)"
	case fetch.Can(name):
		return fetch.Origin(name)
	}
	return home(name)
}

// Fetchable returns the networks of Names whose weights Fetch can download.
func Fetchable() []string {
	var names []string
	for _, name := range architecture.Names() {
		if fetch.Can(name) || home(name) != "" {
			names = append(names, name)
		}
	}
	return names
}

// Fetch downloads a network's weights unless they are on disk, and opens the
// network. name is as in OpenWith.
func Fetch(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	normal := architecture.Normal(name)
	if home(normal) != "" && lookupRegistered(name) == nil {
		n, err := openHome(ctx, normal, options)
		if err != nil {
			return nil, err
		}
		return withLabels(n, options)
	}
	if fetch.Can(normal) {
		watch := fetch.Options{}
		if options.Progress != nil {
			defer options.Progress.Done()
			watch.Progress = kilobytes(options.Progress, "fetching "+normal+" (kB)")
		}
		if _, err := fetch.Fetch(ctx, normal, watch); err != nil {
			return nil, err
		}
	}
	return OpenWith(ctx, name, options)
}

// kilobytes reports the downloaded bytes to p, in kilobytes.
func kilobytes(p progress.Progress, what string) func(done, total int64) {
	reported, started := int64(0), false
	return func(done, total int64) {
		if !started {
			p.Start(int(total/1000), what)
			started = true
		}
		if more := done/1000 - reported; more > 0 {
			p.Add(int(more))
			reported += more
		}
	}
}
