package results

// Verified is a region that grew on a map, looked at on the network itself.
type Verified struct {
	// Row is the region's in the study's table.
	Row Row
	// OnMap and OnNetwork are the means of f over Points points of the region, on
	// the map and on the network; Apart is the mean of |f on the map − f on the
	// network| there, and Top1 the share where the class is the network's first
	// answer, NaN where there are no answers.
	OnMap, OnNetwork, Apart, Top1 float64
	Points                        int
	// Again is the fraction of the domain that the same run covers when it grows
	// on the network itself, and IoU the intersection over union of both; NaN
	// where it was not made.
	Again, IoU float64
}
