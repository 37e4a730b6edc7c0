package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Trace shows the growth of regions: their bounds a and b on every axis, and the
// loss, against iterations.
type Trace struct {
	// Title and Subtitle stand above the plots; either may be empty.
	Title, Subtitle string
	// Axes are the axes of the bounds, one plot each.
	Axes []Axis
	// Runs each have their own colour and dash.
	Runs []Run
	// Width is the figure's width in CSS pixels; 0 means DefaultWidth.
	Width float64
}

// Run is the record of one optimisation.
type Run struct {
	// Name is its name in the legend, such as "OIR-B from (130°, 30°)".
	Name string
	// Iterations numbers the steps, increasing; nil means 0, 1, 2 ….
	Iterations []float64
	// A and B are the lower and upper bounds, [step][axis], in the units of the
	// axes. On a periodic axis they are not wrapped.
	A, B [][]float64
	// Loss is the loss after each step; nil draws none.
	Loss []float64
}

func (r Run) steps() int { return max(len(r.A), len(r.Loss)) }

func (r Run) iterations() []float64 {
	if r.Iterations != nil {
		return r.Iterations
	}
	all := make([]float64, r.steps())
	for i := range all {
		all[i] = float64(i)
	}
	return all
}

// lines returns the two bounds of an axis by step, or the loss for axis −1.
func (r Run) lines(axis int) [][]float64 {
	if axis < 0 {
		return [][]float64{r.Loss}
	}
	lines := make([][]float64, 2)
	for i := range r.A {
		lines[0], lines[1] = append(lines[0], r.A[i][axis]), append(lines[1], r.B[i][axis])
	}
	return lines
}

func (r Run) check(axes int) error {
	if len(r.A) != len(r.B) {
		return fmt.Errorf("it has %d lower and %d upper bounds", len(r.A), len(r.B))
	}
	for i := range r.A {
		if len(r.A[i]) != axes || len(r.B[i]) != axes {
			return fmt.Errorf("the bounds of step %d have %d and %d coordinates, the trace has %d axes", i, len(r.A[i]), len(r.B[i]), axes)
		}
	}
	n := r.steps()
	if n == 0 {
		return fmt.Errorf("it has no steps")
	}
	if r.Iterations != nil && len(r.Iterations) != n || r.Loss != nil && len(r.Loss) != n || len(r.A) != 0 && len(r.A) != n {
		return fmt.Errorf("it has %d iterations, %d bounds and %d losses: give the same number of each", len(r.Iterations), len(r.A), len(r.Loss))
	}
	return nil
}

// Height and distance of a trace's plots, in CSS pixels.
const (
	panelHeight = 130.0
	panelGap    = 18.0
)

// panel is a plot of a trace.
type panel struct {
	frame
	axis int // −1 for the loss
}

// Head returns the fields for title, subtitle and width.
func (t *Trace) Head() (title, subtitle *string, width *float64) {
	return &t.Title, &t.Subtitle, &t.Width
}

func (t *Trace) check() error {
	if len(t.Runs) == 0 {
		return fmt.Errorf("drawing a trace: it has no runs")
	}
	for i, r := range t.Runs {
		if err := r.check(len(t.Axes)); err != nil {
			return fmt.Errorf("drawing a trace: run %d (%q): %w", i, r.Name, err)
		}
	}
	return nil
}

func (t *Trace) layout() (*drawing, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	c := newCard(t, t.legend())
	panels := t.panels()
	if len(panels) == 0 {
		return nil, fmt.Errorf("drawing a trace: its runs have neither finite bounds nor finite losses")
	}
	room := 0.0
	for _, p := range panels {
		room = max(room, leftOf(p.y, panelHeight))
	}
	y := c.top()
	for i := range panels {
		x := math.Ceil(margin + room)
		panels[i].box = rect{x, y, math.Floor(c.width - margin - 8 - x), panelHeight}
		panels[i].hideX = i < len(panels)-1
		y += panelHeight + panelGap
	}
	height := math.Ceil(y - panelGap + belowFrame + margin - 4)
	return &drawing{c.width, height, func(s *surface) {
		c.drawTop(s)
		for _, p := range panels {
			p.grid(s)
			for i, r := range t.Runs {
				for _, line := range r.lines(p.axis) {
					Series{X: r.iterations(), Y: line}.draw(s, p.frame, look(i))
				}
			}
			p.axes(s)
		}
	}}, nil
}

func (t *Trace) legend() []entry {
	var entries []entry
	for i, r := range t.Runs {
		if r.Name != "" {
			entries = append(entries, lineEntry(r.Name, look(i)))
		}
	}
	return entries
}

// panels returns a plot for each axis with finite bounds, and one for the loss.
func (t *Trace) panels() []panel {
	var iterations []float64
	for _, r := range t.Runs {
		iterations = append(iterations, r.iterations()...)
	}
	across := spread("iteration", "", iterations)
	if !(across.Min < across.Max) { // a single step
		across.Min, across.Max = across.Min-0.5, across.Min+0.5
	}
	var panels []panel
	for k, a := range append(slices.Clone(t.Axes), Axis{Name: "loss"}) {
		if k == len(t.Axes) {
			k = -1
		}
		var values []float64
		for _, r := range t.Runs {
			values = append(values, slices.Concat(r.lines(k)...)...)
		}
		y := spread(a.Name, a.Unit, values)
		if math.IsInf(y.Min, 0) {
			continue
		}
		pad := 0.05 * (y.Max - y.Min)
		if pad == 0 {
			pad = max(0.5, math.Abs(y.Min)*0.05)
		}
		y.Min, y.Max = y.Min-pad, y.Max+pad
		panels = append(panels, panel{frame{x: across, y: y, yTicks: 5}, k})
	}
	return panels
}

// spread returns an axis over the finite values; its ends are infinite if there
// are none.
func spread(name, unit string, values []float64) Axis {
	low, high := extent(slices.DeleteFunc(values, func(v float64) bool { return !isFinite(v) }))
	return Axis{Name: name, Unit: unit, Min: low, Max: high}
}

// Describe lists the final bounds and loss of every run.
func (t *Trace) Describe() string {
	if err := t.check(); err != nil {
		return "A trace that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString("Bounds and loss against iterations")
	if t.Title != "" {
		b.WriteString(titled(":", t.Title))
	}
	for _, r := range t.Runs {
		steps := r.iterations()
		fmt.Fprintf(&b, "\n%s: after %s iterations", cmp.Or(r.Name, "Run"), compact(steps[len(steps)-1], 0))
		if n := len(r.A); n > 0 {
			for k, a := range t.Axes {
				fmt.Fprintf(&b, ", %s %s", a.Name, axisRange(Axis{Unit: a.Unit, Max: 100}, r.A[n-1][k], r.B[n-1][k]))
			}
		}
		if n := len(r.Loss); n > 0 {
			b.WriteString(", loss " + significant(r.Loss[n-1]))
		}
		b.WriteString(".")
	}
	return b.String()
}
