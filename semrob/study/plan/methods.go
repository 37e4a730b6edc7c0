package plan

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// methodReader reads a method's numbers and settings.
type methodReader struct {
	name, mode, sampling string
	lambda, alpha, beta  float64
	rate, halfWidth      float64
	tolerance            float64
	resolution, step     float64
	width                float64 // in degrees, of the lines that gradients are averaged over
	iterations, corners  int
	points, traceEvery   int
}

// fields are the keys of settings; a method has these and those of its own.
func (m *methodReader) fields(r *reader) map[string]field {
	return map[string]field{
		"mode":            r.text("the mode", &m.mode),
		"iterations":      r.integer("iterations", 1, 1_000_000, &m.iterations),
		"rate":            r.number("the learning rate", 1e-9, 1e3, &m.rate),
		"half-width":      r.number("the half width", 1e-12, 1e6, &m.halfWidth),
		"tolerance":       r.number("the tolerance", -1, 1, &m.tolerance),
		"resolution":      r.number("the resolution", -1, 1, &m.resolution),
		"sampling":        r.text("the sampling", &m.sampling),
		"max-corners":     r.integer("max-corners", 4, 1<<20, &m.corners),
		"points-per-face": r.integer("points-per-face", 1, 1<<20, &m.points),
		"trace-every":     r.integer("trace-every", 1, 1_000_000, &m.traceEvery),
		"gradient-step":   r.number("the gradient's step", 1e-9, 0.1, &m.step),
		"gradient-width":  r.number("the gradient's width", 0, 10, &m.width),
	}
}

func (m *methodReader) settings(r *reader, line int) region.Settings {
	mode, err := region.ParseMode(m.mode)
	if err != nil {
		r.wrong(line, "%v", err)
	}
	sampling := region.Sampling(m.sampling)
	if sampling != "" && sampling != region.Corners && sampling != region.FacePoints {
		r.wrong(line, "unknown sampling %q: choose %q or %q", m.sampling, region.Corners, region.FacePoints)
	}
	if mode == region.Published && sampling == region.FacePoints {
		r.wrong(line, "published mode takes corners: leave the sampling out, or take mode %q", region.Default)
	}
	return region.Settings{
		Mode: mode, Iterations: m.iterations, LearningRate: m.rate, HalfWidth: m.halfWidth,
		Resolution: m.resolution, Sampling: sampling, MaxCorners: m.corners, PointsPerFace: m.points,
		Tolerance: m.tolerance, TraceEvery: m.traceEvery,
	}.WithDefaults()
}

// gradients returns what gradients are slopes of.
func (m *methodReader) gradients() rendered.Smoothing { return rendered.Smoothing{Width: m.width} }

// method returns the region.Method of a name with the numbers given.
func (m *methodReader) method() (region.Method, error) {
	method, err := region.MethodByName(m.name)
	switch method.(type) {
	case region.Naive:
		return region.Naive{Lambda: m.lambda}, nil
	case region.Trapezoid:
		return region.Trapezoid{Lambda: m.lambda}, nil
	case region.OIRB:
		return region.OIRB{Alpha: m.alpha}, nil
	case region.OIRW:
		return region.OIRW{Beta: m.beta}, nil
	}
	return method, err
}

// numberOf names the one number that a method has besides its settings.
func numberOf(method region.Method) string {
	switch method.(type) {
	case region.Naive, region.Trapezoid:
		return "lambda"
	case region.OIRB:
		return "alpha"
	case region.OIRW:
		return "beta"
	}
	return ""
}

func (l *loader) readMethods(node ast.Node) {
	if node == nil {
		for _, method := range region.Methods() {
			l.plan.Methods = append(l.plan.Methods, Method{method, l.common.settings(l.reader, 1), l.common.step, l.common.gradients()})
		}
		return
	}
	seen := map[string]int{}
	l.list(node, "methods", func(n ast.Node) {
		m := l.common
		there := map[string]bool{}
		switch n.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			fields := m.fields(l.reader)
			fields["name"] = l.text("the method's name", &m.name)
			fields["lambda"] = l.number("λ", -1, 1e3, &m.lambda)
			fields["alpha"] = l.number("α", 1e-9, 10, &m.alpha)
			fields["beta"] = l.number("β", 1e-12, 10, &m.beta)
			there = l.mapping(n, "a method", fields)
		default:
			l.text("a method", &m.name)(n)
		}
		method, err := m.method()
		if err != nil {
			l.wrong(lineOf(n), "%v", err)
			return
		}
		for _, number := range []string{"lambda", "alpha", "beta"} {
			if there[number] && number != numberOf(method) {
				l.wrong(lineOf(n), "the method %s has no %s", method.Name(), number)
			}
		}
		if first, twice := seen[method.Name()]; twice {
			l.wrong(lineOf(n), "the method %s is there already (line %d): rows of the table are told apart by its name", method.Name(), first)
		}
		seen[method.Name()] = lineOf(n)
		l.plan.Methods = append(l.plan.Methods, Method{method, m.settings(l.reader, lineOf(n)), m.step, m.gradients()})
	})
}
