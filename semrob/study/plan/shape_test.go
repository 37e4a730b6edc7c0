package plan

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestHostileYAML has plans that would take the parser gigabytes or minutes.
func TestHostileYAML(t *testing.T) {
	var keys, classes strings.Builder
	classes.WriteString("objects:\n- layout: x\n  classes:\n")
	for i := range 100_000 {
		fmt.Fprintf(&keys, "key%d: 1\n", i)
		fmt.Fprintf(&classes, "    c%d: cat\n", i)
	}
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", 40_000), "braces": strings.Repeat("{a: ", 10_000), "dashes": strings.Repeat("- ", 20_000),
		"brackets on lines": strings.Repeat("[\n", 40_000), "keys": keys.String(), "classes": classes.String(),
		"a flow mapping": "{" + strings.ReplaceAll(keys.String(), "\n", ", ") + "}", "question marks": strings.Repeat("? a\n", 10_000),
		"indents": deep(3000), "large": strings.Repeat("# comment\n", 1<<20), "brackets after text": "study: 'a\n" + strings.Repeat("'[", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			file := filepath.Join(t.TempDir(), "plan.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(t.Context(), file)
			var problems *Error
			if !errors.As(err, &problems) {
				t.Errorf("error %.200v, want an *Error", err)
			}
			runtime.ReadMemStats(&after)
			if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 200 {
				t.Errorf("it allocated %d MiB", grown)
			}
			if took := time.Since(started); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// deep returns mappings in mappings.
func deep(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return text.String()
}

// TestOrdinaryYAML has plans as people write them, with what the limits count.
func TestOrdinaryYAML(t *testing.T) {
	var objects strings.Builder
	objects.WriteString("networks: [{analytic: soft-box}]\nobjects:\n")
	for i := range 5000 {
		fmt.Fprintf(&objects, "- {mesh: cup, class: \"a: [b\", name: n%d}\n", i)
	}
	for i := range 3000 {
		fmt.Fprintf(&objects, "- mesh: cup\n  class: 'it''s [{'\n  name2: plain [text\n  name: m%d # a [comment: {\n", i)
	}
	starts := "starts:\n" + strings.Repeat("- [10, 20]\n", 3000)
	for name, text := range map[string]string{"objects": objects.String(), "starts": objects.String() + starts} {
		if line, err := checkShape([]byte(text)); err != nil {
			t.Errorf("%s: line %d: %v", name, line, err)
		}
	}
}

// TestPatternsOfFiles has a plan in a folder whose name is a pattern that matches
// another folder.
func TestPatternsOfFiles(t *testing.T) {
	root := t.TempDir()
	for _, folder := range []string{"run [2]", "run 2"} {
		for _, name := range []string{"meshes", "shapes/chair/id/models"} {
			if err := os.MkdirAll(filepath.Join(root, folder, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		mesh := []byte("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
		for _, name := range []string{"meshes/" + folder + ".obj", "shapes/chair/id/models/model_normalized.obj"} {
			if err := os.WriteFile(filepath.Join(root, folder, name), mesh, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := "networks: [{analytic: soft-box}]\nobjects: [{files: meshes/*.obj, class: a}, {layout: shapes, classes: {chair: b}}, {files: '../run ?/meshes/*.obj', class: c}]\nmethods: [naive]\n"
	file := filepath.Join(root, "run [2]", "plan.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Load(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, o := range p.Objects {
		paths = append(paths, o.Path)
	}
	want := []string{"meshes/run [2].obj", "shapes/chair/id/models/model_normalized.obj", "../run 2/meshes/run 2.obj"}
	if fmt.Sprint(paths) != fmt.Sprint(want) {
		t.Errorf("the objects are %q, want %q", paths, want)
	}
}

// TestEmptyLists has plans with lists that say nothing.
func TestEmptyLists(t *testing.T) {
	whole := map[string]string{"networks": "[{analytic: soft-box}]", "objects": "[{mesh: cup, class: a}]", "methods": "[naive]", "starts": "[[10, 20]]", "seeds": "[1]", "map": "[\"azimuth=0:360:90\", \"elevation=0:90:30\"]"}
	for empty := range whole {
		text := ""
		for key, value := range whole {
			if key == empty {
				value = "[]"
			}
			text += key + ": " + value + "\n"
		}
		_, err := parse(t.Context(), filepath.Join(t.TempDir(), "plan.yaml"), []byte(text))
		if err == nil || !strings.Contains(err.Error(), empty+" is an empty list") {
			t.Errorf("%s: []: %v", empty, err)
		}
	}
}
