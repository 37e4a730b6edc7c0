package plan

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/internal/glob"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// shapeNet is the path of a mesh in a folder class/id of ShapeNet's layout.
var shapeNet = filepath.Join("models", "model_normalized.obj")

// object reads an entry of objects, which may describe several.
func (l *loader) object(node ast.Node) {
	var meshName, class, id, files, layout string
	limit, classes := 0, map[string]string{}
	line := lineOf(node)
	there := l.mapping(node, "an object", map[string]field{
		"mesh":   l.text("the mesh", &meshName),
		"class":  l.text("the class", &class),
		"name":   l.text("the object's name", &id),
		"files":  l.text("the pattern of files", &files),
		"layout": l.text("the folder", &layout),
		"limit":  l.integer("the limit", 1, 1<<30, &limit),
		"classes": func(n ast.Node) {
			l.pairs(n, "classes", func(folder string, value ast.Node) {
				text := ""
				l.text("a class", &text)(value)
				classes[folder] = text
			})
		},
	})
	kinds := 0
	for _, kind := range []string{"mesh", "files", "layout"} {
		if there[kind] {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		l.wrong(line, "an object needs one of mesh (a generated mesh or a file), files (a pattern) or layout (a folder)")
	case layout != "":
		if len(classes) == 0 {
			l.wrong(line, "a layout needs classes, one for each folder, such as {\"02691156\": airliner}")
		}
		l.layout(line, layout, classes, limit)
	case class == "":
		l.wrong(line, "an object needs the class that networks should recognise")
	case files != "":
		l.pattern(line, files, class, limit)
	default:
		l.one(line, meshName, id, class)
	}
}

// mesh returns the value for Subject.Mesh.
func (o Object) mesh() string { return cmp.Or(o.Generated, o.Path) }

func (l *loader) one(line int, name, id, class string) {
	o := Object{ID: id, Group: class, Class: class, line: line}
	if slices.Contains(mesh.Generated(), name) {
		o.Generated = name
	} else {
		o.Path = name
		if !l.isFile(name) {
			l.wrong(line, "%w, relative to the plan's folder", &mesh.UnknownError{Name: name, Generated: mesh.Generated()})
		}
	}
	if o.ID == "" {
		o.ID = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	l.plan.Objects = append(l.plan.Objects, o)
}

func (l *loader) isFile(path string) bool {
	info, err := os.Stat(subject.At(l.plan.Dir, path))
	return err == nil && info.Mode().IsRegular()
}

// relative returns path relative to the plan's folder, unless the pattern is absolute.
func (l *loader) relative(path, pattern string) string {
	if filepath.IsAbs(pattern) {
		return path
	}
	if short, err := filepath.Rel(l.plan.Dir, path); err == nil {
		return short
	}
	return path
}

// pattern adds the files that match a glob.
func (l *loader) pattern(line int, pattern, class string, limit int) {
	found, err := glob.In(l.plan.Dir, pattern)
	if err != nil {
		l.wrong(line, "the pattern %q: %w", pattern, err)
		return
	}
	slices.Sort(found)
	n := 0
	for _, path := range found {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || limit > 0 && n == limit {
			continue
		}
		n++
		id := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		l.plan.Objects = append(l.plan.Objects, Object{ID: id, Group: class, Class: class, Path: l.relative(path, pattern), line: line})
	}
	if n == 0 {
		l.wrong(line, "no file matches %s", pattern)
	}
}

// layout adds the files folder/class/id/models/model_normalized.obj of the classes.
func (l *loader) layout(line int, folder string, classes map[string]string, limit int) {
	if info, err := os.Stat(subject.At(l.plan.Dir, folder)); err != nil || !info.IsDir() {
		l.wrong(line, "no folder %s", folder)
		return
	}
	groups := make([]string, 0, len(classes))
	for group := range classes {
		groups = append(groups, group)
	}
	slices.Sort(groups)
	for _, group := range groups {
		found, err := glob.In(filepath.Join(subject.At(l.plan.Dir, folder), group), filepath.Join("*", shapeNet))
		if err != nil || len(found) == 0 {
			l.wrong(line, "no file %s", filepath.Join(folder, group, "ID", shapeNet))
			continue
		}
		slices.Sort(found)
		if limit > 0 {
			found = found[:min(limit, len(found))]
		}
		for _, path := range found {
			id := filepath.Base(strings.TrimSuffix(path, string(filepath.Separator)+shapeNet))
			l.plan.Objects = append(l.plan.Objects, Object{
				ID: group + "/" + id, Group: group, Class: classes[group], Path: l.relative(path, folder), line: line,
			})
		}
	}
}
