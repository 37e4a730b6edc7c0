package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
)

// turn is the duration of one turn of a turntable; the others limit its frames.
const (
	turn          = 6 * time.Second
	shortestFrame = 33 * time.Millisecond
	longestFrame  = 500 * time.Millisecond
	mostFrames    = 720
)

func (a *app) newRender() *cobra.Command {
	var f subjectFlags
	var azimuth, elevation float64
	var size, frames int
	var out string
	var six bool
	cmd := &cobra.Command{
		Use:   "render",
		Short: "Render one view of a mesh, its six sides, or a turn around it",
		Long: "Render one view of a mesh, or with --turntable a turn around it, or with --sides its six sides with the\n" +
			"axes of the file, to see which way it lies: --up and --front turn it. Semantic parameters for --set, and\n" +
			"for --axis of other commands, with default, default range of an axis, allowed values and meaning:\n\n" + parameterTable(),
		Example: "  semrob render --mesh teapot --azimuth 40 --elevation 25 --set light-x=1 --out teapot.png\n" +
			"  semrob render --mesh car.glb --materials --shading smooth --background street.jpg --out car.png\n" +
			"  semrob render --mesh teapot --shading smooth --light -1,0,-1,0.4 --turntable 36 --out turning.png\n" +
			"  semrob render --mesh scan.ply --up z --sides --out sides.png",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			endings := []string{".png"}
			if six {
				endings = []string{".png", ".svg", ".pdf"}
				for _, flag := range []string{"azimuth", "elevation", "turntable"} {
					if cmd.Flags().Changed(flag) {
						return fmt.Errorf("--sides shows all sides: leave out --%s", flag)
					}
				}
			}
			if err := checkOutput("out", out, endings...); err != nil {
				return err
			}
			if frames < 0 || frames > mostFrames || frames == 0 && cmd.Flags().Changed("turntable") {
				return fmt.Errorf("--turntable %d: use 1…%d frames", frames, mostFrames)
			}
			if size < 1 { // 0 is the default in render.Options
				return fmt.Errorf("--size %d: use at least 1 pixel", size)
			}
			subject, err := f.read()
			if err != nil {
				return err
			}
			scene, err := sceneOf(subject, azimuth, elevation)
			if err != nil {
				return err
			}
			m, err := mesh.OpenIn(subject.MeshRoot, subject.Mesh)
			if err != nil {
				return err
			}
			a.warnAbout(subject.Visible(m))
			look := subject.Look()
			look.Size = size
			r, err := render.New(m, look)
			if err != nil {
				return err
			}
			if r, _, err = device.Choose(cmd.Context(), a.rasterizer, r); err != nil { // on the device until the command ends
				return err
			}
			if six {
				strip, err := semrob.SidesOf(cmd.Context(), r, subject)
				if err != nil {
					return err
				}
				return figure.Save(out, strip)
			}
			if frames > 0 {
				return turntable(cmd.Context(), r, scene, frames, out)
			}
			picture, err := r.Image(cmd.Context(), scene)
			if err != nil {
				return err
			}
			return atomicfile.Write(out, func(w io.Writer) error { return png.Encode(w, picture) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.subject.Mesh, "mesh", "", meshUsage)
	flags.Float64Var(&azimuth, "azimuth", 0, "camera angle around the vertical axis, in degrees")
	flags.Float64Var(&elevation, "elevation", 0, "camera angle above the horizontal plane, in degrees")
	flags.IntVar(&size, "size", 224, "pixels along each side")
	flags.IntVar(&frames, "turntable", 0, "write an animated PNG of a turn in `n` frames, from --azimuth on")
	flags.BoolVar(&six, "sides", false, "draw the six sides, with the axes of the file that point to the camera")
	flags.StringVar(&out, "out", "", "PNG `file` to write; with --sides also SVG or PDF")
	f.addSet(flags)
	f.addLook(flags)
	need(cmd, "mesh", "out")
	return cmd
}

// meshUsage is the help of --mesh.
var meshUsage = "mesh `file`, or generated mesh: " + enum.Choice(mesh.Generated())

// turntable writes a turn around the object.
func turntable(ctx context.Context, r *render.Renderer, scene render.Scene, frames int, out string) error {
	pictures := make([]image.Image, frames)
	start := scene.Azimuth
	for i := range pictures {
		scene.Azimuth = start + 360*float64(i)/float64(frames)
		picture, err := r.Image(ctx, scene)
		if err != nil {
			return err
		}
		pictures[i] = picture
	}
	every := min(max(turn/time.Duration(frames), shortestFrame), longestFrame)
	return atomicfile.Write(out, func(w io.Writer) error { return figure.WriteFrames(w, pictures, every) })
}

// parameterTable lists the semantic parameters.
func parameterTable() string {
	var text strings.Builder
	t := newTable(&text, 0)
	for _, p := range render.Parameters() {
		t.row("  "+p.Name, fmt.Sprint(p.Default, p.Unit), p.DomainText(), p.ValuesText(), p.Description)
	}
	t.Flush()
	return strings.TrimRight(text.String(), "\n")
}

// sceneOf returns the scene of a subject from one viewpoint. An azimuth or elevation
// in Set takes precedence.
func sceneOf(s semrob.Subject, azimuth, elevation float64) (render.Scene, error) {
	scene := render.DefaultScene()
	scene.Lights = s.Lights
	if s.Background != "" {
		var err error
		if scene.Backdrop, err = render.LoadBackdrop(s.Background); err != nil {
			return scene, err
		}
	}
	settings := map[string]float64{"azimuth": azimuth, "elevation": elevation}
	maps.Copy(settings, s.Set)
	for name, value := range settings {
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
			panic(err) // no such flag: a mistake in this program
		}
	}
}
