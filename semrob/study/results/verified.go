package results

// Verified is a region that grew on a map, evaluated on the network itself.
type Verified struct {
	// Row is the region's row in the study's table.
	Row Row
	// OnMap and OnNetwork are the means of f over Points points of the region on map
	// and network, Apart is the mean of |f on the map − f on the network|, and Top1
	// the share of points with the true class as the network's top-1 answer, NaN
	// without answers.
	OnMap, OnNetwork, Apart, Top1 float64
	Points                        int
	// Again is the fraction of the domain covered by the same run on the network
	// itself, IoU the intersection over union of both regions; NaN if it was not run.
	Again, IoU float64
}
