package device

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Bounds on the bytes that an execution takes on the device. XLA:CPU allocates
// about 480 for each face of each view and 16 for each sample; a GPU's sort needs
// a second copy of the pairs, 64 for each face.
const (
	bytesPerFace   = 700
	bytesPerSample = 32
	bytesPerTile   = 5 << 10 // of a step
)

// memory returns a bound on the bytes that an execution takes on the device. It
// does not depend on the scenes, which only change the number of steps.
func memory(views, samples, vertices, faces int) int64 {
	p := newPlan(views, samples, faces)
	perView := int64(faces)*bytesPerFace + int64(vertices)*bytesPerSample + int64(p.across*p.across)*tileSide*tileSide*bytesPerSample
	return int64(views)*perView + int64(p.step)*bytesPerTile
}

// mostFaces bounds the faces of all the views of an execution: places are int32, and
// there are up to twice as many as pairs.
const mostFaces = math.MaxInt32 / (2 * slotsPerFace * binsPerSlot)

// MostViews returns the number of views of a renderer's mesh, a power of two, whose
// rasterisation takes at most limit bytes on the device; at least 1.
func MostViews(r *render.Renderer, limit int64) int {
	o, m := r.Options(), r.Mesh()
	return mostWithin(limit, o.Size*o.Supersample, len(m.Vertices), len(m.Faces))
}

func mostWithin(limit int64, samples, vertices, faces int) int {
	views := 1
	for views < mostViews && 2*views*faces <= mostFaces && memory(2*views, samples, vertices, faces) <= limit {
		views *= 2
	}
	return views
}
