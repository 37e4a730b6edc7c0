package method_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/method"
)

type plain struct{}

func (plain) Name() string { return "plain" }

type steep struct {
	Rate      float64 `json:"rate" usage:"how fast"`
	HalfWidth float64 `json:"half_width,omitempty" usage:"how wide"`
	Count     int     `json:"count" usage:"how often"`
}

func (steep) Name() string { return "steep-one" }

func (s steep) CheckNumbers() error {
	if s.Rate < 0 {
		return fmt.Errorf("rate %g is negative", s.Rate)
	}
	return nil
}

var table = method.Table[method.Method]{What: "method", Methods: []method.Method{plain{}, steep{}}}

func TestWith(t *testing.T) {
	got, err := table.With("Steep_One", map[string]float64{"rate": 2, "half-width": 0.5, "count": 3})
	if want := (steep{Rate: 2, HalfWidth: 0.5, Count: 3}); err != nil || got != method.Method(want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for name, c := range map[string]struct {
		method  string
		numbers map[string]float64
		says    string
	}{
		"a number of another method": {"steep-one", map[string]float64{"alpha": 1}, "it has rate, half-width, count"},
		"a number where none is":     {"plain", map[string]float64{"rate": 1}, "it has no numbers of its own"},
		"a part of a count":          {"steep-one", map[string]float64{"count": 1.5}, "count"},
		"out of range":               {"steep-one", map[string]float64{"rate": -1}, "rate -1 is negative"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := table.With(c.method, c.numbers); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one with %q", err, c.says)
			}
		})
	}
	var unknown *enum.UnknownError
	if _, err := table.With("flat", nil); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"plain", "steep-one"}) {
		t.Errorf("an unknown method: %v", err)
	}
}

func TestDecode(t *testing.T) {
	got, err := table.Decode("steep-one", []byte(`{"rate": 2}`))
	if err != nil || got != method.Method(steep{Rate: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := table.Decode("plain", []byte(`{"rate": 2}`)); err == nil {
		t.Error("a number that the method does not have was read over")
	}
}

func TestNumbers(t *testing.T) {
	var names []string
	for _, n := range table.Numbers() {
		if names = append(names, n.Name); len(n.Methods) != 1 || n.Usage == "" {
			t.Errorf("%+v", n)
		}
	}
	if !slices.Equal(names, []string{"rate", "half-width", "count"}) {
		t.Errorf("numbers %v", names)
	}
}
