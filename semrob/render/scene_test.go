package render

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestParameters(t *testing.T) {
	want := []string{
		"azimuth", "elevation", "distance", "roll", "fov", "offset-x", "offset-y",
		"light-x", "light-y", "light-z", "directional", "ambient",
		"object-r", "object-g", "object-b", "background-r", "background-g", "background-b",
	}
	var got []string
	fields := map[*float64]string{}
	var s Scene
	for _, p := range Parameters() {
		got = append(got, p.Name)
		if other, taken := fields[p.field(&s)]; taken {
			t.Errorf("%s and %s are the same field", p.Name, other)
		}
		fields[p.field(&s)] = p.Name
		if p.Description == "" || !(p.DomainMin < p.DomainMax) {
			t.Errorf("%s: description %q, domain %g…%g", p.Name, p.Description, p.DomainMin, p.DomainMax)
		}
		for _, v := range []float64{p.Default, p.DomainMin, p.DomainMax} {
			if err := p.Check(v); err != nil {
				t.Errorf("%s does not take its own %g: %v", p.Name, v, err)
			}
		}
		if p.Periodic && p.DomainMax-p.DomainMin != 360 {
			t.Errorf("%s: a period of %g", p.Name, p.DomainMax-p.DomainMin)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the parameters are %v, want %v", got, want)
	}
	numbers := 0
	for scene, i := reflect.TypeFor[Scene](), 0; i < scene.NumField(); i++ {
		switch field := scene.Field(i).Type; field.Kind() {
		case reflect.Float64, reflect.Array:
			numbers += int(field.Size() / 8)
		}
	}
	if numbers != len(want) {
		t.Errorf("a scene has %d numbers, the table %d", numbers, len(want))
	}
}

func TestDefaultScene(t *testing.T) {
	want := Scene{Distance: 2.732, FOV: 60, Light: [3]float64{0, 1, 0}, Directional: 0.5, Ambient: 0.5, Object: [3]float64{1, 1, 1}}
	if got := DefaultScene(); !reflect.DeepEqual(got, want) {
		t.Errorf("the default scene is %+v, want %+v", got, want)
	}
	if err := DefaultScene().Check(); err != nil {
		t.Error(err)
	}
}

func TestSet(t *testing.T) {
	s := DefaultScene()
	for i, p := range Parameters() {
		value := p.DomainMin + (p.DomainMax-p.DomainMin)*float64(i+1)/20
		if err := s.Set(p.Name, value); err != nil {
			t.Error(err)
		}
		if got, err := s.Get(p.Name); err != nil || got != value {
			t.Errorf("%s is %g (%v) after setting it to %g", p.Name, got, err, value)
		}
	}
}

func TestSetErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		value float64
		want  string
	}{
		{"elevation", -90.5, "elevation -90.5° is outside its range -90…90°"},
		{"elevation", 91, "outside"},
		{"fov", 0, "fov 0° is not allowed: it must be more than 0° and less than 180°"},
		{"fov", 180, "less than 180°"},
		{"distance", 0, "more than 0"},
		{"distance", -1, "more than 0"},
		{"distance", 100, "less than 100"},
		{"azimuth", math.NaN(), "azimuth must be a finite number"},
		{"roll", math.Inf(1), "finite"},
		{"light-x", math.Inf(-1), "finite"},
		{"ambient", -0.1, "ambient -0.1 is not allowed: it must be at least 0"},
		{"directional", -1, "at least 0"},
		{"object-g", 1.5, "outside its range 0…1"},
		{"background-b", -0.5, "outside its range 0…1"},
		{"azimut", 3, `unknown semantic parameter "azimut": choose azimuth, elevation,`},
	} {
		t.Run(fmt.Sprintf("%s=%g", c.name, c.value), func(t *testing.T) {
			s := DefaultScene()
			err := s.Set(c.name, c.value)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s = %g: error %v, want one that says %q", c.name, c.value, err, c.want)
			}
			if !reflect.DeepEqual(s, DefaultScene()) {
				t.Errorf("%s = %g changed the scene", c.name, c.value)
			}
		})
	}
	_, err := DefaultScene().Get("colour")
	var unknown *UnknownError
	if !errors.As(err, &unknown) || unknown.Name != "colour" || len(unknown.Known) != len(Parameters()) {
		t.Errorf("error %v for an unknown name", err)
	}
}

// TestSetInAnyOrder turns the light one component at a time, through zero.
func TestSetInAnyOrder(t *testing.T) {
	s := DefaultScene()
	if err := s.Set("light-y", 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "light") {
		t.Errorf("a light without direction: error %v", err)
	}
	if err := s.Set("light-z", 2); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
