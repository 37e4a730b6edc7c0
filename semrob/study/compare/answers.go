package compare

import (
	"fmt"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Confusion is what a network answered on the maps of the objects of a class.
type Confusion struct {
	Class, Network string
	// Objects is the number of maps with answers, Without that of maps without.
	Objects, Without int
	// Right is the mean over objects of the share of right answers, 0…1.
	Right float64
	// Wrong are the other classes, the most frequent first, with the means over objects
	// of their shares.
	Wrong []semmap.Said
}

// Confusions returns what each network answered for each class, from the maps in the
// study's folder. If there are no maps, the error is ErrNoMaps; if none has answers, it
// is objective.ErrNoAnswers.
func (c *Comparison) Confusions(dir string) ([]Confusion, error) {
	var all []Confusion
	found, answered := false, false
	for _, class := range c.Classes {
		for _, network := range c.Networks {
			maps, err := c.mapsOf(dir, class, network)
			if err != nil {
				return nil, err
			}
			if len(maps) == 0 {
				continue
			}
			one := Confusion{Class: class, Network: network}
			found = true
			var with []*semmap.Map
			for _, m := range maps {
				if m.Answered() == 0 {
					one.Without++
					continue
				}
				with = append(with, m)
				one.Right += m.Right()
			}
			one.Objects = len(with)
			one.Right /= float64(len(with))
			for _, s := range semmap.Together(with...) {
				if !s.Right {
					one.Wrong = append(one.Wrong, s)
				}
			}
			answered = answered || len(with) > 0
			all = append(all, one)
		}
	}
	switch {
	case !found:
		return nil, fmt.Errorf("%w: add a map to the study's plan", ErrNoMaps)
	case !answered:
		return nil, fmt.Errorf("the maps in %s: %w: run the study again", dir, objective.ErrNoAnswers)
	}
	return all, nil
}

// Calibration returns how well each network is calibrated over the views of all
// objects, from the maps in the study's folder. Errors are those of Confusions. Maps
// without answers do not count.
func (c *Comparison) Calibration(dir string, options calibrate.Options) (*figure.Table, error) {
	var names []string
	var reports []*calibrate.Report
	found := false
	for _, network := range c.Networks {
		var answered []*semmap.Map
		for _, class := range c.Classes {
			maps, err := c.mapsOf(dir, class, network)
			if err != nil {
				return nil, err
			}
			found = found || len(maps) > 0
			for _, m := range maps {
				if m.Answered() > 0 {
					answered = append(answered, m)
				}
			}
		}
		if answered == nil {
			continue
		}
		r, err := calibrate.OfMaps(options, answered...)
		if err != nil {
			return nil, err
		}
		names, reports = append(names, network), append(reports, r)
	}
	switch {
	case !found:
		return nil, fmt.Errorf("%w: add a map to the study's plan", ErrNoMaps)
	case reports == nil:
		return nil, fmt.Errorf("the maps in %s: %w: run the study again", dir, objective.ErrNoAnswers)
	}
	t := calibrate.Table(names, reports...)
	t.Headers[0] = "network"
	return t, nil
}

// mapsOf loads the maps of a class and a network.
func (c *Comparison) mapsOf(dir, class, network string) ([]*semmap.Map, error) {
	var files []string
	for _, r := range c.rows {
		if r.class == class && r.network == network && r.MapFile != "" {
			files = with(files, r.MapFile)
		}
	}
	var maps []*semmap.Map
	for _, file := range files {
		m, err := semmap.Load(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		maps = append(maps, m)
	}
	return maps, nil
}

// Answers returns Confusions as a table: for what objects of each class are taken.
func (c *Comparison) Answers(dir string) (*figure.Table, error) {
	all, err := c.Confusions(dir)
	if err != nil {
		return nil, err
	}
	t := &figure.Table{
		Caption: "What networks answer, in % of the views of each object's map, mean over objects.",
		Headers: []string{"class", "network", "right %", "taken for", "then", "then", "others %", "objects", "without answers"},
	}
	for _, one := range all {
		row := []any{one.Class, one.Network, quantity(100*one.Right, 1)}
		const named = 3
		rest := 0.0
		for k := range max(named, len(one.Wrong)) {
			switch {
			case k >= named:
				rest += one.Wrong[k].Share
			case k < len(one.Wrong):
				row = append(row, fmt.Sprintf("%s %.1f", one.Wrong[k].Label, 100*one.Wrong[k].Share))
			default:
				row = append(row, "–")
			}
		}
		t.Rows = append(t.Rows, append(row, quantity(100*rest, 1), one.Objects, one.Without))
	}
	return t, nil
}
