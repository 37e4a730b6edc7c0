package semrob

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Calibration compares how sure a network is with how often it is right, over the maps
// of subjects, one object each; see package calibrate. Maps in the store cost nothing.
func (l *Lab) Calibration(ctx context.Context, subjects []Subject, maps MapOptions, options calibrate.Options) (*calibrate.Report, error) {
	all, err := l.Maps(ctx, subjects, maps)
	if err != nil {
		return nil, err
	}
	return calibrate.OfMaps(options, all...)
}

// Maps is Map for several subjects, in their order.
func (l *Lab) Maps(ctx context.Context, subjects []Subject, options MapOptions) ([]*semmap.Map, error) {
	all := make([]*semmap.Map, len(subjects))
	for i, s := range subjects {
		var err error
		if all[i], err = l.Map(ctx, s, options); err != nil {
			return nil, fmt.Errorf("the map of %s: %w", s, err)
		}
	}
	return all, nil
}
