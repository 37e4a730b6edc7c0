package objective

import "fmt"

// Points are points together with the space that they lie in.
type Points struct {
	// Space lists the axes; nil means Viewpoints.
	Space Space
	// At are the points, [point][axis].
	At [][]float64
}

// At returns points of azimuth and elevation, in degrees.
func At(points ...[]float64) Points { return Points{At: points} }

// In returns the space: Viewpoints if none is set.
func (p Points) In() Space {
	if p.Space == nil {
		return Viewpoints()
	}
	return p.Space
}

// Check reports the first point outside the space.
func (p Points) Check() error {
	for i, at := range p.At {
		if err := p.In().CheckPoint(at); err != nil {
			return fmt.Errorf("point %d: %w", i+1, err)
		}
	}
	return nil
}
