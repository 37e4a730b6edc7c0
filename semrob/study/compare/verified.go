package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/stats"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// FarApart is the difference between the means of f in a region on map and network
// above which VerifiedTable counts the region as far off.
const FarApart = 0.1

// VerifiedTable summarises by network how regions that grew on maps perform on the
// network itself.
func VerifiedTable(all []results.Verified) *figure.Table {
	t := &figure.Table{
		Caption: fmt.Sprintf("Regions that grew on maps, evaluated on the network: means over regions, with 95 %% intervals by bootstrap over objects. Far off: regions in which the mean of f differs by more than %g. Again: the same runs on the network itself.", FarApart),
		Headers: []string{"network", "regions", "f on map", "f on network", "|difference| at a point", "far off", "top-1 %", "again", "SRVR % on map", "SRVR % on network", "median IoU"},
	}
	var networks []string
	rows := make([]results.Row, len(all))
	for i, v := range all {
		rows[i] = v.Row
		networks = with(networks, v.Row.Network+" "+v.Row.Preprocess)
	}
	double := preprocessedTwice(rows)
	for _, network := range networks {
		var own []results.Verified
		for _, v := range all {
			if v.Row.Network+" "+v.Row.Preprocess == network {
				own = append(own, v)
			}
		}
		row := verifiedRow(own)
		if double[own[0].Row.Network] {
			row[0] = own[0].Row.Network + " (" + own[0].Row.Preprocess + ")"
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// verifiedRow summarises the regions of a network.
func verifiedRow(own []results.Verified) []any {
	mean := func(number func(results.Verified) float64, decimals int) figure.Quantity {
		values, order := map[string][]float64{}, []string(nil)
		for _, v := range own {
			if x := number(v); !math.IsNaN(x) {
				order = with(order, v.Row.Object)
				values[v.Row.Object] = append(values[v.Row.Object], x)
			}
		}
		var objects [][]float64
		for _, object := range order {
			objects = append(objects, values[object])
		}
		return Mean(objects, DefaultResamples, 0).Quantity(decimals)
	}
	far, again, overlaps := 0, 0, []float64(nil)
	for _, v := range own {
		if math.Abs(v.OnMap-v.OnNetwork) > FarApart {
			far++
		}
		if !math.IsNaN(v.Again) {
			again++
			overlaps = append(overlaps, v.IoU)
		}
	}
	slices.Sort(overlaps)
	return []any{own[0].Row.Network, len(own),
		mean(func(v results.Verified) float64 { return v.OnMap }, 3), mean(func(v results.Verified) float64 { return v.OnNetwork }, 3),
		mean(func(v results.Verified) float64 { return v.Apart }, 3), far, mean(func(v results.Verified) float64 { return 100 * v.Top1 }, 1), again,
		mean(func(v results.Verified) float64 { return 100 * onMapOf(v) }, 2), mean(func(v results.Verified) float64 { return 100 * v.Again }, 2),
		quantity(stats.Quantile(overlaps, 0.5), 2)}
}

// onMapOf returns the fraction on the map of a region that was grown again, NaN for
// other regions.
func onMapOf(v results.Verified) float64 {
	if math.IsNaN(v.Again) {
		return math.NaN()
	}
	return v.Row.Fraction
}
