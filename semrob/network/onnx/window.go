package onnx

import "slices"

// window rewrites convolutions and pooling: it makes defaults explicit, and
// removes attributes that have no effect or that others can express.
func (l *lowering) window(n *node) {
	kernel := n.ints("kernel_shape")
	if kernel == nil && n.op == "Conv" && len(n.inputs) > 1 {
		if dims, err := l.initializers[n.inputs[1]].integers(tensorDims); err == nil && len(dims) > 2 {
			kernel = dims[2:]
		}
	}
	if kernel == nil {
		l.fault(n.op + " without kernel_shape")
		return
	}
	ones := slices.Repeat([]int64{1}, len(kernel))
	strides := n.ints("strides")
	if strides == nil {
		strides = ones // the standard's default; GoMLX's is the window
	}
	n.setInts("strides", strides)
	dilations := n.ints("dilations")
	if dilations == nil {
		dilations = ones
	}
	if n.op != "Conv" {
		if !slices.Equal(dilations, ones) {
			l.fault(n.op + " with dilations")
			return
		}
		n.drop("dilations")
		if len(n.outputs) > 1 && n.outputs[1] != "" {
			l.fault("MaxPool with Indices")
			return
		}
	}
	if !l.automatic(n, kernel, strides, dilations) {
		return
	}
	pads := n.ints("pads")
	if pads == nil {
		pads = make([]int64, 2*len(kernel))
	}
	if len(pads) != 2*len(kernel) || len(strides) != len(kernel) || len(dilations) != len(kernel) {
		l.fault(n.op + " with attributes that do not fit its kernel")
		return
	}
	if n.integer("count_include_pad", 0) != 0 && slices.Max(pads) > 0 {
		if n.integer("ceil_mode", 0) != 0 {
			l.fault("AveragePool with ceil_mode and count_include_pad")
			return
		}
		for axis := range kernel {
			n.inputs = []string{l.zeros(n.inputs[0], int64(axis)+2, pads[axis], pads[axis+len(kernel)])}
		}
		pads = make([]int64, 2*len(kernel))
	}
	if n.integer("ceil_mode", 0) != 0 {
		// The last window may reach beyond the end, which padding allows.
		pads = slices.Clone(pads)
		for axis := range kernel {
			pads[axis+len(kernel)] += strides[axis] - 1
		}
	}
	n.drop("count_include_pad", "ceil_mode", "storage_order")
	n.setInts("pads", pads)
	n.outputs = n.outputs[:1]
	l.nodes = append(l.nodes, n)
}

// automatic turns auto_pad into pads. It returns false if that is impossible.
func (l *lowering) automatic(n *node, kernel, strides, dilations []int64) bool {
	a := n.attribute("auto_pad")
	if a == nil {
		return true
	}
	mode := a.text(attributeText)
	n.drop("auto_pad")
	switch mode {
	case "", "NOTSET":
		return true
	case "VALID":
		n.setInts("pads", make([]int64, 2*len(kernel)))
		return true
	case "SAME_UPPER", "SAME_LOWER":
	default:
		l.fault(n.op + " with auto_pad " + mode)
		return false
	}
	sizes := make([]int64, len(kernel))
	if slices.Max(strides) > 1 { // the padding depends on the picture's size
		var ok bool
		if sizes, ok = l.sizes(n.inputs[0], len(kernel)); !ok {
			l.fault(n.op + " with auto_pad on a picture of unknown size")
			return false
		}
	}
	pads := make([]int64, 2*len(kernel))
	for k := range kernel {
		reach := (kernel[k]-1)*dilations[k] + 1
		total := reach - 1
		if strides[k] > 1 {
			out := (sizes[k] + strides[k] - 1) / strides[k]
			total = max(0, (out-1)*strides[k]+reach-sizes[k])
		}
		less, more := total/2, total-total/2
		if mode == "SAME_LOWER" {
			less, more = more, less
		}
		pads[k], pads[k+len(kernel)] = less, more
	}
	n.setInts("pads", pads)
	return true
}

// sizes returns the height and width of a value, if they can be found.
func (l *lowering) sizes(name string, axes int) ([]int64, bool) {
	if len(l.faults) > 0 {
		// Opening the model fails anyway.
		return slices.Repeat([]int64{1}, axes), true
	}
	shape, err := l.shape(l, name)
	if err != nil || len(shape) != axes+2 {
		return nil, false
	}
	sizes := make([]int64, axes)
	for i := range sizes {
		sizes[i] = int64(shape[i+2])
	}
	return sizes, true
}
