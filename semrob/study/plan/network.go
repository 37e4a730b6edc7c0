package plan

import (
	"context"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Network is a network of a plan.
type Network struct {
	// Title is the name in tables, with the options except for preprocess, which has
	// its own column.
	Title string
	// Analytic is the name of a formula; "" for a real network.
	Analytic string
	// Subject is the part of the subjects about the network. Its paths are relative to
	// the plan's folder.
	Subject subject.Subject
	// File is the path of its weights, relative to the plan's folder; "" if there are
	// none.
	File string

	settings []subject.Setting
	opened   *network.Network
	line     int
	wrong    bool // an option is missing
}

// Key identifies the network in tables.
func (n *Network) Key() string { return n.Title + " " + string(n.Subject.Preprocess) }

// open opens the network, for its labels and fingerprint, and finds the file of its
// weights.
func (n *Network) open(ctx context.Context, dir string) error {
	n.File, _ = subject.WeightsFile(n.Subject.Network)
	local := n.Subject.In(dir)
	var err error
	n.opened, err = network.OpenWith(ctx, local.Network, local.Open)
	return err
}

// accepts returns an error if the network does not have an object's classes. dir is
// the plan's folder.
func (n *Network) accepts(o Object, dir string) error {
	s := n.Subject.In(dir)
	s.Class = o.Class
	_, _, err := s.Classes(n.opened)
	return err
}

func (l *loader) network(node ast.Node) {
	n, before := Network{line: lineOf(node)}, len(l.problems)
	var settings []subject.Setting
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		fields := l.options(subject.OfNetwork, &settings)
		fields["name"] = l.text("the network's name", &n.Subject.Network)
		fields["analytic"] = l.text("the formula's name", &n.Analytic)
		there := l.mapping(node, "a network", fields)
		if there["name"] == there["analytic"] {
			l.wrong(n.line, "a network needs either a name or a formula (analytic)")
			return
		}
	default:
		l.text("a network", &n.Subject.Network)(node)
	}
	n.wrong = len(l.problems) > before
	if n.Subject.Network == "" && n.Analytic == "" {
		return // reported already
	}
	if err := n.Subject.Apply(settings...); err != nil {
		return // reported already
	}
	n.settings, n.Title = settings, n.Subject.Network
	if n.Analytic != "" {
		if err := analytic.CheckFormula(n.Analytic); err != nil {
			l.wrong(n.line, "%w", err)
			return
		}
		n.Title = analytic.NetworkPrefix + n.Analytic
	} else if err := n.open(l.ctx, l.plan.Dir); err != nil {
		l.wrong(n.line, "%w", err)
		return
	}
	for _, o := range subject.OptionsOf(subject.OfNetwork) { // in one order
		for _, s := range settings {
			if s.Name == o.Name && s.Value != o.Default && s.Name != "preprocess" {
				n.Title += " " + s.Name + "=" + s.Value
			}
		}
	}
	if n.Subject.Preprocess == "" {
		n.Subject.Preprocess = network.Standard
	}
	l.plan.Networks = append(l.plan.Networks, n)
}

// options returns a field for each option of a part, which checks its value and
// appends it to settings.
func (l *loader) options(part subject.Part, settings *[]subject.Setting) map[string]field {
	fields := map[string]field{}
	for _, o := range subject.OptionsOf(part) {
		one := func(node ast.Node) {
			text, ok := l.optionText(o, node)
			if !ok {
				return
			}
			setting := subject.Setting{Name: o.Name, Value: text}
			var scratch subject.Subject
			if err := scratch.Apply(setting); err != nil {
				l.wrong(lineOf(node), "%w", err)
				return
			}
			*settings = append(*settings, setting)
		}
		fields[o.Key()] = one
		if o.Repeated {
			fields[o.Key()] = func(node ast.Node) { l.list(node, o.Key(), one) }
		}
	}
	return fields
}

// optionText returns the value of an option as text. Elements of a list are joined by
// commas.
func (l *loader) optionText(o subject.Option, node ast.Node) (text string, ok bool) {
	before := len(l.problems)
	switch node.(type) {
	case *ast.BoolNode:
		on := false
		l.boolean(o.Name, &on)(node)
		text = map[bool]string{true: "true", false: "false"}[on]
	case *ast.SequenceNode:
		var all []string
		l.list(node, o.Name, func(n ast.Node) {
			one := ""
			l.text(o.Name, &one)(n)
			all = append(all, one)
		})
		text = strings.Join(all, ",")
	default:
		l.text(o.Name, &text)(node)
		if o.Switch && len(l.problems) == before {
			l.wrong(lineOf(node), "%s must be true or false, not %s", o.Name, node)
		}
	}
	return text, len(l.problems) == before
}
