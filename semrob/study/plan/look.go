package plan

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Look says how objects are drawn besides the semantic parameters, as the fields
// of the same names of semrob.Subject do. The zero value is the paper's: white,
// flat, one light, a background of one colour.
type Look struct {
	// Materials draws the colours and textures of the meshes' files.
	Materials bool `json:"materials,omitempty"`
	// Shading is render.Smooth, or "" for render.Flat.
	Shading render.Shading `json:"shading,omitempty"`
	// Lights are directional lights besides the one that parameters describe.
	Lights []render.Light `json:"lights,omitempty"`
	// Background is the image behind the object, nil for none. A plan knows its
	// path, an item its hash too.
	Background *File `json:"background,omitempty"`
}

// plain reports whether nothing is set.
func (k Look) plain() bool {
	return !k.Materials && k.Shading == "" && len(k.Lights) == 0 && k.Background == nil
}

// Options returns what renderers take of it.
func (k Look) Options(size int) render.Options {
	return render.Options{Size: size, Materials: k.Materials, Shading: k.Shading}
}

// look reads how objects are drawn. What depends on the space is checked when
// that is read too.
func (l *loader) look(node ast.Node) {
	k := &l.plan.Look
	l.lookLine = lineOf(node)
	l.mapping(node, "look", map[string]field{
		"materials": l.boolean("materials", &k.Materials),
		"shading": func(n ast.Node) {
			var name string
			l.text("the shading", &name)(n)
			shading, err := render.ParseShading(name)
			if err != nil {
				l.wrong(lineOf(n), "%v", err)
			}
			if shading != render.Flat {
				k.Shading = shading
			}
		},
		"lights": func(n ast.Node) { l.list(n, "lights", l.light) },
		"background": func(n ast.Node) {
			var path string
			l.text("the background", &path)(n)
			if path == "" {
				return
			}
			l.lookLine = lineOf(n)
			if _, err := render.LoadBackdrop(At(l.plan.Dir, path)); err != nil {
				l.wrong(lineOf(n), "%v: name a PNG, JPEG or GIF file, from the plan's folder", err)
				return
			}
			k.Background = &File{Path: path}
		},
	})
}

// light reads a light: numbers, or a text of them as render.ParseLight takes.
func (l *loader) light(node ast.Node) {
	var text string
	before := len(l.problems)
	if _, numbers := node.(*ast.SequenceNode); numbers {
		var all []string
		l.list(node, "a light", func(n ast.Node) {
			x := 0.0
			l.number("a light's number", -1e9, 1e9, &x)(n)
			all = append(all, fmt.Sprint(x))
		})
		text = strings.Join(all, ",")
	} else {
		l.text("a light", &text)(node)
	}
	if len(l.problems) > before {
		return
	}
	light, err := render.ParseLight(text)
	if err != nil {
		l.wrong(lineOf(node), "%v", err)
		return
	}
	l.plan.Look.Lights = append(l.plan.Look.Lights, light)
}

// checkLook reports what does not go together with space and objects.
func (l *loader) checkLook() {
	p := l.plan
	if p.Look.Background != nil {
		p.eachBackgroundColour(func(name string) {
			l.wrong(l.lookLine, "%s has no effect where an image is the background: leave out one of them", name)
		})
	}
	if p.Look.Materials {
		l.checkMaterials()
	}
}

// eachBackgroundColour calls do for the parameters of the background's colour
// that the plan names.
func (p *Plan) eachBackgroundColour(do func(name string)) {
	for _, name := range []string{"background-r", "background-g", "background-b"} {
		if _, set := p.Set[name]; set || p.Space.Index(name) >= 0 {
			do(name)
		}
	}
}

// checkMaterials reports files of materials that meshes name and that are not
// there, once for each line: such objects would be drawn white. What is there
// travels with the mesh.
func (l *loader) checkMaterials() {
	type absence struct{ object, file string }
	first, more := map[int]absence{}, map[int]int{}
	var lines []int
	for _, o := range l.plan.Objects {
		if o.Path == "" {
			continue
		}
		_, absent := companions(l.plan.Dir, o.Path)
		if len(absent) == 0 {
			continue
		}
		if more[o.line]++; more[o.line] == 1 {
			first[o.line], lines = absence{o.Path, absent[0]}, append(lines, o.line)
		}
	}
	for _, line := range lines {
		others := ""
		if n := more[line] - 1; n > 0 {
			others = fmt.Sprintf(", nor are files of %d more meshes", n)
		}
		l.wrong(line, "with materials: %s names %s, which is not in its folder %s%s: put it there, or leave materials out",
			first[line].object, first[line].file, filepath.Dir(first[line].object), others)
	}
}
