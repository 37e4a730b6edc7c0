package main

import (
	"fmt"
	"image/png"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

func (a *app) newRender() *cobra.Command {
	var f subjectFlags
	var azimuth, elevation float64
	var size int
	var out string
	cmd := &cobra.Command{
		Use:     "render",
		Short:   "Render one view of a mesh",
		Long:    "Render one view of a mesh. Semantic parameters for --set, and for --axis of other commands:\n\n" + parameterTable(),
		Example: "  semrob render --mesh teapot --azimuth 40 --elevation 25 --set light-x=1 --out teapot.png",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput("out", out, ".png"); err != nil {
				return err
			}
			m, err := mesh.Open(f.subject.Mesh)
			if err != nil {
				return err
			}
			a.warnAbout(m)
			scene, err := f.scene(azimuth, elevation)
			if err != nil {
				return err
			}
			r, err := render.New(m, render.Options{Size: size})
			if err != nil {
				return err
			}
			picture, err := r.Image(cmd.Context(), scene)
			if err != nil {
				return err
			}
			return atomicfile.Write(out, func(w io.Writer) error { return png.Encode(w, picture) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.subject.Mesh, "mesh", "", "a file, or a generated mesh: "+generatedMeshes())
	flags.Float64Var(&azimuth, "azimuth", 0, "camera around the vertical axis, in degrees")
	flags.Float64Var(&elevation, "elevation", 0, "camera above the horizontal plane, in degrees, -90…90")
	flags.IntVar(&size, "size", 224, "pixels along each side")
	flags.StringVar(&out, "out", "", "the PNG file to write")
	f.addSet(flags)
	need(cmd, "mesh", "out")
	return cmd
}

// parameterTable lists the semantic parameters with their defaults and the
// domains of their axes.
func parameterTable() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range render.Parameters() {
		fmt.Fprintf(w, "  %s\t%g%s\t%g…%g%s\t%s\n", p.Name, p.Default, p.Unit, p.DomainMin, p.DomainMax, p.Unit, p.Description)
	}
	w.Flush()
	return strings.TrimRight(text.String(), "\n")
}

// scene returns the default scene with the given view and --set applied.
func (f *subjectFlags) scene(azimuth, elevation float64) (render.Scene, error) {
	scene := render.DefaultScene()
	if err := scene.Set("azimuth", azimuth); err != nil {
		return scene, err
	}
	if err := scene.Set("elevation", elevation); err != nil {
		return scene, err
	}
	for _, text := range f.set {
		name, value, err := parseSetting(text)
		if err != nil {
			return scene, err
		}
		if err := scene.Set(name, value); err != nil {
			return scene, err
		}
	}
	return scene, scene.Check()
}

func (a *app) warnAbout(m *mesh.Mesh) {
	for _, w := range m.Warnings {
		fmt.Fprintf(a.stderr, "Warning: %s\n", w)
	}
}

// need marks flags as required.
func need(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // a name that is not a flag: a mistake in this program
		}
	}
}
