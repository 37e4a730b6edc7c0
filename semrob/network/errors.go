package network

import (
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
)

// ErrNoWeights is wrapped by errors about weights that are not on disk; their
// texts say how to get them.
var ErrNoWeights = fetch.ErrNoWeights

// UnknownNetworkError reports a name that Open does not know.
type UnknownNetworkError struct {
	// Name is the name that was asked for.
	Name string
	// Known are the names to choose from, in addition to files and repositories.
	Known []string
}

func (e *UnknownNetworkError) Error() string {
	return fmt.Sprintf("unknown network %q: choose %s, a weights file (.safetensors, .pth, .pt, .bin), an .onnx model or hf:owner/name", e.Name, strings.Join(e.Known, ", "))
}

// ClassCandidate is a class that may have been meant.
type ClassCandidate struct {
	Class int
	Label string
}

// UnknownClassError reports a class that a network does not have.
type UnknownClassError struct {
	// Network is the network's name, Classes its number of classes.
	Network string
	Classes int
	// Class is what was asked for: a label, an index out of range, or nothing.
	Class string
	// Candidates are the classes with the most similar labels; none for an index.
	Candidates []ClassCandidate
}

func (e *UnknownClassError) Error() string {
	switch {
	case e.Class == "":
		return fmt.Sprintf("no class given: name one of the %d classes of %s or its index", e.Classes, e.Network)
	case e.Candidates == nil:
		return fmt.Sprintf("class %s is outside 0…%d, the classes of %s", e.Class, e.Classes-1, e.Network)
	}
	return fmt.Sprintf("unknown class %q: did you mean %s?", e.Class, choice(e.Candidates))
}

// AmbiguousClassError reports a part of a label that several classes share, or
// a label whose letters match several classes apart from their case, or that
// several classes have.
type AmbiguousClassError struct {
	// Class is what was asked for.
	Class string
	// Candidates are all classes that it matches.
	Candidates []ClassCandidate
}

func (e *AmbiguousClassError) Error() string {
	text := fmt.Sprintf("class %q is ambiguous: choose %s", e.Class, choice(e.Candidates))
	if c := e.Candidates; len(c) > 1 && c[0].Label == c[1].Label {
		text += ", by the number"
	}
	return text
}

// choice lists classes with their indices, the first few of many.
func choice(classes []ClassCandidate) string {
	const most = 5
	var names []string
	for _, c := range classes[:min(len(classes), most)] {
		names = append(names, fmt.Sprintf("%q (%d)", c.Label, c.Class))
	}
	if more := len(classes) - most; more > 0 {
		return fmt.Sprintf("%s or one of %d others", strings.Join(names, ", "), more)
	}
	return enum.Choice(names)
}
