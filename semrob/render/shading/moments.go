package shading

// cameraValues is the number of values of the camera that projections depend on:
// its three axes, its shift along each, and its scale.
const cameraValues = 13

// moments are the adjoints of the movements of a picture's edges, summed so that
// the adjoints of the camera follow. The projection of a point p is x = scale·X/Z
// to the right and y = −scale·Y/Z down, with X = right·p + shift₀, Y = up·p + shift₁
// and Z = forward·p + shift₂. Its derivatives with respect to the camera are linear
// in p/Z and 1/Z, and p/Z is linear in x, y and 1/Z. So it is enough to sum, over
// the edges, the adjoint of the movement times x, y, 1 and 1/Z.
type moments struct {
	right, down, away [4]float64 // away from the middle is x·right + y·down
}

// add adds an edge; adjoints are those of its pixel.
func (m *moments) add(p *place, adjoints []float32) {
	a := adjoints[:3]
	weight := float64(a[0]*p.jump[0] + a[1]*p.jump[1] + a[2]*p.jump[2])
	right, down := weight*p.right, weight*p.down
	away := right*p.x + down*p.y
	addMoment(&m.right, right, p)
	addMoment(&m.down, down, p)
	addMoment(&m.away, away, p)
}

func addMoment(m *[4]float64, adjoint float64, p *place) {
	m[0] += adjoint * p.x
	m[1] += adjoint * p.y
	m[2] += adjoint
	m[3] += adjoint * p.perDepth
}

// camera appends the cameraValues adjoints of the camera to values.
func (m *moments) camera(values []float32, e *eye) []float32 {
	for _, of := range [3]struct {
		moment *[4]float64
		factor float64
	}{{&m.right, e.Scale}, {&m.down, -e.Scale}, {&m.away, -1}} {
		sums := of.moment
		for k := range 3 { // p/Z, an axis's adjoint
			sum := e.position[k]*sums[3] + e.Forward[k]*sums[2] + (e.Right[k]*sums[0]-e.Up[k]*sums[1])/e.Scale
			values = append(values, float32(of.factor*sum))
		}
		values = append(values, float32(of.factor*sums[3])) // that of its shift
	}
	return append(values, float32(m.away[2]/e.Scale))
}
