package sensitivity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Version is part of the key of results kept on disk. It is raised whenever the same
// settings give different numbers.
const Version = 1

// Factor is an axis, or a group of axes that move together.
type Factor struct {
	// Name is that of the axis or of the group, such as "light".
	Name string `json:"name"`
	// Axes are the names of the axes.
	Axes []string `json:"axes"`
}

// ParseFactor parses a group of axes: "light=light-x,light-y,light-z", or "light" for
// all axes whose names begin with "light-".
func ParseFactor(space objective.Space, text string) (Factor, error) {
	name, list, named := strings.Cut(text, "=")
	f := Factor{Name: strings.TrimSpace(name)}
	if named {
		for axis := range strings.SplitSeq(list, ",") {
			f.Axes = append(f.Axes, strings.TrimSpace(axis))
		}
		return f, f.check(space)
	}
	for _, axis := range space {
		if strings.HasPrefix(axis.Name, f.Name+"-") {
			f.Axes = append(f.Axes, axis.Name)
		}
	}
	if len(f.Axes) == 0 {
		return f, fmt.Errorf("the group %q has no axes: no name in %s begins with %q; list them, as in light=light-x,light-y", f.Name, space, f.Name+"-")
	}
	return f, nil
}

func (f Factor) check(space objective.Space) error {
	if f.Name == "" || len(f.Axes) == 0 {
		return fmt.Errorf("a group needs a name and axes, as in light=light-x,light-y")
	}
	for _, axis := range f.Axes {
		if space.Index(axis) < 0 {
			return fmt.Errorf("the group %q: %q is not an axis of %s", f.Name, axis, space)
		}
	}
	return nil
}

// Factors returns the factors of a space: the groups, and each axis in no group by
// itself, in the order of the space.
func Factors(space objective.Space, groups ...Factor) ([]Factor, error) {
	of := map[string]int{} // axis to group
	for i, g := range groups {
		if err := g.check(space); err != nil {
			return nil, err
		}
		for _, axis := range g.Axes {
			if other, taken := of[axis]; taken {
				return nil, fmt.Errorf("%q is in the groups %q and %q: it can be in one", axis, groups[other].Name, g.Name)
			}
			of[axis] = i
		}
	}
	var factors []Factor
	used := make([]bool, len(groups))
	for _, axis := range space {
		i, grouped := of[axis.Name]
		switch {
		case !grouped:
			factors = append(factors, Factor{axis.Name, []string{axis.Name}})
		case !used[i]:
			used[i] = true
			factors = append(factors, groups[i])
		}
	}
	for i, f := range factors {
		if slices.ContainsFunc(factors[:i], func(g Factor) bool { return g.Name == f.Name }) {
			return nil, fmt.Errorf("two factors are named %q: give the group another name", f.Name)
		}
	}
	return factors, nil
}

// Settings controls Analyse. The zero value spends 1024·(factors + 2) evaluations.
type Settings struct {
	// Within is the box that points are drawn from; nil means the whole domain. A side
	// without width is not a factor.
	Within *region.Bounds `json:"within,omitempty"`
	// Groups are groups of axes that move together, as one factor.
	Groups []Factor `json:"groups,omitempty"`
	// Points is N, the number of points of A and of B; 0 means 1024. It is rounded up
	// to a multiple of Replicates.
	Points int `json:"points"`
	// Replicates is the number of independently scrambled sequences that the points are
	// divided into, at least 8; 0 means 32.
	Replicates int `json:"replicates"`
	// Gradients is the number of points with a gradient of f, for bounds of the total
	// indices; 0 means none. It is rounded up to a multiple of Replicates, and is at
	// most Points.
	Gradients int `json:"gradients,omitempty"`
	// Criterion decides which views are right; the zero value asks for top-1 answers if
	// the objective has them.
	Criterion verify.Criterion `json:"criterion"`
	// Confidence is that of each interval; 0 means 0.95.
	Confidence float64 `json:"confidence"`
	// Resamples is the number of bootstrap samples; 0 means 2000.
	Resamples int `json:"resamples"`
	// Seed decides points and resamples.
	Seed uint64 `json:"seed"`
	// Progress, if set, receives every evaluation.
	Progress progress.Progress `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by its default and numbers
// of points rounded up.
func (s Settings) WithDefaults() Settings {
	s.Points = cmp.Or(s.Points, 1024)
	s.Replicates = cmp.Or(s.Replicates, 32)
	s.Confidence = cmp.Or(s.Confidence, 0.95)
	s.Resamples = cmp.Or(s.Resamples, 2000)
	if s.Replicates > 0 {
		whole := func(n int) int { return (n + s.Replicates - 1) / s.Replicates * s.Replicates }
		s.Points, s.Gradients = whole(s.Points), whole(s.Gradients)
	}
	s.Progress = progress.Or(s.Progress)
	return s
}

// leastReplicates is enough for the scatter of replicates to be known.
const leastReplicates = 8

// Check reports the first setting that is out of range.
func (s Settings) Check() error {
	switch {
	case s.Replicates < leastReplicates:
		return fmt.Errorf("%d replicates: at least %d are needed to know their scatter", s.Replicates, leastReplicates)
	case s.Points < 2*s.Replicates:
		return fmt.Errorf("%d points in %d replicates: give each at least 2", s.Points, s.Replicates)
	case s.Gradients < 0 || s.Gradients > s.Points:
		return fmt.Errorf("gradients at %d points: the number must be in 0…%d, the number of points", s.Gradients, s.Points)
	case !(s.Confidence > 0 && s.Confidence < 1):
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", s.Confidence)
	case s.Resamples < 100:
		return fmt.Errorf("%d bootstrap samples: use at least 100", s.Resamples)
	}
	return s.Criterion.Check()
}
