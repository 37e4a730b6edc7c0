package plan

import (
	"fmt"
	"path/filepath"

	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// look reads the look of objects. checkLook checks what depends on the space.
func (l *loader) look(node ast.Node) {
	var settings []subject.Setting
	l.lookLine = lineOf(node)
	fields := l.options(subject.OfLook, &settings)
	background := fields["background"]
	fields["background"] = func(n ast.Node) {
		l.lookLine = lineOf(n)
		background(n)
	}
	l.mapping(node, "look", fields)
	k := &l.plan.Look
	if err := k.Apply(settings...); err != nil {
		return // reported already
	}
	if _, err := k.Normal(); err != nil {
		l.wrong(l.lookLine, "%w", err)
		return
	}
	if k.Background == "" {
		return
	}
	if _, err := render.LoadBackdrop(subject.At(l.plan.Dir, k.Background)); err != nil {
		l.wrong(l.lookLine, "%w: give a PNG, JPEG or GIF file, relative to the plan's folder", err)
		k.Background = ""
	}
}

// checkLook reports conflicts with the space and the objects.
func (l *loader) checkLook() {
	p := l.plan
	if p.Look.Background != "" {
		for _, name := range []string{"background-r", "background-g", "background-b"} {
			if _, set := p.Set[name]; set || p.Space.Index(name) >= 0 {
				l.wrong(l.lookLine, "%s has no effect if an image is the background: leave out one of them", name)
			}
		}
	}
	if p.Look.MeshRoot != "" {
		for _, o := range p.Objects {
			if o.Path == "" {
				continue
			}
			if _, err := subject.RootOf(p.Dir, o.Path, p.Look.MeshRoot); err != nil {
				l.wrong(o.line, "%w", err)
				return
			}
		}
	}
	if p.Look.Materials {
		l.checkMaterials()
	}
}

// checkMaterials reports missing material files of meshes, once for each line. Without
// them objects would be white.
func (l *loader) checkMaterials() {
	type absence struct{ object, file string }
	first, more := map[int]absence{}, map[int]int{}
	var lines []int
	for _, o := range l.plan.Objects {
		if o.Path == "" {
			continue
		}
		_, absent := subject.MeshFiles(l.plan.Dir, o.Path, l.plan.Look.MeshRoot)
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
			others = fmt.Sprintf(", and %d more meshes like it", n)
		}
		l.wrong(line, "with materials: %s names %s, which is missing in its folder %s%s: put it there, name a folder that contains both (mesh-root), or leave out materials",
			first[line].object, first[line].file, filepath.Dir(first[line].object), others)
	}
}
