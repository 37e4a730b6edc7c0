package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Box is a box a ≤ u ≤ b; A and B have one number per axis.
type Box struct {
	A, B []float64
}

// Region is a robust region on a [Map]: the box that a method grew around a start
// point.
type Region struct {
	// Method names the method, such as "OIR-B". Colour and dash distinguish methods
	// if there are several, and starts if there is only one method.
	Method string
	// Start is the start point, one number per axis; nil draws none.
	Start []float64
	// Box is the region. A box that crosses the end of a periodic axis is drawn as
	// two pieces. A box with NaN or with b < a is unfinished or inverted: only its
	// start is drawn.
	Box
	// Growth are earlier boxes, drawn as thin lines.
	Growth []Box
	// Proof distinguishes guaranteed regions: a proved box is solid, one that is not
	// is finely dashed.
	Proof Proof
	// Failures are points that stopped a side, drawn as crosses.
	Failures [][]float64
}

// Proof is the state of a region's promise.
type Proof int

const (
	// NoPromise is that of regions that promise nothing.
	NoPromise Proof = iota
	// ProvedPromise is that of a proved region.
	ProvedPromise
	// UnprovedPromise is that of a region whose promise could not be proved.
	UnprovedPromise
)

// look returns the region's look among others.
func (r Region) look(i int) lineLook {
	k := look(i)
	switch r.Proof {
	case ProvedPromise:
		k.dash = nil
	case UnprovedPromise:
		k.dash = []float64{2, 3}
	}
	return k
}

func (r Region) check() error {
	if r.Start != nil && len(r.Start) != 2 {
		return fmt.Errorf("its start has %d coordinates, a map has 2", len(r.Start))
	}
	for _, b := range append([]Box{r.Box}, r.Growth...) {
		if len(b.A) != 2 || len(b.B) != 2 {
			return fmt.Errorf("its bounds have %d and %d coordinates, a map has 2", len(b.A), len(b.B))
		}
	}
	return nil
}

func (r Region) describe(x, y Axis) string {
	text := "Region"
	if r.Method != "" {
		text += " of " + r.Method
	}
	if r.Start != nil {
		text += fmt.Sprintf(" from (%s, %s)", axisValue(x, r.Start[0]), axisValue(y, r.Start[1]))
	}
	if !r.whole() {
		return text + ": none (unfinished or inverted)."
	}
	text = fmt.Sprintf("%s: %s %s, %s %s", text,
		x.Name, axisRange(x, r.A[0], r.B[0]), y.Name, axisRange(y, r.A[1], r.B[1]))
	switch r.Proof {
	case ProvedPromise:
		text += ", proved"
	case UnprovedPromise:
		text += ", not proved"
	}
	return text + "."
}

// whole reports whether the box is finite and not inverted.
func (b Box) whole() bool {
	for k := range b.A {
		if !(b.A[k] <= b.B[k]) || math.IsInf(b.B[k]-b.A[k], 0) {
			return false
		}
	}
	return true
}

// looks returns the index of each region's look and of its start's marker (−1 without
// a start), and the names of the methods and starts.
func (m *Map) looks() (lookOf, markerOf []int, methods, starts []string) {
	index := func(list *[]string, s string) int {
		i := slices.Index(*list, s)
		if i < 0 {
			i, *list = len(*list), append(*list, s)
		}
		return i
	}
	for _, r := range m.Regions {
		lookOf = append(lookOf, index(&methods, r.Method))
		if r.Start == nil {
			markerOf = append(markerOf, -1)
		} else {
			markerOf = append(markerOf, index(&starts, m.startLabel(r)))
		}
	}
	if len(methods) == 1 { // looks distinguish starts instead
		for i, k := range markerOf {
			lookOf[i] = max(k, 0)
		}
	}
	return lookOf, markerOf, methods, starts
}

func (m *Map) startLabel(r Region) string {
	return "(" + axisValue(m.X, r.Start[0]) + ", " + axisValue(m.Y, r.Start[1]) + ")"
}

// legend lists categories, marks, the regions' looks and the starts' markers.
func (m *Map) legend() []entry {
	return slices.Concat(m.categoryEntries(), m.markEntries(), m.regionEntries())
}

func (m *Map) regionEntries() []entry {
	if len(m.Regions) == 0 {
		return nil
	}
	_, markerOf, methods, starts := m.looks()
	var entries []entry
	if len(methods) == 1 {
		name := cmp.Or(methods[0], "region")
		if len(starts) == 0 {
			return []entry{outlineEntry(name, look(0))}
		}
		for i, start := range starts {
			if i == 0 {
				start = name + " from " + start
			}
			k := look(i)
			for j, r := range m.Regions {
				if markerOf[j] == i {
					k = r.look(i)
				}
			}
			e := outlineEntry(start, k)
			outline := e.sample
			e.sample = func(s *surface, r rect) {
				outline(s, r)
				marker(i).draw(s, centreOf(r), 4)
			}
			entries = append(entries, e)
		}
		return entries
	}
	for i, method := range methods {
		entries = append(entries, outlineEntry(cmp.Or(method, "unnamed method"), look(i)))
	}
	for i, start := range starts {
		if i == 0 {
			start = "from " + start
		}
		entries = append(entries, markerEntry(start, marker(i)))
	}
	return entries
}

// drawRegions draws growth, then outlines, then starts: no outline hides a start. All
// halos are below all outlines, so equal regions, such as from two starts in one
// bright area, are visible through the gaps in each other's dashes.
func (m *Map) drawRegions(s *surface, f frame) {
	lookOf, markerOf, _, _ := m.looks()
	for i, r := range m.Regions {
		for _, b := range r.Growth {
			f.drawBox(s, b, stroke{paper, 0.9 + 2*1.2, nil})
			f.drawBox(s, b, stroke{look(lookOf[i]).color, 0.9, nil})
		}
	}
	const width, halo = 2.2, 2.4
	for _, r := range m.Regions {
		f.drawBox(s, r.Box, stroke{paper, width + 2*halo, nil})
	}
	for i, r := range m.Regions {
		k := r.look(lookOf[i])
		f.drawBox(s, r.Box, stroke{k.color, width, k.dash})
		for _, at := range r.Failures {
			if p, ok := f.place(at); ok {
				drawCross(s, p, k)
			}
		}
	}
	for i, r := range m.Regions {
		if p, ok := f.place(r.Start); ok {
			marker(markerOf[i]).draw(s, p, 5)
		}
	}
}

// drawCross marks a failure.
func drawCross(s *surface, p point, k lineLook) {
	const r = 3.5
	for _, line := range []stroke{{paper, 4, nil}, {k.color, 1.8, nil}} {
		s.polyline(line, point{p.x - r, p.y - r}, point{p.x + r, p.y + r})
		s.polyline(line, point{p.x - r, p.y + r}, point{p.x + r, p.y - r})
	}
}

// place returns the place of a point in the domain, after wrapping it on periodic
// axes.
func (f frame) place(at []float64) (point, bool) {
	if len(at) != 2 {
		return point{}, false
	}
	x, y := wrap(f.x, at[0]), wrap(f.y, at[1])
	if !(x >= f.x.Min && x <= f.x.Max && y >= f.y.Min && y <= f.y.Max) {
		return point{}, false
	}
	return f.to(x, y), true
}

// drawBox outlines the pieces of b, without the sides at which b continues outside
// the domain.
func (f frame) drawBox(s *surface, b Box, k stroke) {
	if !b.whole() {
		return
	}
	for _, px := range pieces(f.x, b.A[0], b.B[0]) {
		for _, py := range pieces(f.y, b.A[1], b.B[1]) {
			for _, line := range f.outline(px, py) {
				if closed := len(line) == 5; closed {
					s.polygon(k, line[:4]...)
				} else {
					s.polyline(k, line...)
				}
			}
		}
	}
}

// outline returns the sides of a piece that are sides of the region, adjacent ones
// joined; a closed outline ends at its first point.
func (f frame) outline(px, py piece) [][]point {
	bl, br := f.to(px.from, py.from), f.to(px.to, py.from)
	tr, tl := f.to(px.to, py.to), f.to(px.from, py.to)
	sides := [4][2]point{{bl, br}, {br, tr}, {tr, tl}, {tl, bl}}
	open := [4]bool{py.openFrom, px.openTo, py.openTo, px.openFrom}
	first := 0
	for i := range open {
		if open[i] {
			first = i + 1 // begin after a gap to keep adjacent sides joined
		}
	}
	var lines [][]point
	joined := false
	for i := range 4 {
		k := (first + i) % 4
		if open[k] {
			joined = false
			continue
		}
		if !joined {
			lines = append(lines, []point{sides[k][0]})
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], sides[k][1])
		joined = true
	}
	return lines
}
