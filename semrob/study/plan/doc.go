// Package plan reads what a study consists of from a YAML file, checks it as a
// whole before anything runs, and lists its items.
//
//	study: lite-on-shapes
//	networks:
//	  - efficientnet-lite0                       # as network.Open takes them
//	  - {name: resnet50=weights.pth, preprocess: raw}
//	  - {analytic: soft-box}                     # a formula, for teaching and tests
//	objects:
//	  - {mesh: teapot, class: teapot}            # generated, or a file
//	  - {files: "meshes/toilet_*.obj", class: toilet seat}
//	  - layout: ShapeNetCore                     # class/id/models/model_normalized.obj
//	    classes: {"02691156": airliner, "03001627": folding chair}
//	    limit: 10                                # of each class, the first by name
//	space:
//	  axes: [azimuth, elevation]                 # or name=from:to
//	  set: {distance: 3}
//	look:                                        # how objects are drawn: white and flat where it is left out
//	  materials: true                            # colours and textures of the meshes' files
//	  shading: smooth                            # or flat
//	  lights: [[-1, 0, -1, 0.4, 1, 0.6, 0.3]]    # x, y, z[, intensity[, r, g, b]] of further lights
//	  background: street.jpg                     # an image behind the object
//	methods: [naive, {name: oir-b, alpha: 0.1, iterations: 200}]
//	settings: {mode: default, iterations: 600}   # of all methods
//	starts: [[130, 30], [50, 20]]                # or {random: 8}
//	seeds: [0]
//	map: ["azimuth=0:360:6", "elevation=-10:90:6"]
//	regions-on: map                              # or network, the default
//
// Methods that take gradients of f of a network take the derivative at the point;
// "gradient-width: 0.5", among the settings or a method's, takes its mean over half a
// degree in finely sampled pictures, the slope that f has, at some 15 times the
// cost (see rendered.Smoothing).
//
// All but networks and objects may be left out. Paths are relative to the
// plan's file. Materials and textures travel to workers with their mesh, from
// the mesh's folder, and so does the background.
//
// Regions grow on the network itself, which is asked for f wherever a method
// looks, or on the object's interpolated map, which is computed once for all
// methods and starts: far fewer evaluations, and regions as right as the map is
// between its points.
package plan

import (
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Plan is a study, checked.
type Plan struct {
	// Study is its name; "study" where the file gives none.
	Study string
	// Dir is the folder that relative paths start from.
	Dir string

	Networks []Network
	Objects  []Object
	// Space lists the axes; Set are the other parameters that are not at their
	// defaults.
	Space objective.Space
	Set   map[string]float64
	// Look is the part of subjects that describes how objects are drawn; its paths
	// are relative to Dir.
	Look subject.Subject
	// Methods each grow regions from every start.
	Methods []Method
	// Starts are [start][axis]; where there are none, RandomStarts are drawn
	// with each seed.
	Starts       [][]float64
	RandomStarts int
	// Seeds are at least one.
	Seeds []uint64
	// Map are the axes of every object's map; empty for no maps.
	Map []semmap.Samples
	// OnMap grows the regions on the objects' maps, linear between their points.
	OnMap bool
}

// Object is an object of a plan.
type Object struct {
	// ID is its name, different from all others'.
	ID string
	// Group is what the plan calls its class: the folder, or the class given.
	Group string
	// Class is the class that networks should see, a label or an index.
	Class string
	// Generated is the name of a generated mesh, or "".
	Generated string
	// Path is the mesh's file, relative to the plan's folder.
	Path string

	line int
}

// Method is a method of a plan with its settings.
type Method struct {
	region.Method
	Settings region.Settings
	// GradientStep, where it is not 0, takes central differences of that step in
	// the place of the objective's own gradient; see objective.Differences.
	GradientStep float64
	// Gradients says what the gradients of a network's f are slopes of.
	Gradients rendered.Smoothing
}

// Error lists all that is wrong with a plan.
type Error struct {
	// File is the plan's file.
	File string
	// Problems are in the order of their lines.
	Problems []Problem
}

// Problem is one thing that is wrong.
type Problem struct {
	// Line counts from 1; 0 where it belongs to none.
	Line int
	// Text is a sentence without its end.
	Text string
}

// Error returns a line for each problem, "plan.yaml:12: …".
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
		lines = append(lines, where+": "+p.Text)
	}
	return strings.Join(lines, "\n")
}
