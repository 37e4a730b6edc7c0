package enum_test

import (
	"errors"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
)

type colour string

var colours = enum.Of[colour]("colour", "red", "sea-green", "blue")

func TestParse(t *testing.T) {
	for name, want := range map[string]colour{"": "red", "blue": "blue", "Sea_Green": "sea-green"} {
		t.Run(name, func(t *testing.T) {
			var got colour
			if err := colours.Unmarshal(&got, []byte(name)); err != nil || got != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
	_, err := colours.Parse("pink")
	var unknown *enum.UnknownError
	if !errors.As(err, &unknown) || unknown.Name != "pink" || len(unknown.Known) != 3 {
		t.Fatalf("error %v", err)
	}
	if want := `unknown colour "pink": choose red, sea-green or blue`; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}
