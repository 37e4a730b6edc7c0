package compare

import (
	"fmt"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// MeanMaps returns the mean of each network's maps over all objects, in the order of
// Networks; a network without maps has nil. dir is the folder of the study, where the
// maps are. If no network has maps, the error is ErrNoMaps.
func (c *Comparison) MeanMaps(dir string) ([]*semmap.Map, error) {
	means, found := make([]*semmap.Map, len(c.Networks)), false
	for i, network := range c.Networks {
		var files []string
		for _, r := range c.rows {
			if r.network == network && r.MapFile != "" {
				files = with(files, r.MapFile)
			}
		}
		var all []*semmap.Map
		for _, file := range files {
			m, err := semmap.Load(filepath.Join(dir, filepath.FromSlash(file)))
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
		if all == nil {
			continue
		}
		var err error
		if means[i], err = semmap.Mean(all...); err != nil {
			return nil, fmt.Errorf("the mean map of %s: %w", network, err)
		}
		found = true
	}
	if !found {
		return nil, fmt.Errorf("%w: add a map to the study's plan", ErrNoMaps)
	}
	return means, nil
}
