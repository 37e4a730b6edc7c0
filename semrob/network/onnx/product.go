package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

func (o *op) matMul() { o.set(0, multiplied(o.x(0), o.x(1))) }

// multiplied is numpy's matmul.
func multiplied(a, b *graph.Node) *graph.Node {
	if a.Rank() == 0 || b.Rank() == 0 {
		refuse("MatMul of %v and %v", a.Shape().Dimensions, b.Shape().Dimensions)
	}
	return graph.MatMul(a, b)
}

func (o *op) gemm() {
	a, b := o.x(0), o.x(1)
	equation := map[bool]string{false: "ij", true: "ji"}[o.flag("transA")] + "," + map[bool]string{false: "jk", true: "kj"}[o.flag("transB")] + "->ik"
	y := graph.Einsum(equation, a, b)
	if alpha := o.float("alpha", 1); alpha != 1 {
		y = graph.MulScalar(y, alpha)
	}
	beta := o.float("beta", 1)
	o.ignore("broadcast")
	if c := o.optional(2); c != nil {
		if beta != 1 {
			c = graph.MulScalar(c, beta)
		}
		y, c = sameRank(y, c)
		y = graph.Add(y, c)
	}
	o.set(0, y)
}

// fusedMatMul is a product of transposed matrices, of ONNX Runtime.
func (o *op) fusedMatMul() {
	if o.flag("transBatchA") || o.flag("transBatchB") {
		refuse("FusedMatMul with transposed batches")
	}
	last := func(x *graph.Node, turn bool) *graph.Node {
		if !turn || x.Rank() < 2 {
			return x
		}
		return graph.Transpose(x, -1, -2)
	}
	a, b := last(o.x(0), o.flag("transA")), last(o.x(1), o.flag("transB"))
	y := multiplied(a, b)
	if alpha := o.float("alpha", 1); alpha != 1 {
		y = graph.MulScalar(y, alpha)
	}
	o.set(0, y)
}

// einsum sums over products of any number of values.
func (o *op) einsum() {
	xs := o.xs()
	equation := strings.ReplaceAll(o.text("equation", ""), " ", "")
	left, result, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(xs) {
		refuse("Einsum %q of %d values", equation, len(xs))
	}
	const dots = "..."
	// Ellipses become letters that the equation lacks.
	free := ""
	for c := 'A'; c <= 'Z'; c++ {
		if !strings.ContainsRune(equation, c) {
			free += string(c)
		}
	}
	most := 0
	for i, term := range terms {
		if strings.Contains(term, dots) {
			most = max(most, xs[i].Rank()-len(term)+len(dots))
		}
	}
	if most > len(free) {
		refuse("Einsum %q of more than %d axes", equation, len(free))
	}
	all := free[:most]
	for i, term := range terms {
		if strings.Contains(term, dots) {
			n := xs[i].Rank() - len(term) + len(dots)
			if n < 0 {
				refuse("Einsum %q of a value of %d axes", equation, xs[i].Rank())
			}
			terms[i] = strings.Replace(term, dots, all[most-n:], 1)
		}
	}
	if explicit {
		result = strings.Replace(result, dots, all, 1)
	} else {
		result = all
		letters := strings.Split(strings.ReplaceAll(strings.ReplaceAll(left, dots, ""), ",", ""), "")
		slices.Sort(letters)
		for _, c := range letters {
			if strings.Count(strings.Join(letters, ""), c) == 1 {
				result += c
			}
		}
	}
	for i, term := range terms {
		if len(term) != xs[i].Rank() {
			refuse("Einsum %q of a value of %d axes", equation, xs[i].Rank())
		}
		xs[i], terms[i] = diagonal(xs[i], term)
	}
	// Axes of length 1 of an ellipsis broadcast: they are taken away.
	for _, c := range all {
		longest := 1
		for i, term := range terms {
			if at := strings.IndexRune(term, c); at >= 0 {
				longest = max(longest, xs[i].Shape().Dimensions[at])
			}
		}
		for i, term := range terms {
			if at := strings.IndexRune(term, c); longest > 1 && at >= 0 && xs[i].Shape().Dimensions[at] == 1 {
				xs[i], terms[i] = graph.Squeeze(xs[i], at), strings.Replace(term, string(c), "", 1)
			}
		}
	}
	x, term := xs[0], terms[0]
	for i := range xs {
		others := result + strings.Join(terms[i+1:], "")
		if i == 0 {
			x, term = summed(x, term, others)
			continue
		}
		y, with := summed(xs[i], terms[i], term+others)
		x, term = summed(x, term, with+others)
		joined := ""
		for _, c := range term + with {
			if strings.ContainsRune(others, c) && !strings.ContainsRune(joined, c) {
				joined += string(c)
			}
		}
		if i == len(xs)-1 && sameLetters(joined, result) {
			joined = result
		}
		x, term = graph.Einsum(fmt.Sprintf("%s,%s->%s", term, with, joined), x, y), joined
	}
	if term != result {
		if !sameLetters(term, result) {
			refuse("Einsum %q", equation)
		}
		order := make([]int, len(result))
		for i, c := range result {
			order[i] = strings.IndexRune(term, c)
		}
		x = graph.TransposeAllAxes(x, order...)
	}
	o.set(0, x)
}

func sameLetters(a, b string) bool {
	x, y := strings.Split(a, ""), strings.Split(b, "")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// summed adds up the axes whose letters do not occur among others.
func summed(x *graph.Node, term, others string) (*graph.Node, string) {
	var over []int
	rest := ""
	for i, c := range term {
		if strings.ContainsRune(others, c) {
			rest += string(c)
		} else {
			over = append(over, i)
		}
	}
	if len(over) > 0 {
		x = graph.ReduceSum(x, over...)
	}
	return x, rest
}

// diagonal takes the diagonal along axes of the same letter.
func diagonal(x *graph.Node, term string) (*graph.Node, string) {
	for i := 0; i < len(term); i++ {
		j := strings.LastIndexByte(term, term[i])
		if j <= i {
			continue
		}
		dims := x.Shape().Dimensions
		if dims[i] != dims[j] {
			refuse("Einsum of the diagonal of %v", dims)
		}
		same := graph.Equal(graph.Iota(x.Graph(), shapeOf(dtypes.Int32, dims), i), graph.Iota(x.Graph(), shapeOf(dtypes.Int32, dims), j))
		x = graph.ReduceSum(graph.Where(same, x, graph.ZerosLike(x)), j)
		term = term[:j] + term[j+1:]
		i--
	}
	return x, term
}

// attention is Attention, without the keys and values of earlier calls.
func (o *op) attention() {
	q, k, v := o.x(0), o.x(1), o.x(2)
	mask := o.optional(3)
	dtype := q.DType()
	heads, keyHeads := int(o.integer("q_num_heads", 0)), int(o.integer("kv_num_heads", 0))
	flat := q.Rank() == 3
	apart := func(x *graph.Node, heads int) *graph.Node {
		if x.Rank() == 4 {
			return x
		}
		d := x.Shape().Dimensions
		if x.Rank() != 3 || heads < 1 || d[2]%heads != 0 {
			refuse("Attention of %v with %d heads", d, heads)
		}
		return graph.TransposeAllAxes(graph.Reshape(x, d[0], d[1], heads, d[2]/heads), 0, 2, 1, 3)
	}
	q, k, v = apart(q, heads), apart(k, keyHeads), apart(v, keyHeads)
	n, groups := q.Shape().Dimensions[1], k.Shape().Dimensions[1]
	if n%groups != 0 {
		refuse("Attention with %d heads of queries and %d of keys", n, groups)
	}
	if n != groups {
		repeat := func(x *graph.Node) *graph.Node {
			d := x.Shape().Dimensions
			return graph.Reshape(graph.BroadcastToDims(graph.Reshape(x, d[0], d[1], 1, d[2], d[3]), d[0], d[1], n/groups, d[2], d[3]), d[0], n, d[2], d[3])
		}
		k, v = repeat(k), repeat(v)
	}
	if o.integer("qk_matmul_output_mode", 0) != 0 {
		refuse("Attention with qk_matmul_output_mode")
	}
	if kind := o.integer("softmax_precision", 1); kind != 1 && kind != 0 {
		if precise, err := dtypeOf(kind); err != nil || precise != dtype {
			refuse("Attention with a softmax of type %s", kindName(kind))
		}
	}
	width := q.Shape().Dimensions[3]
	scale := 1 / math.Sqrt(float64(width))
	if a := o.float("scale", 0); a != 0 {
		scale = float64(a)
	}
	root := math.Sqrt(scale)
	scores := graph.MatMul(graph.MulScalar(q, root), graph.MulScalar(graph.Transpose(k, 2, 3), root))
	rows, columns := scores.Shape().Dimensions[2], scores.Shape().Dimensions[3]
	o.set(3, scores)
	if limit := o.float("softcap", 0); limit > 0 {
		scores = graph.MulScalar(graph.Tanh(graph.DivScalar(scores, limit)), limit)
		o.out = clearOutput(o.out, 3)
	}
	lowest := math.Inf(-1)
	if mask != nil {
		o.out = clearOutput(o.out, 3)
		if d := mask.Shape().Dimensions; d[len(d)-1] != columns {
			refuse("Attention with a mask of %v for %d keys", d, columns)
		}
		if mask.DType() == dtypes.Bool {
			mask = graph.Where(mask, scalar(scores, 0), scalar(scores, lowest))
		}
		mask, scores = sameRank(mask, scores)
		scores = graph.Add(scores, mask)
	}
	causal := o.flag("is_causal")
	if causal {
		o.out = clearOutput(o.out, 3)
		dims := []int{1, 1, rows, columns}
		future := graph.GreaterThan(graph.Iota(o.g, shapeOf(dtypes.Int32, dims), 3), graph.Iota(o.g, shapeOf(dtypes.Int32, dims), 2))
		scores = graph.Where(graph.BroadcastToDims(future, scores.Shape().Dimensions...), scalar(scores, lowest), scores)
	}
	var nothing *graph.Node // rows whose keys are all masked, which attend to nothing
	if mask != nil || causal {
		nothing = graph.Equal(graph.ReduceAndKeep(graph.StopGradient(scores), graph.ReduceMax, -1), scalar(scores, lowest))
		nothing = graph.BroadcastToDims(nothing, scores.Shape().Dimensions...)
		scores = graph.Where(nothing, graph.ZerosLike(scores), scores)
	}
	weights := inFloat32(scores, func(x *graph.Node) *graph.Node { return graph.Softmax(x, -1) })
	if nothing != nil {
		weights = graph.Where(nothing, graph.ZerosLike(weights), weights)
	}
	y := graph.MatMul(weights, v)
	if flat {
		d := y.Shape().Dimensions
		y = graph.Reshape(graph.TransposeAllAxes(y, 0, 2, 1, 3), d[0], d[2], d[1]*d[3])
	}
	o.set(0, y)
}

// clearOutput removes an output, which is then refused if used.
func clearOutput(out []*value, i int) []*value {
	if i < len(out) {
		out[i] = nil
	}
	return out
}

// rotaryEmbedding turns pairs of values by angles that grow with the place.
func (o *op) rotaryEmbedding() {
	x, cosine, sine := o.x(0), o.x(1), o.x(2)
	interleaved := o.flag("interleaved")
	heads := int(o.integer("num_heads", 0))
	width := int(o.integer("rotary_embedding_dim", 0))
	original := x.Shape().Dimensions
	if x.Rank() == 3 {
		if heads < 1 || original[2]%heads != 0 {
			refuse("RotaryEmbedding of %v with %d heads", original, heads)
		}
		x = graph.Reshape(x, original[0], original[1], heads, original[2]/heads)
	} else {
		x = graph.TransposeAllAxes(x, 0, 2, 1, 3)
	}
	d := x.Shape().Dimensions // batch, place, head, width
	if width == 0 {
		width = d[3]
	}
	if places := o.optional(3); places != nil {
		cosine, sine = gathered(cosine, places, 0), gathered(sine, places, 0)
	}
	angle := func(x *graph.Node) *graph.Node {
		if x.Rank() != 3 || x.Shape().Dimensions[2] != width/2 {
			refuse("RotaryEmbedding with angles of %v", x.Shape().Dimensions)
		}
		return graph.InsertAxes(x, 2)
	}
	cosine, sine = angle(cosine), angle(sine)
	turned, rest := sliced(x, 3, 0, width, 1), x
	var a, b *graph.Node
	if interleaved {
		a, b = sliced(turned, 3, 0, width, 2), sliced(turned, 3, 1, width, 2)
	} else {
		a, b = sliced(turned, 3, 0, width/2, 1), sliced(turned, 3, width/2, width, 1)
	}
	first := graph.Sub(graph.Mul(cosine, a), graph.Mul(sine, b))
	second := graph.Add(graph.Mul(sine, a), graph.Mul(cosine, b))
	if interleaved {
		turned = graph.Reshape(graph.Stack([]*graph.Node{first, second}, 4), d[0], d[1], d[2], width)
	} else {
		turned = graph.Concatenate([]*graph.Node{first, second}, 3)
	}
	if width < d[3] {
		turned = graph.Concatenate([]*graph.Node{turned, sliced(rest, 3, width, d[3], 1)}, 3)
	}
	if len(original) == 4 {
		turned = graph.TransposeAllAxes(turned, 0, 2, 1, 3)
	}
	o.set(0, graph.Reshape(turned, original...))
}
