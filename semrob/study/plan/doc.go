// Package plan reads the plan of a study from a YAML file, checks it as a whole, and
// lists its items.
//
//	study: lite-on-shapes
//	networks:
//	  - efficientnet-lite0                       # as in network.OpenWith
//	  - {name: resnet50=weights.pth, preprocess: raw, precision: bfloat16}
//	  - {analytic: soft-box}                     # a formula, for teaching and tests
//	objects:
//	  - {mesh: teapot, class: teapot}            # generated, or a file
//	  - {files: "meshes/toilet_*.obj", class: toilet seat}
//	  - layout: ShapeNetCore                     # class/id/models/model_normalized.obj
//	    classes: {"02691156": airliner, "03001627": folding chair}
//	    limit: 10                                # of each class, the first by name
//	space:
//	  axes: [azimuth, elevation]                 # a name, or name=from:to
//	  set: {distance: 3}
//	look:                                        # white and flat by default
//	  materials: true                            # colours and textures of the meshes' files
//	  shading: smooth                            # or flat
//	  lights: [[-1, 0, -1, 0.4, 1, 0.6, 0.3]]    # x, y, z[, intensity[, r, g, b]] of further lights
//	  background: street.jpg                     # an image behind the object
//	methods: [naive, {name: oir-b, alpha: 0.1, iterations: 200}]
//	settings: {mode: default, iterations: 600}   # defaults of all methods
//	starts: [[130, 30], [50, 20]]                # or {random: 8}
//	seeds: [0]
//	map: ["azimuth=0:360:6", "elevation=-10:90:6"]
//	regions-on: map                              # or network, the default
//
// Only networks and objects are required. Paths are relative to the plan's file.
//
// A network is a name, or has the keys name (or analytic), preprocess, precision,
// architecture, labels, layout, output and input-size. look has the keys materials,
// shading, lights and background. An object has the keys mesh, class and name; files,
// class and limit; or layout, classes and limit.
//
// A method is a name, or has the keys name, its numbers (lambda of naive and
// trapezoid, alpha of oir-b, beta of oir-w) and those of settings: mode, iterations,
// rate, half-width, tolerance, resolution, sampling, max-corners, points-per-face,
// trace-every, gradient-width and gradient-step. The method guaranteed, whose regions
// are promises (see package guarantee), has the keys epsilon, confidence, threshold, thresholds,
// right and budget instead; settings do not concern it.
//
// White-box methods use the derivative of f at the point. gradient-width: 0.5
// replaces it by the mean over half a degree in finely sampled pictures, closer to
// the slope of f at about 15 times the cost (see rendered.Smoothing); gradient-step by
// central differences (see objective.Differences).
//
// Regions grow on the network, or on the object's interpolated map, which is computed
// once for all methods and starts. This takes far fewer evaluations; the regions are
// as accurate as the interpolation.
//
// Workers on other machines receive meshes, with materials and textures from the
// mesh's folder, weights, labels and the background.
package plan

import (
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Plan is a study, checked.
type Plan struct {
	// Study is the study's name, "study" by default; Named reports that the plan gives
	// it.
	Study string
	Named bool
	// File is the plan's file.
	File string
	// Dir is the folder of the plan's file, the base of relative paths.
	Dir string

	Networks []Network
	Objects  []Object
	// Space has the axes, Set the values of other semantic parameters.
	Space objective.Space
	Set   map[string]float64
	// Look is the part of the subjects about the look. Its paths are relative to Dir.
	Look subject.Subject
	// Methods grow regions, each from every start.
	Methods []Method
	// Starts are [start][axis]. If there are none, RandomStarts are drawn for each
	// seed.
	Starts       [][]float64
	RandomStarts int
	// Seeds are one or more.
	Seeds []uint64
	// Map has the axes of every object's map; nil for no maps.
	Map []semmap.Samples
	// OnMap grows the regions on the objects' maps, with linear interpolation.
	OnMap bool
}

// Object is an object of a plan.
type Object struct {
	// ID is its name, unique in the plan.
	ID string
	// Group is its class in tables: the folder of a layout, or Class.
	Group string
	// Class is the class that networks should recognise, as Subject.Class.
	Class string
	// Generated is the name of a generated mesh; "" for a file.
	Generated string
	// Path is the mesh's file, relative to the plan's folder; "" if it is generated.
	Path string

	line int
}

// Method is a method of a plan with its settings.
type Method struct {
	// Promise is set for the method guaranteed: what its regions promise. The other
	// fields are then empty.
	Promise *guarantee.Settings
	// Thresholds are several thresholds of the promise, ascending, which share views; nil
	// for that of Promise.
	Thresholds []float64
	region.Method
	Settings region.Settings
	// GradientStep, if not 0, replaces the gradient by central differences of that
	// step; see objective.Differences.
	GradientStep float64
	// Gradients selects the gradient used by white-box methods.
	Gradients rendered.Smoothing

	line int
}

// Name returns the method's name.
func (m Method) Name() string {
	if m.Promise != nil {
		return guarantee.Method
	}
	return m.Method.Name()
}

// Error lists all problems of a plan.
type Error struct {
	// File is the plan's file.
	File string
	// Problems are in the order of lines.
	Problems []Problem
}

// Problem is a mistake in a plan.
type Problem struct {
	// Line counts from 1; 0 if unknown.
	Line int
	// Err is the error.
	Err error
}

// Error returns a line for each problem, such as "plan.yaml:12: …".
func (e *Error) Error() string {
	lines := []string{fmt.Sprintf("the plan %s has %d mistakes", e.File, len(e.Problems))}
	if len(e.Problems) == 1 {
		lines[0] = fmt.Sprintf("the plan %s has a mistake", e.File)
	}
	for _, p := range e.Problems {
		where := e.File
		if p.Line > 0 {
			where += fmt.Sprintf(":%d", p.Line)
		}
		lines = append(lines, fmt.Sprintf("%s: %v", where, p.Err))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors of the problems, such as *network.UnknownClassError.
func (e *Error) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p.Err
	}
	return errs
}
