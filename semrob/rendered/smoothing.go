package rendered

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Smoothing says what a gradient of f is the slope of. f of a network is rough:
// over half a degree, in which an edge moves by most of a pixel, it goes up and
// down, by what the network makes of the edge's place in the pixel and by what
// the few samples of a pixel do, and the derivative at a point tells little of where
// f goes. The zero value is that derivative nevertheless; HalfADegree is the mean
// over a line in pictures of many samples, which tells it, and takes some 15 times
// as long. See docs/gradients.md for what each is worth.
type Smoothing struct {
	// Width is the length of the line around a point over which the derivative
	// along an axis is averaged, see Mean: in degrees for angles; for what moves the
	// object or the camera by a length, Width·π/180 mesh units. Light and colours
	// move no edge and have no lines. 0 is the derivative at the point, in the
	// pictures whose values f are.
	Width float64 `json:"width"`
	// Points is the number of points of each line, a gradient each; 0 means 8.
	Points int `json:"points"`
	// Supersample is the number of samples along each side of a pixel in the
	// pictures that the mean is taken in; 0 means 8. A negative number means
	// the pictures whose values f are.
	Supersample int `json:"supersample"`
}

// HalfADegree is the slope of f over half a degree.
var HalfADegree = Smoothing{Width: 0.5}

// WithDefaults returns the smoothing with every 0 replaced by what it means, and
// one number for all that mean the same, so that it can be a part of a key.
func (s Smoothing) WithDefaults() Smoothing {
	if s.Width == 0 {
		return Smoothing{}
	}
	if s.Points == 0 {
		s.Points = 8
	}
	if s.Supersample == 0 {
		s.Supersample = 8
	}
	s.Supersample = max(s.Supersample, -1)
	return s
}

// Check returns an error where the numbers are out of range.
func (s Smoothing) Check() error {
	switch {
	case !(s.Width >= 0 && s.Width <= 10):
		return fmt.Errorf("gradients over a width of %g°: it must be from 0, for the derivative at the point, to 10", s.Width)
	case s.Points < 0 || s.Points > 1024:
		return fmt.Errorf("gradients at %d points of a line: it must be from 1 to 1024", s.Points)
	case s.Supersample > 32:
		return fmt.Errorf("gradients in pictures of %d×%d samples a pixel: it must be at most 32", s.Supersample, s.Supersample)
	}
	return nil
}

// On returns the smoothing, with defaults, as it is on a space: nil where gradients
// are the derivatives at the point, in the pictures whose values f are, and on
// spaces along which no edge moves.
func (s Smoothing) On(space objective.Space) *Smoothing {
	s = s.WithDefaults()
	moves := false
	for _, axis := range space {
		moves = moves || axis.Unit == "°" || s.along(axis) != 0
	}
	if !moves || s.Width == 0 {
		return nil
	}
	return &s
}

// Mean returns the lines around points of a space, nil for none.
func (s Smoothing) Mean(space objective.Space) *Mean {
	s = s.WithDefaults()
	if s.Width == 0 {
		return nil
	}
	mean := &Mean{Widths: make([]float64, len(space)), Points: s.Points}
	for k, axis := range space {
		mean.Widths[k] = min(s.along(axis), axis.Width())
	}
	return mean
}

// along returns the length of the line along an axis.
func (s Smoothing) along(axis objective.Axis) float64 {
	switch {
	case axis.Unit == "°":
		return s.Width
	case axis.Name == "distance" || axis.Name == "offset-x" || axis.Name == "offset-y":
		return s.Width * math.Pi / 180
	}
	return 0
}
