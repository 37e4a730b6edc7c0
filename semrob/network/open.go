package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/pth"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// OpenOptions say what a file or a repository does not tell of itself. The
// zero value leaves everything to it.
type OpenOptions struct {
	// Architecture is that of the weights in a file or repository. Where it is
	// empty, it is what the file says, or the one whose parameters fit.
	Architecture string
	// Labels is a file with the names of the classes; see ReadLabels. Where it
	// is empty, they are those of the weights; where these have none,
	// ImageNet's for 1000 classes, and "class 0", "class 1" … for others.
	Labels string
	// InputSize is the height and width of the images; 0 is what the network
	// was made for.
	InputSize int
	// Layout of an ONNX model's images is "nchw" or "nhwc"; "" is found from
	// where the three channels are.
	Layout string
	// Output of an ONNX model is "logits" or "probabilities"; "" means logits,
	// those before the softmax where the model ends in one.
	Output string
	// Progress, where it is set, hears how many kilobytes of a download have
	// come.
	Progress progress.Progress `json:"-"`
}

// Open returns the network of a name; see OpenWith.
func Open(name string) (*Network, error) {
	return OpenWith(context.Background(), name, OpenOptions{})
}

// OpenWith returns a network with its trained weights. name is one of
//
//	efficientnet-lite0        a network of Names; "_" and "-" and upper and lower case are the same
//	weights.safetensors       a file of weights: .safetensors, .pth, .pt or .bin
//	resnet50=weights.pth      the same, and its architecture
//	model.onnx                an ONNX model
//	hf:owner/name@revision    a repository of a model hub; @revision may be left out
//
// ctx ends a download.
func OpenWith(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	n, err := open(ctx, strings.TrimSpace(name), options)
	if err != nil {
		return nil, err
	}
	return withLabels(n, options)
}

// withLabels gives a network the labels of the options, where they name some.
func withLabels(n *Network, options OpenOptions) (*Network, error) {
	if options.Labels == "" {
		return n, nil
	}
	labels, err := ReadLabels(options.Labels)
	if err != nil {
		return nil, err
	}
	if len(labels) != len(n.Labels) {
		return nil, fmt.Errorf("the network %s has %d classes, %s has %d labels: give one for each", n.Name, len(n.Labels), options.Labels, len(labels))
	}
	relabelled := *n // a registered network may be shared
	relabelled.Labels = labels
	return &relabelled, nil
}

func open(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	if own := lookupRegistered(name); own != nil {
		return own()
	}
	if strings.HasPrefix(name, hub.Prefix) {
		return openRepository(ctx, name, options)
	}
	if a, source, ok := strings.Cut(name, "="); ok {
		if options.Architecture != "" && architecture.Normal(options.Architecture) != architecture.Normal(a) {
			return nil, fmt.Errorf("the network %q names the architecture %s, and %s is asked for: name one", name, a, options.Architecture)
		}
		options.Architecture = a
		return open(ctx, source, options)
	}
	switch ending := strings.ToLower(filepath.Ext(name)); ending {
	case ".onnx":
		if err := absent(name, ""); err != nil {
			return nil, err
		}
		return openONNX(name, options)
	case ".safetensors", ".pth", ".pt", ".bin":
		if err := absent(name, options.Architecture); err != nil {
			return nil, err
		}
		set, metadata, err := readFile(name, ending)
		if err != nil {
			return nil, err
		}
		if options.Architecture == "" {
			options.Architecture = metadata["architecture"]
		}
		return fromSet(name, set, options)
	}
	return openNamed(ctx, name, options)
}

// absent reports a file of weights that is not there; named is the architecture,
// where the name has one.
func absent(path, named string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // what else may be wrong is said when it is read
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		whole = path
	}
	if known := architecture.Normal(named); fetch.Can(known) || home(known) != "" {
		return fmt.Errorf("opening the network %s: %s: %w: name a file that is there, as in %s=weights.safetensors, or run `semrob network fetch %s` and name %s alone",
			named, whole, fs.ErrNotExist, known, known, known)
	}
	return fmt.Errorf("opening a network: %s: %w: name a file that is there, or a network of `semrob network list`", whole, fs.ErrNotExist)
}

// readFile reads a file of weights by the ending of its name.
func readFile(path, ending string) (weights.Set, map[string]string, error) {
	if ending == ".safetensors" {
		return weights.ReadSafetensors(path)
	}
	set, err := pth.Read(path)
	return set, nil, err
}

// fromSet makes a network of weights from a file.
func fromSet(source string, set weights.Set, options OpenOptions) (*Network, error) {
	a, set, err := architectureOf(set, options.Architecture)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", source, err)
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
	return n, nil
}

// openNamed opens a network of Names.
func openNamed(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	a, err := architecture.Lookup(name)
	if err != nil {
		if _, missing := os.Stat(name); missing == nil {
			return nil, fmt.Errorf("the file %s is none of .safetensors, .pth, .pt, .bin and .onnx: rename it to what it is", name)
		}
		return nil, fmt.Errorf("unknown network %q: there are %s, files of weights (.safetensors, .pth, .pt, .bin), .onnx models and hf:owner/name", name, strings.Join(Names(), ", "))
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
	n.Name = name // openRepository's own copy
	return n, nil
}

// trained returns the weights that belong to a name.
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

// Names returns the networks that Open knows by name: those registered, and all
// architectures. See OnDisk for whether their weights are there.
func Names() []string { return append(registeredNames(), architecture.Names()...) }

// OnDisk tells whether Open finds the weights of a network of Names without a
// download.
func OnDisk(name string) bool {
	name = architecture.Normal(name)
	if name == "efficientnet-lite0" || lookupRegistered(name) != nil {
		return true
	}
	if atHome(name) {
		return true
	}
	_, err := fetch.Path(name)
	return err == nil
}

// Origin tells where the weights of a network of Names come from, "" where
// there are none.
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

// Fetchable returns the networks of Names whose weights Fetch brings.
func Fetchable() []string {
	var names []string
	for _, name := range architecture.Names() {
		if fetch.Can(name) || home(name) != "" {
			names = append(names, name)
		}
	}
	return names
}

// Fetch brings a network's weights to the user's disk, where they are not there
// already, and opens it. name is as in OpenWith.
func Fetch(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	normal := architecture.Normal(name)
	if from := home(normal); from != "" && lookupRegistered(name) == nil {
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

// kilobytes tells p how many kilobytes of a download have come.
func kilobytes(p progress.Progress, what string) func(done, total int64) {
	told, started := int64(0), false
	return func(done, total int64) {
		if !started {
			p.Start(int(total/1000), what)
			started = true
		}
		if more := done/1000 - told; more > 0 {
			p.Add(int(more))
			told += more
		}
	}
}
