package region_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/region"
)

// multilinear is Σ over subsets S of c_S Π_{k∈S} u_k.
func multilinear(c []float64, u []float64) float64 {
	total := 0.0
	for s, coefficient := range c {
		term := coefficient
		for k := range u {
			if s>>k&1 == 1 {
				term *= u[k]
			}
		}
		total += term
	}
	return total
}

// integral integrates f over a box by two-point Gauss–Legendre quadrature,
// which is exact for multilinear f and looks at no corner.
func integral(f func([]float64) float64, a, b []float64) float64 {
	n := len(a)
	total := 0.0
	u := make([]float64, n)
	for node := range 1 << n {
		weight := 1.0
		for k := range u {
			x := -1 / math.Sqrt(3)
			if node>>k&1 == 1 {
				x = -x
			}
			u[k] = (a[k]+b[k])/2 + x*(b[k]-a[k])/2
			weight *= (b[k] - a[k]) / 2
		}
		total += weight * f(u)
	}
	return total
}

// TestStepsAreGradients compares every method's step with central differences
// of the integral that it descends, on multilinear f where corner means are
// exact: −∫_D f + λ/2‖r‖² for naive, ∫_outer f − 2∫_D f for OIR-B.
func TestStepsAreGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const lambda, alpha = 0.3, 0.2
	losses := map[string]func(f func([]float64) float64, a, b []float64) float64{
		"naive": func(f func([]float64) float64, a, b []float64) float64 {
			norm := 0.0
			for k := range a {
				norm += (b[k] - a[k]) * (b[k] - a[k])
			}
			return -integral(f, a, b) + lambda/2*norm
		},
		"oir-b": func(f func([]float64) float64, a, b []float64) float64 {
			outerA, outerB := make([]float64, len(a)), make([]float64, len(a))
			for k := range a {
				r := b[k] - a[k]
				outerA[k], outerB[k] = a[k]-alpha/2*r, b[k]+alpha/2*r
			}
			return integral(f, outerA, outerB) - 2*integral(f, a, b)
		},
	}
	for _, method := range []region.Method{region.Naive{Lambda: lambda}, region.OIRB{Alpha: alpha}} {
		for _, n := range []int{1, 2, 3, 5} {
			coefficients := make([]float64, 1<<n)
			for i := range coefficients {
				coefficients[i] = rng.NormFloat64()
			}
			f := func(u []float64) float64 { return multilinear(coefficients, u) }
			a, b := make([]float64, n), make([]float64, n)
			for k := range a {
				a[k] = rng.NormFloat64()
				b[k] = a[k] + 0.5 + rng.Float64()
			}
			loss := func() float64 { return losses[method.Name()](f, a, b) }
			da, db := step(method, f, a, b)
			if got, want := lossOf(method, f, a, b), loss(); math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("%s, n=%d: loss %g, the integral is %g", method.Name(), n, got, want)
			}
			for k := range a {
				compareGradient(t, method.Name(), n, "a", k, da[k], central(loss, &a[k]))
				compareGradient(t, method.Name(), n, "b", k, db[k], central(loss, &b[k]))
			}
		}
	}
}

func compareGradient(t *testing.T, method string, n int, bound string, k int, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
		t.Errorf("%s, n=%d: ∂L/∂%s[%d] = %g, central difference %g", method, n, bound, k, got, want)
	}
}

func central(loss func() float64, x *float64) float64 {
	const h = 1e-5
	at := *x
	*x = at + h
	up := loss()
	*x = at - h
	down := loss()
	*x = at
	return (up - down) / (2 * h)
}

func probeValues(method region.Method, f func([]float64) float64, a, b []float64) (r, values []float64) {
	r = make([]float64, len(a))
	for k := range r {
		r[k] = b[k] - a[k]
	}
	for _, offsets := range method.Probes(len(a)) {
		u := make([]float64, len(a))
		for k := range u {
			u[k] = a[k] + offsets[k]*r[k]
		}
		values = append(values, f(u))
	}
	return r, values
}

func step(method region.Method, f func([]float64) float64, a, b []float64) (da, db []float64) {
	r, values := probeValues(method, f, a, b)
	scale := make([]float64, len(r))
	for k := range scale {
		scale[k] = 2 / r[k]
		for _, w := range r {
			scale[k] *= w / 2
		}
	}
	da, db = make([]float64, len(a)), make([]float64, len(a))
	method.Step(r, scale, values, da, db)
	return da, db
}

func lossOf(method region.Method, f func([]float64) float64, a, b []float64) float64 {
	r, values := probeValues(method, f, a, b)
	return method.Loss(r, values)
}

func TestMethodByName(t *testing.T) {
	for name, want := range map[string]string{"naive": "naive", "OIR_B": "oir-b", "oir-b": "oir-b"} {
		m, err := region.MethodByName(name)
		if err != nil || m.Name() != want {
			t.Errorf("MethodByName(%q) = %v, %v", name, m, err)
		}
	}
	if _, err := region.MethodByName("oir"); err == nil {
		t.Error("an unknown method gave no error")
	}
}
