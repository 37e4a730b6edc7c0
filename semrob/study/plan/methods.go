package plan

import (
	"github.com/goccy/go-yaml/ast"

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

// method returns the method, with its settings checked.
func (m *methodReader) method(l *loader, line int) (Method, bool) {
	made, err := region.Table.With(m.name, m.numbers)
	if err != nil {
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
	return Method{made, m.settings.WithDefaults(), m.step, s.Gradients, line}, true
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
	l.list(node, "methods", func(n ast.Node) {
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
			l.mapping(n, "a method", fields)
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
		l.plan.Methods = append(l.plan.Methods, made)
	})
}
