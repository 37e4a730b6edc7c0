package subject

import (
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

func TestParseSpace(t *testing.T) {
	distance := objective.Axis{Name: "distance", Min: 2, Max: 4}
	half := objective.Axis{Name: "azimuth", Unit: "°", Min: 0, Max: 180}
	for text, want := range map[string]objective.Space{
		"":                                    objective.Viewpoints(),
		"azimuth elevation":                   objective.Viewpoints(),
		"azimuth=0:360 elevation=-10:90":      objective.Viewpoints(),
		"azimuth distance=2:4":                {objective.Azimuth, distance},
		"azimuth=0:180 distance=2:4:0.1":      {half, distance},
		"azimuth=0:360:3 elevation=-10:90:10": objective.Viewpoints(),
	} {
		t.Run(text, func(t *testing.T) {
			got, err := ParseSpace(strings.Fields(text)...)
			if err != nil || got.String() != want.String() || got[0].Periodic != want[0].Periodic {
				t.Errorf("%v, error %v, want %v", got, err, want)
			}
		})
	}
	for text, says := range map[string]string{
		"azimut": "azimut", "azimuth azimuth": "twice", "distance=4:2": "reversed", "distance=2": "from:to",
		"elevation=0:120": "elevation 120", "distance=a:4": "not a number", "distance=3:3": "empty",
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := ParseSpace(strings.Fields(text)...); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one that says %q", err, says)
			}
		})
	}
}
