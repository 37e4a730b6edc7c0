package network

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

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

// Outside is what a network needs outside of this program.
type Outside string

const (
	// Code is a network that runs a person's code.
	Code Outside = "python"
	// Server is a network that sends its images to a server.
	Server Outside = "http"
)

// ErrNotAllowed is wrapped by errors about a network that somebody else named and
// nobody here allowed.
var ErrNotAllowed = errors.New("is not allowed")

// Allowed are names of networks that may be opened although a result or an item of
// somebody else names them: whole names, patterns of path.Match, or the beginning
// before a colon, such as python, http or hf, for all of them. They come from the
// command line or the program, never from a file.
type Allowed []string

// Has reports whether a name is allowed.
func (a Allowed) Has(name string) bool {
	return slices.ContainsFunc(a, func(pattern string) bool {
		scheme, _, _ := strings.Cut(name, ":")
		if ok, err := path.Match(pattern, name); ok && err == nil || pattern == name || pattern == scheme {
			return true
		}
		return pattern == string(Server) && KindOf(name).Outside == Server // https too
	})
}

// Check returns an error that wraps ErrNotAllowed if a network runs code or uses a
// server, and is not allowed.
func (a Allowed) Check(name string) error {
	needs := KindOf(name).Outside
	if needs == "" || a.Has(name) {
		return nil
	}
	what := "runs code"
	if needs == Server {
		what = "sends its pictures to a server"
	}
	return fmt.Errorf("the network %s %s, which %w here: if you trust it, add --allow %[1]s to this command", name, what, ErrNotAllowed)
}

// SplitFile splits the name of a network in a file into the file's path and what
// stands before and after it; ok is false for other names.
func SplitFile(name string) (before, file, after string, ok bool) {
	if rest, is := strings.CutPrefix(name, pythonPrefix); is {
		file, _ := splitPython(rest)
		return pythonPrefix, file, rest[len(file):], file != ""
	}
	if strings.HasPrefix(name, hub.Prefix) || isAddress(name) {
		return "", "", "", false
	}
	before, file, named := strings.Cut(name, "=")
	if !named {
		before, file = "", name
	} else {
		before += "="
	}
	if formatOf(filepath.Ext(file)) == unknownContent {
		return "", "", "", false
	}
	return before, file, "", true
}

func isAddress(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// openAs opens "resnet50=weights.pth".
func openAs(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	a, source, _ := strings.Cut(name, "=")
	if a == "" {
		// Kinds that run code or use a server refuse any architecture. Without one, their
		// names would pass here, unseen by Allowed.
		return nil, fmt.Errorf("the network %q names no architecture before the =: write ARCHITECTURE=FILE, or leave out the =", name)
	}
	if options.Architecture != "" && architecture.Normal(options.Architecture) != architecture.Normal(a) {
		return nil, fmt.Errorf("the network %q names the architecture %s, but the options name %s: name one", name, a, options.Architecture)
	}
	options.Architecture = a
	return open(ctx, source, options)
}
