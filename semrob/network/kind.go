package network

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
)

// Kind is a kind of names of networks.
type Kind struct {
	// Form is how the names are written, Means what they name.
	Form, Means string
	// Outside is what such a network needs outside of this program; "" is nothing.
	Outside Outside

	is   func(name string) bool
	open func(ctx context.Context, name string, options OpenOptions) (*Network, error)
}

// Kinds returns the kinds of names, in the order in which OpenWith tries them. Every
// name is of one kind: the last one takes all that are left.
func Kinds() []Kind {
	return []Kind{
		{
			Form: "NAME", Means: "a network that the program registered (network.Register)",
			is:   func(name string) bool { return lookupRegistered(name) != nil },
			open: func(_ context.Context, name string, _ OpenOptions) (*Network, error) { return lookupRegistered(name)() },
		}, {
			Form: hub.Prefix + "OWNER/NAME[@REVISION]", Means: "a repository of a model hub: weights, an ONNX model, or CLIP's and DINOv2's kind",
			is: func(name string) bool { return strings.HasPrefix(name, hub.Prefix) }, open: openRepository,
		}, {
			Form: pythonPrefix + "FILE.py[:NAME]", Means: "a network in Python; runs the file", Outside: Code,
			is: func(name string) bool { return strings.HasPrefix(name, pythonPrefix) }, open: openPython,
		}, {
			Form: "http(s)://HOST/v2/models/NAME", Means: "a network on a server of the Open Inference Protocol", Outside: Server,
			is: isAddress, open: openAddress,
		}, {
			Form: "ARCHITECTURE=FILE", Means: "a file of weights and its architecture",
			is: func(name string) bool { return strings.Contains(name, "=") }, open: openAs,
		}, {
			Form: "FILE", Means: "a file of weights (safetensors, PyTorch) or an ONNX model, recognised by its content",
			is: isFile, open: openFile,
		}, {
			Form: "ARCHITECTURE", Means: "an architecture with its usual weights (semrob network list)",
			is: func(string) bool { return true }, open: openNamed,
		},
	}
}

// KindOf returns the kind of a name.
func KindOf(name string) Kind {
	all := Kinds()
	return all[slices.IndexFunc(all, func(k Kind) bool { return k.is(name) })]
}

// Outside is what a network needs outside of this program. Somebody who got a plan, an
// item of a study or a result from somebody else has to permit it first.
type Outside string

const (
	// Code is a network that runs a person's code.
	Code Outside = "python"
	// Server is a network that sends its images to a server.
	Server Outside = "http"
)

// Outsides are the values by name.
var Outsides = enum.Of("permission", Code, Server)

// ErrNotAllowed is wrapped by errors about a network that needs a permission.
var ErrNotAllowed = errors.New("is not allowed")

// Allowed are permissions. They come from the command line or the program, never from
// a plan, an item or a file.
type Allowed []Outside

// ParseAllowed reads permissions separated by commas, such as "python,http".
func ParseAllowed(text string) (Allowed, error) {
	var all Allowed
	for _, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		o, err := Outsides.Parse(name)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// String returns the text that ParseAllowed reads.
func (a Allowed) String() string {
	names := make([]string, len(a))
	for i, o := range a {
		names[i] = string(o)
	}
	return strings.Join(names, ",")
}

// Check returns an error that wraps ErrNotAllowed if a network needs a permission that
// is missing.
func (a Allowed) Check(name string) error {
	needs := KindOf(name).Outside
	if needs == "" || slices.Contains(a, needs) {
		return nil
	}
	what := "runs code"
	if needs == Server {
		what = "sends its pictures to a server"
	}
	return fmt.Errorf("the network %s %s, which %w here: if you trust it, add --allow %s to this command", name, what, ErrNotAllowed, needs)
}

// SplitFile splits the name of a network in a file into the file's path and what
// stands before and after it; ok is false for other names.
func SplitFile(name string) (before, path, after string, ok bool) {
	if rest, is := strings.CutPrefix(name, pythonPrefix); is {
		path, object := splitPython(rest)
		return pythonPrefix, path, rest[len(path):], path != "" && (object != "" || path == rest)
	}
	if strings.HasPrefix(name, hub.Prefix) || isAddress(name) {
		return "", "", "", false
	}
	before, path, named := strings.Cut(name, "=")
	if !named {
		before, path = "", name
	} else {
		before += "="
	}
	return before, path, "", formatOf(filepath.Ext(path)) != unknownContent
}

func isAddress(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// openAs opens "resnet50=weights.pth".
func openAs(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	a, source, _ := strings.Cut(name, "=")
	if options.Architecture != "" && architecture.Normal(options.Architecture) != architecture.Normal(a) {
		return nil, fmt.Errorf("the network %q names the architecture %s, but the options name %s: name one", name, a, options.Architecture)
	}
	options.Architecture = a
	return open(ctx, source, options)
}
