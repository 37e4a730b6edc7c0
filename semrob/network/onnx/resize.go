package onnx

import (
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// resizing is how Resize maps an axis.
type resizing struct {
	mode, coordinates, nearest string
	antialias, exclude         bool
	cubic                      float64
	extrapolation              float64
	// in and out are the sizes, scale that of the standard's formulas.
	in, out    int
	scale      float64
	start, end float64 // of the region, for tf_crop_and_resize
}

// resize is Resize, and Upsample of old models.
func (o *op) resize() {
	x := o.x(0)
	rank := x.Rank()
	dims := x.Shape().Dimensions
	r := resizing{
		mode: o.text("mode", "nearest"), coordinates: o.text("coordinate_transformation_mode", "half_pixel"), nearest: o.text("nearest_mode", "round_prefer_floor"),
		antialias: o.flag("antialias"), exclude: o.flag("exclude_outside"),
		cubic: float64(o.float("cubic_coeff_a", -0.75)), extrapolation: float64(o.float("extrapolation_value", 0)),
	}
	scales, sizes := 2, 3
	old := o.op == "Upsample" || o.e.opset < 11
	if old { // what later versions call asymmetric
		scales, sizes, r.coordinates, r.nearest = 1, -1, "asymmetric", "simple"
	}
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	if given := o.ints("axes"); given != nil {
		axes = nil
		for _, axis := range given {
			axes = append(axes, o.normalAxis(axis, rank))
		}
	}
	factor, target := slices.Repeat([]float64{1}, rank), slices.Clone(dims)
	region := make([]float64, 0)
	if !old && o.has(1) && r.coordinates == "tf_crop_and_resize" {
		_, region = o.known(1)
	}
	var values []float64
	if a := o.attribute("scales"); a != nil {
		values = converted(o.floats("scales"), func(v float32) float64 { return float64(v) })
	} else if o.has(scales) {
		_, values = o.known(scales)
	}
	policy := o.text("keep_aspect_ratio_policy", "stretch")
	var wanted []float64
	if sizes > 0 && len(values) == 0 && o.has(sizes) {
		_, wanted = o.known(sizes)
	} else if sizes > 0 && o.has(sizes) {
		wanted = nil
	}
	switch {
	case len(wanted) == len(axes) && len(wanted) > 0:
		least, most := math.Inf(1), 0.0
		for i, axis := range axes {
			ratio := wanted[i] / float64(dims[axis])
			least, most = min(least, ratio), max(most, ratio)
		}
		for i, axis := range axes {
			target[axis], factor[axis] = int(wanted[i]), wanted[i]/float64(dims[axis])
			switch policy {
			case "stretch":
			case "not_larger":
				target[axis], factor[axis] = int(math.Floor(float64(dims[axis])*least+0.5)), least
			case "not_smaller":
				target[axis], factor[axis] = int(math.Floor(float64(dims[axis])*most+0.5)), most
			default:
				refuse("Resize with keep_aspect_ratio_policy %q", policy)
			}
		}
	case len(values) == len(axes) && len(values) > 0:
		for i, axis := range axes {
			target[axis], factor[axis] = int(math.Floor(float64(dims[axis])*values[i])), values[i]
		}
	default:
		refuse("Resize of %v without sizes or scales of its axes", dims)
	}
	for i, axis := range axes {
		r.in, r.out, r.scale = dims[axis], target[axis], factor[axis]
		r.start, r.end = 0, 1
		if len(region) == 2*len(axes) {
			r.start, r.end = region[i], region[len(axes)+i]
		}
		if r.out < 1 {
			refuse("Resize of %v to %v", dims, target)
		}
		if r.in == r.out && r.scale == 1 && r.coordinates != "tf_crop_and_resize" {
			continue
		}
		x = r.apply(x, axis)
	}
	o.set(0, x)
}

// at returns the place in the input of place i of the result, in the float32
// arithmetic of ONNX Runtime: which value is the nearest depends on it.
func (r resizing) at(i int) float64 {
	x, in, out, scale := float32(i), float32(r.in), float32(r.out), float32(r.scale)
	start, end := float32(r.start), float32(r.end)
	var at float32
	switch r.coordinates {
	case "half_pixel":
		at = (x+0.5)/scale - 0.5
	case "half_pixel_symmetric":
		adjustment := out / (scale * in)
		at = in/2*(1-adjustment) + (x+0.5)/scale - 0.5
	case "pytorch_half_pixel":
		if out > 1 {
			at = (x+0.5)/scale - 0.5
		}
	case "align_corners":
		if math.Abs(float64(scale*in-out)) > 1e-3 {
			// The standard's tests use the broken size, its text and runtimes the whole one.
			refuse("Resize with align_corners by %g of %d values, whose result has no whole size: runtimes disagree about it; export it with sizes", r.scale, r.in)
		}
		if out > 1 {
			at = x * (in - 1) / (out - 1)
		}
	case "asymmetric":
		at = x / scale
	case "tf_crop_and_resize":
		if out > 1 {
			at = start*(in-1) + x*(end-start)*(in-1)/(out-1)
		} else {
			at = 0.5 * (start + end) * (in - 1)
		}
	default:
		refuse("Resize with coordinate_transformation_mode %q", r.coordinates)
	}
	return float64(at)
}

// apply resizes an axis.
func (r resizing) apply(x *graph.Node, axis int) *graph.Node {
	if r.mode == "nearest" {
		if r.coordinates == "tf_crop_and_resize" {
			refuse("Resize of mode nearest with tf_crop_and_resize")
		}
		index := make([]int, r.out)
		for i := range index {
			index[i] = min(max(r.rounded(r.at(i)), 0), r.in-1)
		}
		return taken(x, axis, index)
	}
	matrix := make([]float32, r.out*r.in)
	fill := make([]float32, r.out)
	for i := range r.out {
		at := r.at(i)
		if r.coordinates == "tf_crop_and_resize" && (at < 0 || at > float64(r.in-1)) {
			fill[i] = float32(r.extrapolation)
			continue
		}
		r.weights(at, matrix[i*r.in:(i+1)*r.in])
	}
	weights := graph.ConvertDType(graph.Reshape(graph.Const(x.Graph(), matrix), r.out, r.in), x.DType())
	y := graph.DotGeneral(x, []int{axis}, nil, weights, []int{1}, nil) // the axis comes last
	order := make([]int, 0, x.Rank())
	for i := range x.Rank() {
		switch {
		case i < axis:
			order = append(order, i)
		case i == axis:
			order = append(order, x.Rank()-1)
		default:
			order = append(order, i-1)
		}
	}
	y = graph.TransposeAllAxes(y, order...)
	if slices.Max(fill) == 0 && slices.Min(fill) == 0 {
		return y
	}
	shape := slices.Repeat([]int{1}, x.Rank())
	shape[axis] = r.out
	return graph.Add(y, graph.ConvertDType(graph.Reshape(graph.Const(x.Graph(), fill), shape...), x.DType()))
}

// rounded rounds a place for mode nearest.
func (r resizing) rounded(at float64) int {
	switch r.nearest {
	case "round_prefer_floor":
		return int(math.Ceil(at - 0.5))
	case "round_prefer_ceil":
		return int(math.Floor(at + 0.5))
	case "simple": // of versions before 11: down, or up where the result is smaller
		if r.scale < 1 {
			return int(math.Ceil(at))
		}
		return int(math.Floor(at))
	case "floor":
		return int(math.Floor(at))
	case "ceil":
		return int(math.Ceil(at))
	}
	refuse("Resize with nearest_mode %q", r.nearest)
	return 0
}

// weights writes the weights of the input's values for a place.
func (r resizing) weights(at float64, row []float32) {
	var kernel func(distance float64) float64
	var reach float64
	switch r.mode {
	case "linear":
		reach, kernel = 1, func(d float64) float64 { return max(0, 1-math.Abs(d)) }
	case "cubic":
		a := r.cubic
		reach, kernel = 2, func(d float64) float64 {
			switch d = math.Abs(d); {
			case d <= 1:
				return ((a+2)*d-(a+3))*d*d + 1
			case d < 2:
				return ((a*d-5*a)*d+8*a)*d - 4*a
			}
			return 0
		}
	default:
		refuse("Resize of mode %q", r.mode)
	}
	stretch := 1.0
	if r.antialias && r.scale < 1 {
		stretch = r.scale
	}
	first, last := int(math.Floor(at-reach/stretch)), int(math.Ceil(at+reach/stretch))
	weights, sum := make([]float64, r.in), 0.0
	for i := first; i <= last; i++ {
		w := kernel((float64(i) - at) * stretch)
		if (i < 0 || i >= r.in) && r.exclude {
			continue
		}
		sum += w
		weights[min(max(i, 0), r.in-1)] += w
	}
	for i, w := range weights {
		row[i] = float32(w / sum)
	}
}
