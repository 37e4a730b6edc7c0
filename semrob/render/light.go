package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Light is a directional light: it comes from the same direction everywhere and
// casts no shadow. It adds Intensity · Colour · max(0, n·Direction) to the light
// on a surface of normal n.
//
// Its text, in flags and plans, is "x,y,z[,intensity[,r,g,b]]"; see ParseLight.
// In JSON it is an object.
type Light struct {
	// Direction points towards the light, in the mesh's own axes. It is
	// normalised before use and must not be zero.
	Direction [3]float64 `json:"direction"`
	// Intensity is 0 or more.
	Intensity float64 `json:"intensity"`
	// Colour is red, green and blue, 0…1; {0, 0, 0} means white.
	Colour [3]float64 `json:"colour"`
}

// ParseLight reads "x,y,z", "x,y,z,intensity" or "x,y,z,intensity,r,g,b": the
// direction towards a light, its intensity (default 0.5) and its colour, 0…1
// (default white).
func ParseLight(text string) (Light, error) {
	var values []float64
	for _, field := range strings.Split(text, ",") {
		value, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return Light{}, fmt.Errorf("light %q: %q is not a number: write x,y,z[,intensity[,r,g,b]]", text, field)
		}
		values = append(values, value)
	}
	l := Light{Intensity: 0.5, Colour: [3]float64{1, 1, 1}}
	switch len(values) {
	case 7:
		l.Colour = [3]float64(values[4:])
		fallthrough
	case 4:
		l.Intensity = values[3]
		fallthrough
	case 3:
		l.Direction = [3]float64(values[:3])
	default:
		return Light{}, fmt.Errorf("light %q has %d numbers: write x,y,z[,intensity[,r,g,b]]", text, len(values))
	}
	if l.Colour == [3]float64{} {
		return Light{}, fmt.Errorf("light %q is black: leave it out, or give it intensity 0", text)
	}
	if err := l.check(); err != nil {
		return Light{}, fmt.Errorf("light %q: %w", text, err)
	}
	return l, nil
}

// UnmarshalText is ParseLight.
func (l *Light) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLight(string(text))
	return err
}

// MarshalText writes the light as ParseLight reads it.
func (l Light) MarshalText() ([]byte, error) {
	values := append(l.Direction[:], l.Intensity)
	if white := [3]float64{1, 1, 1}; l.Colour != white && l.Colour != [3]float64{} {
		values = append(values, l.Colour[:]...)
	}
	var text []byte
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendFloat(text, v, 'g', -1, 64)
	}
	return text, nil
}

// lightObject is a Light that encoding/json does not take for text.
type lightObject Light

// MarshalJSON writes an object of the fields.
func (l Light) MarshalJSON() ([]byte, error) { return json.Marshal(lightObject(l)) }

// UnmarshalJSON reads an object of the fields, and no others.
func (l *Light) UnmarshalJSON(data []byte) error {
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	return strict.Decode((*lightObject)(l))
}

// radiance returns Intensity · Colour.
func (l *Light) radiance() [3]float64 {
	if l.Colour == [3]float64{} {
		return [3]float64{l.Intensity, l.Intensity, l.Intensity}
	}
	return [3]float64{l.Intensity * l.Colour[0], l.Intensity * l.Colour[1], l.Intensity * l.Colour[2]}
}

func (l *Light) check() error {
	for _, d := range l.Direction {
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return fmt.Errorf("the direction %v is not finite", l.Direction)
		}
	}
	if l.Direction == [3]float64{} {
		return errors.New("the light has no direction: give one that is not 0, 0, 0")
	}
	if !(l.Intensity >= 0) || math.IsInf(l.Intensity, 0) {
		return fmt.Errorf("the intensity %g is not a finite number of at least 0", l.Intensity)
	}
	for _, c := range l.Colour {
		if !(c >= 0 && c <= 1) {
			return fmt.Errorf("the colour %v is not 0…1 in red, green and blue", l.Colour)
		}
	}
	return nil
}
