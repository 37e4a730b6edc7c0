// Package enum reads types of a few named values, such as a shading or a
// precision, in one way wherever they come from: flags, plans, files and code.
//
// A type registers its values once and gets its two methods from that:
//
//	var shadings = enum.Of("shading", Flat, Smooth)
//
//	func (s *Shading) UnmarshalText(text []byte) error { return shadings.Unmarshal(s, text) }
//	func (s Shading) MarshalText() ([]byte, error)     { return []byte(s), nil }
package enum

import (
	"fmt"
	"strings"
)

// Set is the values of a type. The first one is the default: what an empty text
// stands for.
type Set[T ~string] struct {
	what   string
	values []T
}

// Of returns the set of a type's values; what names the type in messages, such
// as "shading".
func Of[T ~string](what string, values ...T) Set[T] { return Set[T]{what, values} }

// Parse returns the value with this name. Case, and _ for -, make no
// difference; "" is the default. Other names are an *UnknownError.
func (s Set[T]) Parse(name string) (T, error) {
	if name == "" {
		return s.values[0], nil
	}
	normal := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for _, v := range s.values {
		if string(v) == normal {
			return v, nil
		}
	}
	return "", &UnknownError{What: s.what, Name: name, Known: s.Names()}
}

// Unmarshal is Parse for encoding.TextUnmarshaler.
func (s Set[T]) Unmarshal(into *T, text []byte) error {
	v, err := s.Parse(string(text))
	if err == nil {
		*into = v
	}
	return err
}

// All returns the values, the default first. The caller must not change them.
func (s Set[T]) All() []T { return s.values }

// Names returns the names of the values, the default first.
func (s Set[T]) Names() []string {
	names := make([]string, len(s.values))
	for i, v := range s.values {
		names[i] = string(v)
	}
	return names
}

// String returns the names as in "flat or smooth", for help.
func (s Set[T]) String() string { return Choice(s.Names()) }

// Choice joins names as in "a, b or c".
func Choice(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// UnknownError is the error for a name that is not in a table of names.
type UnknownError struct {
	// What is the kind of thing that is named, such as "shading".
	What string
	// Name is what was asked for.
	Name string
	// Known are the names that there are.
	Known []string
}

// Error says what is unknown, and what to choose from.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown %s %q: choose %s", e.What, e.Name, Choice(e.Known))
}
