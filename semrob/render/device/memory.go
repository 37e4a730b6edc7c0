package device

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
