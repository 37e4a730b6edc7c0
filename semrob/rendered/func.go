package rendered

import "context"

// Probabilities classifies images, for example by a remote service or an ensemble.
// images are [batch, size, size, 3] float32, NHWC, 0…1, in the size of the Renderer;
// the result is [batch, classes].
type Probabilities func(ctx context.Context, images []float32, batch int) ([]float32, error)

// BlackBox returns a function as a Network. Each call returns a distinct network.
func BlackBox(f Probabilities) Network { return &blackBox{f} }

// blackBox is a pointer type, since networks are compared, which functions cannot be.
type blackBox struct{ f Probabilities }

func (b *blackBox) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return b.f(ctx, images, batch)
}
