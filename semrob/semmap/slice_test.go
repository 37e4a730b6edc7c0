package semmap_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

var distance = objective.Axis{Name: "distance", Min: 1, Max: 5}

// solid returns a map of three axes, 6×3×4 points, whose values identify the points.
func solid(t *testing.T) *semmap.Map {
	t.Helper()
	space := objective.Space{objective.Azimuth, distance, objective.Elevation}
	var axes []semmap.Samples
	for k, r := range []semmap.Range{{From: 0, To: 360, Step: 60}, {From: 2, To: 5, Step: 1}, {From: 0, To: 40, Step: 10}} {
		s, err := semmap.Sample(space[k], r)
		if err != nil {
			t.Fatal(err)
		}
		axes = append(axes, s)
	}
	m, err := semmap.New(axes...)
	if err != nil {
		t.Fatal(err)
	}
	f := &objective.Func{Domain: space, F: func(u []float64) float64 { return u[0] + 1000*u[1] + u[2]/100 }}
	if err := m.Compute(context.Background(), f, semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	m.Meta = `{"label":"number","mesh":"cube"}`
	return m
}

func TestSlicesAreValuesOfTheMap(t *testing.T) {
	m := solid(t)
	for _, c := range []struct {
		axis        string
		value, want float64
		k           int
	}{
		{"distance", 3.2, 3, 1}, {"distance", 2.5, 2, 1}, {"distance", 4.5, 4, 1}, // beyond the last by half a step
		{"azimuth", 59, 60, 0}, {"azimuth", 350, 0, 0}, {"azimuth", -61, 300, 0}, {"elevation", 30, 30, 2},
	} {
		t.Run(fmt.Sprint(c.axis, c.value), func(t *testing.T) {
			s, err := m.Slice(c.axis, c.value)
			if err != nil {
				t.Errorf("%s %g: %v", c.axis, c.value, err)
				return
			}
			if len(s.Axes) != 2 || s.Space().Index(c.axis) >= 0 {
				t.Errorf("%s %g: the axes left are %s", c.axis, c.value, s.Space())
			}
			for i, z := range s.Z {
				u := make([]float64, 3)
				rest := s.Point(i)
				for k := range u {
					if k == c.k {
						u[k] = c.want
					} else {
						u[k], rest = rest[0], rest[1:]
					}
				}
				if want := u[0] + 1000*u[1] + u[2]/100; math.Abs(z-want) > 1e-3 {
					t.Fatalf("%s %g: %g at %v, want %g", c.axis, c.value, z, u, want)
				}
			}
		})
	}
}

func TestProjections(t *testing.T) {
	m := solid(t)
	for how, want := range map[semmap.Projection]float64{semmap.ProjectMin: 2000, semmap.ProjectMean: 3000, semmap.ProjectMax: 4000} {
		t.Run(string(how), func(t *testing.T) {
			s, err := m.Project("distance", how)
			if err != nil {
				t.Fatal(err)
			}
			for i, z := range s.Z {
				u := s.Point(i)
				if math.Abs(z-(u[0]+want+u[1]/100)) > 1e-3 {
					t.Errorf("%s: %g at %v", how, z, u)
				}
			}
		})
	}
	line, err := m.Project("azimuth", semmap.ProjectMax)
	if err != nil {
		t.Fatal(err)
	}
	if line, err = line.Slice("elevation", 0); err != nil || len(line.Z) != 3 || line.Z[1] != 3300 {
		t.Errorf("%+v, error %v", line, err)
	}
	if got, want := line.Caption(), "max over azimuth · elevation 0°"; got != want {
		t.Errorf("caption %q, want %q", got, want)
	}
	path := filepath.Join(t.TempDir(), "line.npz")
	if err := line.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := semmap.Load(path)
	if err != nil || again.Caption() != line.Caption() || !strings.Contains(again.Meta, `"label":"number"`) || again.Axes[0].Axis != distance {
		t.Errorf("%+v, error %v", again, err)
	}
}

// TestWhatIsNotKnownStaysUnknown: the minimum over points is unknown if the value
// of one of them is.
func TestWhatIsNotKnownStaysUnknown(t *testing.T) {
	m := solid(t)
	m.Z[0] = math.NaN()
	for _, how := range []semmap.Projection{semmap.ProjectMin, semmap.ProjectMean, semmap.ProjectMax} {
		s, err := m.Project("distance", how)
		if err != nil || s.Missing() != 1 || !math.IsNaN(s.Z[0]) {
			t.Errorf("%s: %d values are missing, error %v", how, s.Missing(), err)
		}
	}
	m = solid(t)
	m.Evaluated = make([]bool, len(m.Z))
	for i := range m.Z {
		m.Evaluated[i] = i != 0
	}
	s, err := m.Project("distance", semmap.ProjectMin)
	if err != nil || s.Evaluations() != len(s.Z)-1 || s.Evaluated[0] {
		t.Errorf("%d of %d evaluated, error %v", s.Evaluations(), len(s.Z), err)
	}
	if s, err = m.Slice("distance", 3); err != nil || s.Evaluations() != len(s.Z) {
		t.Errorf("%d of %d evaluated, error %v", s.Evaluations(), len(s.Z), err)
	}
}

func TestSlicesSayWhatIsWrong(t *testing.T) {
	m := solid(t)
	flat, err := m.Slice("distance", 3)
	if err != nil {
		t.Fatal(err)
	}
	line, err := flat.Slice("elevation", 0)
	if err != nil {
		t.Fatal(err)
	}
	for says, c := range map[string]struct{ err, is error }{
		`no axis "roll"`:                 {second(m.Slice("roll", 0)), nil},
		"distance 4.6":                   {second(m.Slice("distance", 4.6)), semmap.ErrNotOnGrid},
		"elevation -5.1°":                {second(m.Slice("elevation", -5.1)), semmap.ErrNotOnGrid},
		"distance NaN":                   {second(m.Slice("distance", math.NaN())), semmap.ErrNotOnGrid},
		"azimuth 180°":                   {second(quarter(t).Slice("azimuth", 180)), semmap.ErrNotOnGrid},
		"slicing a map: azimuth is its":  {second(line.Slice("azimuth", 0)), nil},
		"projecting a map: azimuth is i": {second(line.Project("azimuth", semmap.ProjectMin)), nil},
		`projection "mode"`:              {second(m.Project("distance", "mode")), nil},
	} {
		t.Run(says, func(t *testing.T) {
			if c.err == nil || !strings.Contains(c.err.Error(), says) || (c.is != nil && !errors.Is(c.err, c.is)) {
				t.Errorf("error %v, want one with %q that is %v", c.err, says, c.is)
			}
		})
	}
}

// quarter is a map of a part of the circle.
func quarter(t *testing.T) *semmap.Map { return viewpoints(t, "0:90:30", "0:90:45") }

func second[T any](_ T, err error) error { return err }
