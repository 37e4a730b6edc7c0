package rendered

import "context"

// Probabilities is a function from images to probabilities: a remote service,
// an ensemble, anything that classifies. images are [batch, size, size, 3]
// float32, NHWC, colours 0…1, size that of the views; what it returns is
// [batch, classes].
type Probabilities func(ctx context.Context, images []float32, batch int) ([]float32, error)

// BlackBox makes a Network of a function. It is another network with every
// call.
func BlackBox(f Probabilities) Network { return &blackBox{f} }

// blackBox holds the function by reference: networks are compared with each
// other, which functions cannot be.
type blackBox struct{ f Probabilities }

func (b *blackBox) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return b.f(ctx, images, batch)
}
