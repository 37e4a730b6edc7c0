package plan

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// reader walks the tree of a YAML file and collects problems.
type reader struct {
	problems []Problem
}

func (r *reader) wrong(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{Line: line, Err: fmt.Errorf(format, args...)})
}

// err returns the problems, by line, as an *Error.
func (r *reader) err(file string) error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return &Error{File: file, Problems: r.problems}
}

func lineOf(node ast.Node) int {
	if token := node.GetToken(); token != nil {
		return token.Position.Line
	}
	return 0
}

// parse returns the tree of a file, or nil.
func (r *reader) parse(data []byte) ast.Node {
	if line, err := checkShape(data); err != nil {
		r.wrong(line, "%w", err)
		return nil
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		var located yaml.Error
		if errors.As(err, &located) && located.GetToken() != nil {
			r.wrong(located.GetToken().Position.Line, "not YAML: %s", located.GetMessage())
		} else {
			r.wrong(0, "not YAML: %w", err)
		}
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			return doc.Body
		}
	}
	r.wrong(1, "the file is empty: list networks and objects")
	return nil
}

// field reads the value of a key.
type field func(ast.Node)

// mapping calls the field of each key, and reports unknown and duplicate keys. It
// returns the keys.
func (r *reader) mapping(node ast.Node, what string, fields map[string]field) map[string]bool {
	there := map[string]bool{}
	var entries []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		entries = n.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{n}
	default:
		r.wrong(lineOf(node), "%s must be keys with values, such as %s: …", what, slices.Min(slices.Collect(maps.Keys(fields))))
		return there
	}
	for _, entry := range entries {
		key := entry.Key.GetToken().Value
		do, ok := fields[key]
		switch {
		case !ok:
			r.wrong(lineOf(entry.Key), "%w", &enum.UnknownError{What: "key of " + what, Name: key, Known: slices.Sorted(maps.Keys(fields))})
		case there[key]:
			r.wrong(lineOf(entry.Key), "%s has the key %q twice", what, key)
		default:
			do(entry.Value)
		}
		there[key] = true
	}
	return there
}

// list calls do for each entry.
func (r *reader) list(node ast.Node, what string, do func(ast.Node)) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		r.wrong(lineOf(node), "%s must be a list: [a, b], or a line with a dash for each", what)
		return
	}
	for _, entry := range sequence.Values {
		do(entry)
	}
}

// some is list for a list with one entry at least.
func (r *reader) some(node ast.Node, what string, do func(ast.Node)) {
	if sequence, ok := node.(*ast.SequenceNode); ok && len(sequence.Values) == 0 {
		r.wrong(lineOf(node), "%s is an empty list: give one entry at least, or leave the key out", what)
	}
	r.list(node, what, do)
}

// pairs calls do for each key and value, whatever the keys.
func (r *reader) pairs(node ast.Node, what string, do func(key string, value ast.Node)) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, entry := range n.Values {
			do(entry.Key.GetToken().Value, entry.Value)
		}
	case *ast.MappingValueNode:
		do(n.Key.GetToken().Value, n.Value)
	default:
		r.wrong(lineOf(node), "%s must be keys with values", what)
	}
}

// text reads a string, or a number as a string.
func (r *reader) text(what string, into *string) field {
	return func(node ast.Node) {
		switch n := node.(type) {
		case *ast.StringNode:
			*into = n.Value
		case *ast.LiteralNode:
			*into = strings.TrimSpace(n.Value.Value)
		case *ast.IntegerNode, *ast.FloatNode:
			*into = node.GetToken().Value
		default:
			r.wrong(lineOf(node), "%s must be text", what)
		}
	}
}

// boolean reads true or false.
func (r *reader) boolean(what string, into *bool) field {
	return func(node ast.Node) {
		n, ok := node.(*ast.BoolNode)
		if !ok {
			r.wrong(lineOf(node), "%s must be true or false, not %s", what, node)
			return
		}
		*into = n.Value
	}
}

// number reads a finite number in [low, high].
func (r *reader) number(what string, low, high float64, into *float64) field {
	return func(node ast.Node) {
		var x float64
		if err := yaml.NodeToValue(node, &x); err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			r.wrong(lineOf(node), "%s must be a number, not %s", what, node)
			return
		}
		if x < low || x > high {
			r.wrong(lineOf(node), "%s %g is outside %g…%g", what, x, low, high)
			return
		}
		*into = x
	}
}

// integer reads a whole number in [low, high].
func (r *reader) integer(what string, low, high int, into *int) field {
	return func(node ast.Node) {
		var x float64
		before := len(r.problems)
		r.number(what, float64(low), float64(high), &x)(node)
		if len(r.problems) > before {
			return
		}
		if x != math.Trunc(x) {
			r.wrong(lineOf(node), "%s must be a whole number, not %g", what, x)
			return
		}
		*into = int(x)
	}
}

// value reads text with UnmarshalText.
func (r *reader) value(what string, into encoding.TextUnmarshaler) field {
	return func(node ast.Node) {
		text, before := "", len(r.problems)
		r.text(what, &text)(node)
		if len(r.problems) > before {
			return
		}
		if err := into.UnmarshalText([]byte(text)); err != nil {
			r.wrong(lineOf(node), "%w", err)
		}
	}
}
