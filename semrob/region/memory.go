package region

import (
	"encoding/binary"
	"math"
)

// memory is what a run knows of f. It looks at f on a lattice through its
// start, as fine as Settings.Resolution: a region far smaller than that is one
// point, and a bound that comes to rest asks for nothing new. What a run finds
// does not depend on whether it remembers, for the lattice is the same.
type memory struct {
	origin  []float64 // of the lattice, in the frame's coordinates
	spacing float64   // 0 or less: no lattice
	forgets bool      // every probe is asked for, known or not

	index     map[string]int // of known and asked points
	points    [][]float64    // in the units of the axes
	values    []float64
	gradients [][]float64 // of a white box

	probes []int // indices of the probes of this iteration
	asked  int   // how many points before the end of points wait for an answer
}

// mostRemembered bounds a run's memory; beyond it the run starts afresh. It is
// far more than a run of two axes asks for.
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

// probe notes that the iteration needs f at a point, in the units of the axes.
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

// wanted returns the points that wait for an answer.
func (m *memory) wanted() [][]float64 { return m.points[len(m.points)-m.asked:] }

// tell takes the answer at the wanted points.
func (m *memory) tell(said answer) {
	m.values = append(m.values, said.values...)
	m.gradients = append(m.gradients, said.gradients...)
}

// answer returns what is known at the probes of this iteration.
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
