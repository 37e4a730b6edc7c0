package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Names of files and folders.
const (
	keptFolder = "kept"
	tableFile  = "results.parquet"
	viewsFile  = "views.npz"
	runsFile   = "runs.txt"
	mapsFolder = "maps"
)

// kept is what is kept of a study.
type kept struct {
	name  string
	table *results.Table
	// views are the objects' maps, in the order of the table; nil if the study has none.
	views []view
	runs  string // the content of runs.txt
}

// view is the map of an object. Its answers have the first class only.
type view struct {
	object, class string // such as aeroplane-3 and aeroplane
	index         int    // the true class
	*semmap.Map
}

// about is the meta of views.npz.
type about struct {
	Objects []string `json:"objects"`
	Classes []int    `json:"classes"`
}

// keep copies the table of a study, and of its maps f, the first answer and its
// probability; and whole the map of the first object of each class.
func keep(folder, to string) error {
	table, err := results.Open(filepath.Join(folder, tableFile))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(to, mapsFolder), 0o777); err != nil {
		return err
	}
	for i, item := range table.Items {
		table.Items[i] = []byte(withoutPaths(string(item)))
	}
	if err := table.Save(filepath.Join(to, tableFile)); err != nil {
		return err
	}
	if runs, err := os.ReadFile(filepath.Join(folder, runsFile)); err == nil {
		if err := os.WriteFile(filepath.Join(to, runsFile), runs, 0o644); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var meta about
	var maps []*semmap.Map
	classes := map[string]bool{}
	for _, r := range table.Rows {
		if r.MapFile == "" || slices.Contains(meta.Objects, r.Object) {
			continue
		}
		m, err := semmap.Load(filepath.Join(folder, filepath.FromSlash(r.MapFile)))
		if err != nil {
			return err
		}
		if class := classOf(r.Object); !classes[class] {
			classes[class] = true
			m.Meta = withoutPaths(m.Meta)
			if err := m.Save(filepath.Join(to, mapsFolder, class+".npz")); err != nil {
				return err
			}
		}
		meta.Objects, meta.Classes, maps = append(meta.Objects, r.Object), append(meta.Classes, r.Class), append(maps, m)
	}
	if maps == nil {
		return os.Remove(filepath.Join(to, mapsFolder))
	}
	file, err := viewsOf(meta, maps)
	if err != nil {
		return err
	}
	return file.Save(filepath.Join(to, viewsFile))
}

// absolute are the absolute paths in JSON; the part within ShapeNet's layout is the first
// group.
var absolute = regexp.MustCompile(`"/(?:[^"]*/)?([^/"]+/[^/"]+/(?:models|images)/[^"]*)"|"/[^"]*"`)

// withoutPaths returns JSON with paths relative to SHAPENET instead of those of the
// machine.
func withoutPaths(text string) string {
	return absolute.ReplaceAllStringFunc(text, func(path string) string {
		if within := absolute.FindStringSubmatch(path)[1]; within != "" {
			return `"` + within + `"`
		}
		return `"."`
	})
}

// viewsOf returns the archive of views.
func viewsOf(meta about, maps []*semmap.Map) (npz.File, error) {
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	var f, p []float32
	var top []uint16
	for i, m := range maps {
		if err := m.CheckAnswers(); err != nil {
			return nil, fmt.Errorf("the map of %s: %w", meta.Objects[i], err)
		}
		for k, a := range m.Answers {
			f, p, top = append(f, float32(m.Z[k])), append(p, a.P[0]), append(top, uint16(a.Top[0]))
		}
	}
	shape := append([]int{len(maps)}, maps[0].Shape()...)
	file := npz.File{
		"meta": {Data: string(text)},
		"f":    {Shape: shape, Data: f}, "top": {Shape: shape, Data: top}, "p": {Shape: shape, Data: p},
	}
	for _, axis := range maps[0].Axes {
		file[axis.Name] = npz.Array{Shape: []int{len(axis.Values)}, Data: axis.Values}
	}
	return file, nil
}

// classOf returns the paper's class of an object such as aeroplane-3.
func classOf(object string) string {
	if i := strings.LastIndex(object, "-"); i > 0 {
		return object[:i]
	}
	return object
}

// open reads everything that is kept in a folder.
func open(folder string) (*report, error) {
	r := &report{folder: folder, studies: map[string]*kept{}}
	entries, err := os.ReadDir(filepath.Join(folder, keptFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		k, err := openKept(filepath.Join(folder, keptFolder, e.Name()))
		if err != nil {
			return nil, err
		}
		r.studies[k.name] = k
	}
	return r, nil
}

func openKept(folder string) (*kept, error) {
	k := &kept{name: filepath.Base(folder)}
	var err error
	if k.table, err = results.Open(filepath.Join(folder, tableFile)); err != nil {
		return nil, err
	}
	runs, err := os.ReadFile(filepath.Join(folder, runsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	k.runs = string(runs)
	file, err := npz.Open(filepath.Join(folder, viewsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		k.views, err = viewsFrom(file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", viewsFile, k.name, err)
	}
	return k, nil
}

// viewsFrom reads an archive of views.
func viewsFrom(file npz.File) ([]view, error) {
	var meta about
	if _, err := file.Meta(&meta); err != nil {
		return nil, err
	}
	space := objective.Viewpoints()
	var axes []semmap.Samples
	each := 1
	for _, axis := range space {
		values, _, err := file.Float64s(axis.Name)
		if err != nil {
			return nil, err
		}
		axes, each = append(axes, semmap.Samples{Axis: axis, Values: values}), each*len(values)
	}
	arrays := map[string][]float64{}
	for _, name := range []string{"f", "top", "p"} {
		values, _, err := file.Float64s(name)
		if err != nil {
			return nil, err
		}
		if len(values) != each*len(meta.Objects) || len(meta.Classes) != len(meta.Objects) {
			return nil, fmt.Errorf("%s has %d values for %d objects of %d views", name, len(values), len(meta.Objects), each)
		}
		arrays[name] = values
	}
	var views []view
	for o, object := range meta.Objects {
		m := &semmap.Map{Axes: axes, Z: arrays["f"][o*each : (o+1)*each]}
		for i := range m.Z {
			a := objective.Answer{Top: [objective.First]int32{int32(arrays["top"][o*each+i]), -1, -1, -1, -1}, Rank: 2}
			if a.P[0] = float32(arrays["p"][o*each+i]); int(a.Top[0]) == meta.Classes[o] {
				a.Rank = 1
			}
			m.Answers = append(m.Answers, a)
		}
		views = append(views, view{object: object, class: classOf(object), index: meta.Classes[o], Map: m})
	}
	return views, nil
}
