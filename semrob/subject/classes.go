package subject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/classset"
	"github.com/semrob/gonb-semrob/semrob/network"
)

// Accept selects the answers that are right.
type Accept string

// The values of Accept.
const (
	AcceptClass Accept = "class" // the class or classes of Subject.Class
	AcceptSet   Accept = "set"   // all classes of the set that contains the class
)

// Accepts lists the values of Accept.
var Accepts = enum.Of("accept", AcceptClass, AcceptSet)

// UnmarshalText reads a name; "" is the default.
func (a *Accept) UnmarshalText(text []byte) error { return Accepts.Unmarshal(a, text) }

// MarshalText returns the name.
func (a Accept) MarshalText() ([]byte, error) { return []byte(a), nil }

// Classes returns the indices of the accepted classes of a subject for a network,
// ascending, and a name for them: the label of one class, or the name of a set.
//
// Class is read as follows. If it names one class as a whole (network.Network.Class),
// it is that class, also if its label has commas. Otherwise commas separate classes,
// and of several ways to read them as labels the longest from the left is taken:
// "great white shark, white shark, tench" are two classes if the first label is "great
// white shark, white shark". A part such as "@chair" is a set of ClassSets.
//
// Errors are those of network.Network.Class, or an *enum.UnknownError for a set.
func (s Subject) Classes(n *network.Network) (indices []int, label string, err error) {
	if strings.TrimSpace(s.Class) == "" {
		return nil, "", fmt.Errorf("%w: give the class that the network should recognise, such as teapot", ErrNoClass)
	}
	sets, err := classset.Open(s.ClassSets)
	if err != nil {
		return nil, "", err
	}
	if indices, label, err = classes(n, sets, s.Class); err != nil {
		return nil, "", orSet(err, sets, s.Class)
	}
	if s.Accept == AcceptSet {
		indices, label, err = widened(n, sets, indices, label)
	}
	return indices, label, err
}

// orSet adds the set of the same name to the error about a class that is not clear.
func orSet(err error, sets []classset.Collection, text string) error {
	if _, none := classset.Find(sets, text); none != nil || strings.HasPrefix(text, "@") {
		return err
	}
	return fmt.Errorf("%w; or accept the set @%s", err, text)
}

// classes reads the text of Subject.Class.
func classes(n *network.Network, sets []classset.Collection, text string) (indices []int, label string, err error) {
	parts, labels := strings.Split(text, ","), []string(nil)
	for len(parts) > 0 {
		found, name, used, err := longest(n, sets, parts)
		if err != nil {
			return nil, "", err
		}
		indices, labels, parts = append(indices, found...), append(labels, name), parts[used:]
	}
	slices.Sort(indices)
	return slices.Compact(indices), listed(labels), nil
}

// longest reads the longest beginning of parts that is a class or a set. The error is
// that of the first part, or of the whole if it is ambiguous.
func longest(n *network.Network, sets []classset.Collection, parts []string) (indices []int, label string, used int, err error) {
	if name, ok := strings.CutPrefix(strings.TrimSpace(parts[0]), "@"); ok {
		set, err := classset.Find(sets, strings.TrimSpace(name))
		if err != nil {
			return nil, "", 0, err
		}
		indices, err := set.On(n.Name, n.Labels)
		return indices, named(n, set.Name, indices), 1, err
	}
	for used = len(parts); used > 0; used-- {
		var class int
		if class, err = n.Class(strings.Join(parts[:used], ",")); err == nil {
			return []int{class}, n.Label(class), used, nil
		}
		if ambiguous := new(network.AmbiguousClassError); errors.As(err, &ambiguous) && used > 1 {
			return nil, "", 0, err
		}
	}
	return nil, "", 0, err
}

// widened returns all classes of the set that contains the class.
func widened(n *network.Network, sets []classset.Collection, indices []int, label string) ([]int, string, error) {
	if len(indices) != 1 {
		return nil, "", fmt.Errorf("accept set widens one class to its set, but %s are several: leave out accept", label)
	}
	set, err := classset.With(sets, indices[0], n.Labels)
	if err != nil {
		return nil, "", err
	}
	indices, err = set.On(n.Name, n.Labels)
	return indices, named(n, set.Name, indices), err
}

// named names a set, as in "chair (4 classes)", or its only class.
func named(n *network.Network, name string, indices []int) string {
	if len(indices) == 1 {
		return n.Label(indices[0])
	}
	return fmt.Sprintf("%s (%d classes)", name, len(indices))
}

// listed joins labels, as in "folding chair, throne and 2 more".
func listed(labels []string) string {
	const most = 3
	if more := len(labels) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(labels[:most], ", "), more)
	}
	return strings.Join(labels, ", ")
}
