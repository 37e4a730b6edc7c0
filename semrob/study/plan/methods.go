package plan

import (
	"errors"
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// methodReader reads a method's numbers and settings.
type methodReader struct {
	name      string
	numbers   map[string]float64 // such as alpha
	settings  region.Settings
	step      float64
	gradients []subject.Setting
	promise   guarantee.Settings
	at        []float64 // thresholds
}

// fields returns the keys of settings, which methods also have.
func (m *methodReader) fields(l *loader) map[string]field {
	s := &m.settings
	fields := l.options(subject.OfGradients, &m.gradients)
	for name, f := range map[string]field{
		"mode":            l.value("the mode", &s.Mode),
		"iterations":      l.integer("iterations", 1, 1_000_000, &s.Iterations),
		"rate":            l.number("the learning rate", 1e-9, 1e3, &s.LearningRate),
		"half-width":      l.number("the half width", 1e-12, 1e6, &s.HalfWidth),
		"tolerance":       l.number("the tolerance", -1, 1, &s.Tolerance),
		"resolution":      l.number("the resolution", -1, 1, &s.Resolution),
		"sampling":        l.value("the sampling", &s.Sampling),
		"max-corners":     l.integer("max-corners", 4, 1<<20, &s.MaxCorners),
		"points-per-face": l.integer("points-per-face", 1, 1<<20, &s.PointsPerFace),
		"trace-every":     l.integer("trace-every", 1, 1_000_000, &s.TraceEvery),
		"gradient-step":   l.number("the gradient's step", 1e-9, 0.1, &m.step),
	} {
		fields[name] = f
	}
	return fields
}

// promises returns the keys of the method guaranteed.
func (m *methodReader) promises(l *loader) map[string]field {
	s := &m.promise
	return map[string]field{
		"epsilon":    l.number("ε, the share that may fail", 1e-9, 1-1e-9, &s.Epsilon),
		"confidence": l.number("the confidence", 1e-9, 1-1e-9, &s.Confidence),
		"threshold":  l.number("the threshold on f", 1e-9, 1e9, &s.Threshold),
		"thresholds": func(n ast.Node) {
			l.some(n, "thresholds", func(n ast.Node) {
				x := 0.0
				l.number("the threshold on f", 1e-9, 1e9, &x)(n)
				m.at = append(m.at, x)
			})
		},
		"right":  l.boolean("right", &s.Right),
		"budget": l.integer("the budget", 1, 1_000_000_000, &s.Budget),
	}
}

// misplaced reports the first key of another kind of method.
func (m *methodReader) misplaced(l *loader, given map[string]bool, line int) bool {
	wrong := m.promises(l)
	if m.name == guarantee.Method {
		wrong = m.fields(l)
		for _, number := range region.Table.Numbers() {
			wrong[number.Name] = nil
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if _, misplaced := wrong[key]; misplaced {
			l.wrong(line, "the method %s has no %s", m.name, key)
			return true
		}
	}
	return false
}

// guaranteed returns the method guaranteed, with its promise checked.
func (m *methodReader) guaranteed(l *loader, line int) (Method, bool) {
	if len(m.at) > 0 {
		for i, x := range m.at {
			if i > 0 && x <= m.at[i-1] {
				l.wrong(line, "the thresholds %v must be ascending", m.at)
				return Method{}, false
			}
		}
		if m.promise.Threshold != 0 {
			l.wrong(line, "give threshold or thresholds, not both")
			return Method{}, false
		}
		m.promise.Threshold = m.at[0]
	}
	s := m.promise.WithDefaults()
	if err := s.Check(); err != nil {
		l.wrong(line, "%w", err)
		return Method{}, false
	}
	return Method{Promise: &s, Thresholds: m.at, line: line}, true
}

// method returns the method, with its settings checked.
func (m *methodReader) method(l *loader, line int) (Method, bool) {
	if m.name == guarantee.Method {
		return m.guaranteed(l, line)
	}
	made, err := region.Table.With(m.name, m.numbers)
	if err != nil {
		var unknown *enum.UnknownError
		if errors.As(err, &unknown) {
			unknown.Known = append([]string{guarantee.Method}, unknown.Known...)
		}
		l.wrong(line, "%w", err)
		return Method{}, false
	}
	if m.settings.Mode == region.Published && m.settings.Sampling == region.FacePoints {
		l.wrong(line, "published mode uses corners: leave out sampling, or use mode %q", region.Default)
	}
	var s subject.Subject
	if err := s.Apply(m.gradients...); err != nil {
		return Method{}, false // reported already
	}
	return Method{Method: made, Settings: m.settings.WithDefaults(), GradientStep: m.step, Gradients: s.Gradients, line: line}, true
}

func (l *loader) readMethods(node ast.Node) {
	if node == nil {
		for _, known := range region.Methods() {
			m := l.common
			m.name = known.Name()
			if made, ok := m.method(l, 1); ok {
				l.plan.Methods = append(l.plan.Methods, made)
			}
		}
		return
	}
	seen := map[string]int{}
	l.some(node, "methods", func(n ast.Node) {
		m := l.common
		m.numbers = map[string]float64{}
		switch n.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			fields := m.fields(l)
			fields["name"] = l.text("the method's name", &m.name)
			for _, number := range region.Table.Numbers() {
				fields[number.Name] = func(n ast.Node) {
					x := 0.0
					l.number(number.Name, -1e9, 1e9, &x)(n)
					m.numbers[number.Name] = x
				}
			}
			for key, field := range m.promises(l) {
				fields[key] = field
			}
			given := l.mapping(n, "a method", fields)
			if m.misplaced(l, given, lineOf(n)) {
				return
			}
		default:
			l.text("a method", &m.name)(n)
		}
		made, ok := m.method(l, lineOf(n))
		if !ok {
			return
		}
		if first, twice := seen[made.Name()]; twice {
			l.wrong(lineOf(n), "the method %s is already on line %d: methods in a table must have different names", made.Name(), first)
		}
		seen[made.Name()] = lineOf(n)
		if made.Promise != nil && made.Promise.Right {
			l.rightLine = lineOf(n)
		}
		l.plan.Methods = append(l.plan.Methods, made)
	})
}
