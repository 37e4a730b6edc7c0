package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// gradientFlags say what the gradients of f are slopes of.
type gradientFlags struct{ width float64 }

func (f *gradientFlags) add(flags *pflag.FlagSet) {
	standard := rendered.HalfADegree.WithDefaults()
	flags.Float64Var(&f.width, "gradient-width", 0, fmt.Sprintf(
		"length in degrees of the lines over which the derivatives of f are averaged, each at %d points in pictures of %d×%d samples a pixel: %g is the slope that f has, at some 15 times the cost of the derivative at the point, which 0 takes",
		standard.Points, standard.Supersample, standard.Supersample, standard.Width))
}

func (f *gradientFlags) smoothing() (rendered.Smoothing, error) {
	if !(f.width >= 0 && f.width <= 10) {
		return rendered.Smoothing{}, fmt.Errorf("--gradient-width %g: it must be from 0 to 10 degrees", f.width)
	}
	return rendered.Smoothing{Width: f.width}, nil
}
