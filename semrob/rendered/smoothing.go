package rendered

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Smoothing selects the gradient used by white-box methods. f of a network is rough:
// over half a degree, in which an edge moves by most of a pixel, it goes up and down
// with the edge's position in the pixel, and with the few samples per pixel. The
// derivative at a point, which the zero value selects, therefore says little about
// the slope of f. HalfADegree, the mean over a line in pictures with many samples,
// approximates that slope, at about 15 times the cost. docs/gradients.md compares
// them.
type Smoothing struct {
	// Width is the length of the line through a point over which the derivative along
	// an axis is averaged (see Mean): Width degrees for angles, Width·π/180 mesh units
	// for lengths. Lights and colours move no edges and have no lines. 0 is the
	// derivative at the point, in the pictures of the values.
	Width float64 `json:"width"`
	// Points is the number of points of a line, with a gradient each; 0 means 8.
	Points int `json:"points"`
	// Supersample is the number of samples along each side of a pixel in the pictures
	// for the mean; 0 means 8. A negative number selects the pictures of the values.
	Supersample int `json:"supersample"`
}

// HalfADegree approximates the slope of f over half a degree.
var HalfADegree = Smoothing{Width: 0.5}

// WithDefaults replaces zeros by their defaults. Smoothings with the same meaning
// become equal, so that the result can be part of a key.
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

// Check returns an error if a number is out of range.
func (s Smoothing) Check() error {
	switch {
	case !(s.Width >= 0 && s.Width <= 10):
		return fmt.Errorf("the gradient's width is %g°: use 0…10, 0 for the derivative at the point", s.Width)
	case s.Points < 0 || s.Points > 1024:
		return fmt.Errorf("the gradient's lines have %d points: use 1…1024", s.Points)
	case s.Supersample > 32:
		return fmt.Errorf("the gradient's pictures have %d×%d samples per pixel: use at most 32 along each side", s.Supersample, s.Supersample)
	}
	return nil
}

// On returns the smoothing with its defaults on a space. It is nil for the derivative
// at the point, and on spaces along which no edge moves.
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

// Mean returns the mean on a space, or nil if there are no lines.
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
