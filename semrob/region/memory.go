package region

import (
	"encoding/binary"
	"math"
)

// memory holds the values of f that a run knows. They lie on a lattice through
// its start with the spacing Settings.Resolution: a region far smaller than that
// is one point, and a bound at rest needs no new value. The result of a run does
// not depend on remembering, because the lattice is the same.
type memory struct {
	origin  []float64 // of the lattice, in the frame's coordinates
	spacing float64   // 0 or less: no lattice
	forgets bool      // every probe is evaluated again

	index     map[string]int // of known and requested points
	points    [][]float64    // in the units of the axes
	values    []float64
	gradients [][]float64 // of a white box

	probes []int // indices of the probes of this iteration
	asked  int   // number of points, at the end of points, without a value yet
}

// mostRemembered bounds a run's memory; beyond it the run forgets everything. A
// run of two axes needs far less.
const mostRemembered = 1 << 16

func newMemory(origin []float64, settings Settings) *memory {
	return &memory{origin: origin, spacing: settings.Resolution, forgets: settings.Forget, index: map[string]int{}}
}

// begin starts an iteration.
func (m *memory) begin() {
	if m.forgets || len(m.points) > mostRemembered {
		clear(m.index)
		m.points, m.values, m.gradients = nil, nil, nil
	}
	m.probes, m.asked = m.probes[:0], 0
}

// snap moves a point in the frame's coordinates to the lattice.
func (m *memory) snap(x []float64) {
	if m.spacing <= 0 {
		return
	}
	for k := range x {
		x[k] = m.origin[k] + m.spacing*math.Round((x[k]-m.origin[k])/m.spacing)
	}
}

// probe requests f at a point, in the units of the axes.
func (m *memory) probe(point []float64) {
	key := make([]byte, 0, 8*len(point))
	for _, x := range point {
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(x))
	}
	at, known := m.index[string(key)]
	if !known || m.forgets {
		at = len(m.points)
		m.index[string(key)] = at
		m.points = append(m.points, point)
		m.asked++
	}
	m.probes = append(m.probes, at)
}

// wanted returns the requested points that have no value yet.
func (m *memory) wanted() [][]float64 { return m.points[len(m.points)-m.asked:] }

// tell takes the answer at the wanted points.
func (m *memory) tell(a answer) {
	m.values = append(m.values, a.values...)
	m.gradients = append(m.gradients, a.gradients...)
}

// answer returns the values at the probes of this iteration.
func (m *memory) answer() answer {
	var a answer
	for _, at := range m.probes {
		a.points = append(a.points, m.points[at])
		a.values = append(a.values, m.values[at])
		if len(m.gradients) > 0 {
			a.gradients = append(a.gradients, m.gradients[at])
		}
	}
	return a
}
