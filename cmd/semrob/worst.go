package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// worstFlags are the flags of the command worst.
type worstFlags struct {
	subjectFlags
	gradientFlags
	method, within, out, picture string
	axes                         []string
	region, evaluations, views   int
	seed                         uint64
	target                       float64
}

func (a *app) newWorst() *cobra.Command {
	var f worstFlags
	var names []string
	for _, m := range worst.Methods() {
		names = append(names, m.Name())
	}
	cmd := &cobra.Command{
		Use:   "worst",
		Short: "Find the view where the network is most wrong",
		Long: "Find the point of a semantic space, or of a region of it, where the network gives the class the\n" +
			"least probability, and tell what it says instead.",
		Example: "  semrob worst --mesh teapot --class teapot --out worst.json --figure worst.png\n" +
			"  semrob worst --mesh teapot --class teapot --axis azimuth --axis distance=2:4 --evaluations 1000 --out worst.json\n" +
			"  semrob worst --mesh teapot --class teapot --within regions.npz --region 2 --out worst.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings := worst.Settings{Evaluations: f.evaluations, Seed: f.seed}
			if cmd.Flags().Changed("target") {
				settings.Target = &f.target
			}
			return a.worst(cmd.Context(), &f, settings)
		},
	}
	flags := cmd.Flags()
	f.subjectFlags.add(flags)
	f.gradientFlags.add(flags)
	flags.StringArrayVar(&f.axes, "axis", nil, "semantic parameter that spans the space, instead of azimuth and elevation, or name=from:to for a part of it (repeatable)")
	flags.StringVar(&f.within, "within", "", "search inside a region of this .npz file, on its axes")
	flags.IntVar(&f.region, "region", 1, "which region of the file, counted from 1")
	flags.StringVar(&f.method, "method", worst.Combined{}.Name(), strings.Join(names, ", "))
	flags.IntVar(&f.evaluations, "evaluations", 600, "views that may be evaluated")
	flags.Float64Var(&f.target, "target", 0, "stop at the first value that is not above this (default: spend all evaluations)")
	flags.Uint64Var(&f.seed, "seed", 0, "decides the random numbers: the same seed finds the same points")
	flags.IntVar(&f.views, "views", 5, "how many points of low value, apart from each other, are told and shown")
	flags.StringVar(&f.out, "out", "", "the .json file to write")
	flags.StringVar(&f.picture, "figure", "", "a picture of the worst views to write too: .png, .svg or .pdf")
	need(cmd, "mesh", "class", "out")
	cmd.MarkFlagsMutuallyExclusive("within", "axis")
	return cmd
}

func (a *app) worst(ctx context.Context, f *worstFlags, settings worst.Settings) error {
	method, subject, within, err := f.prepare()
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	if lab.Gradients, err = f.smoothing(); err != nil {
		return err
	}
	on, err := lab.Objective(ctx, subject, f.axes...)
	if err != nil {
		return err
	}
	result, err := findWorst(ctx, lab.Progress, subject, worst.Problem{Objective: on, Within: within}, method, settings)
	if err != nil {
		return err
	}
	var points [][]float64
	for _, i := range result.Lowest(f.views, 0) {
		points = append(points, result.Points[i])
	}
	views, err := lab.Views(ctx, subject, points, f.axes...)
	if err != nil {
		return err
	}
	meta, err := subject.Meta(f.axes...)
	if err != nil {
		return err
	}
	if err := saveWorst(f.out, meta, method, result, views); err != nil {
		return err
	}
	a.printWorst(result, views)
	if f.picture == "" {
		return nil
	}
	return figure.Save(f.picture, worstFigure(subject, result, views))
}

// prepare reads the flags, before anything heavy is opened. The axes of a
// region's file become those of the search.
func (f *worstFlags) prepare() (method worst.Method, subject semrob.Subject, within *region.Bounds, err error) {
	if err = checkOutput("out", f.out, ".json"); err != nil {
		return
	}
	if err = checkOutput("figure", f.picture, pictureEndings...); err != nil {
		return
	}
	if f.evaluations < 1 {
		return nil, subject, nil, fmt.Errorf("--evaluations %d: at least one is needed", f.evaluations)
	}
	if f.views < 1 {
		return nil, subject, nil, fmt.Errorf("--views %d: at least one is needed", f.views)
	}
	if method, err = worst.MethodByName(f.method); err != nil {
		return
	}
	if f.within != "" {
		if within, err = f.readRegion(); err != nil {
			return
		}
	}
	subject, err = f.read()
	return
}

// readRegion reads the region of --within.
func (f *worstFlags) readRegion() (*region.Bounds, error) {
	found, err := region.Load(f.within)
	if err != nil {
		return nil, err
	}
	if f.region < 1 || f.region > len(found.Runs) {
		return nil, fmt.Errorf("--region %d: %s holds the regions 1 to %d", f.region, f.within, len(found.Runs))
	}
	for _, axis := range found.Space {
		f.axes = append(f.axes, fmt.Sprintf("%s=%s:%s", axis.Name, exact(axis.Min), exact(axis.Max)))
	}
	return &found.Runs[f.region-1].Bounds, nil
}

func exact(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// findWorst searches with progress.
func findWorst(ctx context.Context, p progress.Progress, subject semrob.Subject, problem worst.Problem, method worst.Method, settings worst.Settings) (*worst.Result, error) {
	p = progress.Or(p)
	p.Start(settings.Evaluations, "worst views of "+subject.String())
	defer p.Done()
	done := 0
	settings.Recorder = worst.RecorderFunc(func(it worst.Iteration) error {
		p.Add(it.Evaluations - done)
		done = it.Evaluations
		return nil
	})
	return worst.Find(ctx, problem, method, settings)
}

// worstView is a view in the file.
type worstView struct {
	Point []float64 `json:"point"`
	Value float64   `json:"value"`
	Right bool      `json:"right"`
	Top   []answer  `json:"top"`
}

// answer is one of the network's in the file.
type answer struct {
	Class       int     `json:"class"`
	Label       string  `json:"label"`
	Probability float32 `json:"probability"`
}

// saveWorst writes the result as JSON: what worst.Result holds, the views at
// its lowest points, the worst first, and how it was made.
func saveWorst(path, meta string, method worst.Method, result *worst.Result, views []semrob.View) error {
	file := struct {
		*worst.Result
		Numbers worst.Method    `json:"method_settings"`
		Views   []worstView     `json:"views"`
		Version int             `json:"worst_version"`
		Of      json.RawMessage `json:"of"`
	}{Result: result, Numbers: method, Version: worst.Version, Of: json.RawMessage(meta)}
	for _, v := range views {
		view := worstView{Point: v.Point, Value: v.Value, Right: v.Top1}
		for _, p := range v.Top {
			view.Top = append(view.Top, answer(p))
		}
		file.Views = append(file.Views, view)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(file)
	})
}

func (a *app) printWorst(r *worst.Result, views []semrob.View) {
	fmt.Fprintf(a.stdout, "The least probability is %.4g, after %d evaluations with %s (%s).\n", r.Value, r.Evaluations, r.Method, r.Status)
	if r.NotFinite > 0 {
		fmt.Fprintf(a.stdout, "%d values were not finite and are passed over: %s.\n", r.NotFinite, r.Detail)
	}
	for i, v := range views {
		fmt.Fprintf(a.stdout, "%d. %s: %.4g", i+1, placeText(r.Space, v.Point), v.Value)
		if len(v.Top) > 0 {
			fmt.Fprintf(a.stdout, "; the network says %s (%.0f %%)", v.Top[0].Label, 100*v.Top[0].Probability)
		}
		fmt.Fprintln(a.stdout)
	}
}

func worstFigure(subject semrob.Subject, r *worst.Result, views []semrob.View) *figure.Filmstrip {
	return &figure.Filmstrip{
		Title:    subject.String(),
		Subtitle: fmt.Sprintf("where the probability of %s is least, found with %d evaluations", subject.Class, r.Evaluations),
		Axes:     figureAxes(r.Space),
		Views:    semrob.Pictures(views),
	}
}

func figureAxes(space objective.Space) []figure.Axis {
	var axes []figure.Axis
	for _, a := range space {
		axes = append(axes, a)
	}
	return axes
}
