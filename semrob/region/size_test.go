package region

import (
	"errors"
	"fmt"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// TestSettingsBeyondMemory has numbers as an item of a study could have them.
func TestSettingsBeyondMemory(t *testing.T) {
	ask := func(axes, starts int, s Settings) error {
		f := &objective.Func{F: func([]float64) float64 { return 1 }}
		for k := range axes {
			f.Domain = append(f.Domain, objective.Axis{Name: fmt.Sprint("x", k), Max: 1})
		}
		p := Problem{Objective: f}
		for range starts {
			p.Starts = append(p.Starts, make([]float64, axes))
		}
		_, err := Find(t.Context(), p, OIRB{}, s)
		return err
	}
	for name, c := range map[string]struct {
		axes, starts int
		settings     Settings
	}{
		"points on each face":           {2, 1, Settings{Sampling: FacePoints, PointsPerFace: 1 << 40}},
		"points of all faces":           {20, 4, Settings{Sampling: FacePoints, PointsPerFace: 1 << 20}},
		"corners":                       {28, 1, Settings{MaxCorners: 1 << 30}},
		"corners of many starts":        {20, 100, Settings{MaxCorners: 1 << 20}},
		"iterations":                    {2, 1, Settings{Iterations: 1 << 40}},
		"traces":                        {2, 1000, Settings{Iterations: 1_000_000, TraceEvery: 1}},
		"centuries":                     {17, 4, Settings{MaxCorners: 1 << 17, Iterations: 1_000_000, TraceEvery: 1_000_000}},
		"published mode of many starts": {20, 100, Settings{Mode: Published}},
	} {
		if err := ask(c.axes, c.starts, c.settings); !errors.Is(err, objective.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ask(2, 4, Settings{Iterations: 3}); err != nil {
		t.Error(err)
	}
}
