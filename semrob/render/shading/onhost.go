package shading

import (
	"math"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// If each copy has one colour, a picture's derivatives reduce to those with respect
// to a few thousand colours and the camera: less work than starting a program. So
// they are taken to the parameters here, with the formulas of the graph; a test
// compares the two.

// onHost writes the derivatives of the pulled-back function, [Width], if each copy
// has one colour. lights are the further lights, as from Lights.
func (p *pulled) onHost(t *Tracer, s *render.Scene, lights, gradient []float32) {
	put := func(name string, d float64) { gradient[graphscene.Column(name)] = float32(d) }
	for k, channel := range channelNames {
		put("background-"+channel, float64(p.background[k]))
	}
	p.ofColours(t, s, lights, put)
	p.ofCamera(s, t.samples, t.convention, put)
}

// ofColours puts the derivatives with respect to colours and lights. The colour of
// a copy is min(1, object · material · light), with light = ambient + directional ·
// max(0, n·l) + radiance · max(0, n·direction) of the further lights. At the kink
// of the minimum or a maximum the derivative is the graph's.
func (p *pulled) ofColours(t *Tracer, s *render.Scene, lights []float32, put func(string, float64)) {
	direction := vec3.Unit(s.Light)
	var ofDirection, ofObject [3]float64
	var ofDirectional, ofAmbient float64
	n := len(p.slots)
	for i, slot := range p.slots {
		face, material := t.faceOf(slot-1), [3]float32{1, 1, 1}
		normal := t.normal(face)
		if face != slot-1 {
			normal = [3]float64{-normal[0], -normal[1], -normal[2]}
		}
		if t.surface.FaceColours != nil {
			material = t.surface.FaceColours[t.surface.Row(face, face != slot-1)]
		}
		lit := vec3.Dot(normal, direction)
		falling := max(lit, 0)
		var weights float64 // adjoint of the white light
		for k := range 3 {
			light := s.Ambient + s.Directional*falling + fromFurther(lights, &normal, k)
			if float32(s.Object[k]*float64(material[k])*light) >= 1 {
				continue
			}
			adjoint := float64(p.colours[k*n+i]) * float64(material[k])
			ofObject[k] += adjoint * light
			weights += adjoint * s.Object[k]
		}
		ofAmbient += weights
		ofDirectional += weights * falling
		if lit >= 0 {
			for k := range 3 {
				ofDirection[k] += weights * s.Directional * normal[k]
			}
		}
	}
	for k, channel := range channelNames {
		put("object-"+channel, ofObject[k])
	}
	put("ambient", ofAmbient)
	put("directional", ofDirectional)
	// The direction is the light divided by its length.
	along, length := vec3.Dot(ofDirection, direction), vec3.Dot(s.Light, direction)
	for k, axis := range [3]string{"light-x", "light-y", "light-z"} {
		put(axis, (ofDirection[k]-along*direction[k])/length)
	}
}

// fromFurther returns the red, green or blue light of the further lights on a
// surface.
func fromFurther(lights []float32, normal *[3]float64, channel int) (sum float64) {
	for i := 0; i < len(lights); i += lightColumns {
		l := lights[i:][:lightColumns]
		n := normal[0]*float64(l[0]) + normal[1]*float64(l[1]) + normal[2]*float64(l[2])
		sum += float64(l[3+channel]) * max(n, 0)
	}
	return sum
}

// ofCamera puts the derivatives with respect to the camera's parameters.
func (p *pulled) ofCamera(s *render.Scene, samples int, convention render.Convention, put func(string, float64)) {
	var adjoints [3][3]float64 // of right, up and forward
	var shift [3]float64
	for axis := range 3 {
		for k := range 3 {
			adjoints[axis][k] = float64(p.camera[4*axis+k])
		}
		shift[axis] = float64(p.camera[4*axis+3])
	}
	put("offset-x", -shift[0])
	put("offset-y", -shift[1])
	put("distance", shift[2])
	const degree = math.Pi / 180
	// scale is samples/2 · cot(fov/2).
	sine := math.Sin(s.FOV / 2 * degree)
	put("fov", -float64(p.camera[cameraValues-1])*float64(samples)/4/(sine*sine)*degree)

	e := newEye(s, samples, convention)
	put("roll", (vec3.Dot(adjoints[1], e.Right)-vec3.Dot(adjoints[0], e.Up))*degree)
	// Azimuth rotates all axes about the mesh's y.
	var azimuth float64
	for axis, v := range [3][3]float64{e.Right, e.Up, e.Forward} {
		azimuth += adjoints[axis][2]*v[0] - adjoints[axis][0]*v[2]
	}
	put("azimuth", azimuth*degree)
	// Elevation rotates up to forward and forward down, about the right axis
	// without roll.
	sinR, cosR := math.Sincos(s.Roll * degree)
	var upright [3]float64 // up without roll
	for k := range 3 {
		upright[k] = cosR*e.Up[k] - sinR*e.Right[k]
	}
	put("elevation", (cosR*vec3.Dot(adjoints[1], e.Forward)-sinR*vec3.Dot(adjoints[0], e.Forward)-vec3.Dot(adjoints[2], upright))*degree)
}
