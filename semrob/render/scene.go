package render

import "fmt"

// Scene is what a picture shows in addition to the mesh: the camera, the lights and
// the colours. Start from DefaultScene: the zero value has no distance and no
// light.
//
// Angles are in degrees, lengths in units of the mesh (its largest side is 2
// after normalising), intensities and colours are linear, 0…1.
type Scene struct {
	// Azimuth φ and Elevation θ, in degrees, and Distance d place the camera at
	// (d cosθ sinφ, d sinθ, −d cosθ cosφ) from the target that it looks at.
	// Elevation is −90…90, ±90 included; Distance is above 0 and below Far.
	Azimuth   float64 `json:"azimuth"`
	Elevation float64 `json:"elevation"`
	Distance  float64 `json:"distance"`
	// Roll turns the picture in its plane, counter-clockwise, in degrees.
	Roll float64 `json:"roll"`
	// FOV is the full field of view, in degrees, above 0 and below 180.
	FOV float64 `json:"fov"`
	// OffsetX and OffsetY move the target, and the camera with it, from the
	// origin along the camera's x (right in the picture) and y (up in the
	// picture): the object moves the other way.
	OffsetX float64 `json:"offset-x"`
	OffsetY float64 `json:"offset-y"`
	// Light is the direction towards the directional light, in the mesh's own
	// axes. It is normalised before use and must not be zero.
	Light [3]float64 `json:"light"`
	// Directional and Ambient are the intensities of the two lights, both
	// white, 0 or more. A surface of normal n has the colour
	// Object · material · (Ambient + Directional · max(0, n·Light) + Lights), at
	// most 1; the material is white unless Options.Materials is set.
	Directional float64 `json:"directional"`
	Ambient     float64 `json:"ambient"`
	// Object and Background are colours, red, green and blue, 0…1.
	Object     [3]float64 `json:"object"`
	Background [3]float64 `json:"background"`

	// Lights are further directional lights; none in the paper.
	Lights []Light `json:"lights,omitempty"`
	// Backdrop is an image behind the object, which replaces Background: that
	// must be black then. It may be nil.
	Backdrop *Backdrop `json:"backdrop,omitempty"`
}

// DefaultScene returns the paper's scene: a white object on black seen from
// azimuth 0 and elevation 0 at distance 2.732 with a field of view of 60°,
// half ambient light and half directional light from above.
func DefaultScene() Scene {
	var s Scene
	for _, p := range parameters {
		*p.field(&s) = p.Default
	}
	return s
}

// Set gives the named semantic parameter a value, in the parameter's unit. If the
// name is unknown (an *UnknownError) or the value is not allowed, the scene is
// unchanged. Only Check finds a light of zero, so that its components can be set
// one after the other.
func (s *Scene) Set(name string, value float64) error {
	p, err := LookupParameter(name)
	if err != nil {
		return err
	}
	if err := p.Check(value); err != nil {
		return err
	}
	*p.field(s) = value
	return nil
}

// Get returns the value of the named semantic parameter, or an *UnknownError.
func (s Scene) Get(name string) (float64, error) {
	p, err := LookupParameter(name)
	if err != nil {
		return 0, err
	}
	return *p.field(&s), nil
}

// Check returns an error for the first parameter, light or background that is not
// allowed.
func (s Scene) Check() error { return s.check() }

// check is Check without a copy, which would escape to the heap.
func (s *Scene) check() error {
	for i := range parameters {
		if err := parameters[i].Check(*parameters[i].field(s)); err != nil {
			return err
		}
	}
	if s.Light == [3]float64{} {
		return fmt.Errorf("the light has no direction: set light-x, light-y or light-z to something other than 0")
	}
	if s.Backdrop != nil && s.Background != [3]float64{} {
		return fmt.Errorf("the background is both an image and a colour, %v: give one of them", s.Background)
	}
	for i := range s.Lights {
		if err := s.Lights[i].check(); err != nil {
			return fmt.Errorf("further light %d of %d: %w", i+1, len(s.Lights), err)
		}
	}
	return nil
}
