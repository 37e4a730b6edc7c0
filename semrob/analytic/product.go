package analytic

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// product is base + height·Π g(u_k), the common form of boxes and Gaussians.
// Its integral over a box is a product, and so are its extremes, since every
// factor is ≥ 0.
type product struct {
	base, height float64
	factors      []factor
}

// factor is a function g ≥ 0 of one coordinate, symmetric about its centre and
// falling away from it, and periodic if its axis is.
type factor interface {
	at(x float64) float64
	slope(x float64) float64
	// integral is that of g from a to b ≥ a, around the period of a periodic
	// axis.
	integral(a, b float64) float64
	// centre returns the axis and the coordinate of the greatest g.
	centre() (objective.Axis, float64)
}

func (p product) value(u []float64) float64 {
	v := p.height
	for k, g := range p.factors {
		v *= g.at(u[k])
	}
	return p.base + v
}

// gradient writes the gradient at u and returns the value.
func (p product) gradient(u, gradient []float64) float64 {
	for k := range gradient {
		gradient[k] = p.height
	}
	v := p.height
	for k, g := range p.factors {
		at := g.at(u[k])
		v *= at
		for j := range gradient {
			if j == k {
				gradient[j] *= g.slope(u[k])
			} else {
				gradient[j] *= at
			}
		}
	}
	return p.base + v
}

func (p product) integral(a, b []float64) float64 {
	volume, part := 1.0, p.height
	for k, g := range p.factors {
		volume *= b[k] - a[k]
		part *= g.integral(a[k], b[k])
	}
	return p.base*volume + part
}

// extremes returns the points of the domain with the least and the greatest
// product.
func (p product) extremes() (least, greatest []float64) {
	for _, g := range p.factors {
		axis, c := g.centre()
		least = append(least, farthest(axis, c))
		greatest = append(greatest, axis.Wrap(c))
	}
	if p.height < 0 {
		return greatest, least
	}
	return least, greatest
}

func (p product) minimum() ([]float64, float64) {
	least, _ := p.extremes()
	return least, p.value(least)
}

func (p product) maximum() ([]float64, float64) {
	_, greatest := p.extremes()
	return greatest, p.value(greatest)
}

// images is a function on the whole line, made periodic on a periodic axis by
// summing its images, one per period.
type images struct {
	axis objective.Axis
	// reach is the distance from the centre beyond which the function is 0 in
	// float64.
	centre, reach float64
}

// sum returns the sum of f over the images of x.
func (im images) sum(x float64, f func(x float64) float64) float64 {
	if !im.axis.Periodic {
		return f(x)
	}
	p := im.axis.Width()
	x = im.centre + math.Remainder(x-im.centre, p)
	n := int(math.Ceil(im.reach/p)) + 1
	total := 0.0
	for j := -n; j <= n; j++ {
		total += f(x + float64(j)*p)
	}
	return total
}

// integral returns the integral from a to b of the function with the
// antiderivative F, which rises from F(−∞) = 0 to F(∞) = whole.
func (im images) integral(a, b, whole float64, F func(x float64) float64) float64 {
	if !im.axis.Periodic {
		return F(b) - F(a)
	}
	p := im.axis.Width()
	periods := math.Floor((b - a) / p)
	rest := b - a - periods*p
	a = im.centre + math.Remainder(a-im.centre, p)
	n := int(math.Ceil(im.reach/p)) + 2
	total := periods * whole // over a period all images together have the integral whole
	for j := -n; j <= n; j++ {
		shift := float64(j) * p
		total += F(a+rest+shift) - F(a+shift)
	}
	return total
}
