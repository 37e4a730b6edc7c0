package architecture

import "github.com/gomlx/gomlx/core/graph"

// Kink is a function in a network's graph whose derivative jumps. Near a jump
// float32 rounding decides which derivative is used, so two correct
// implementations may differ there.
type Kink struct {
	// Input [batch, ...] is the function's argument, Output its result.
	Input, Output *graph.Node
	// Jumps are those of an elementwise function.
	Jumps []Jump
	// Window is that of a maximum over windows of Input [batch, height, width,
	// channel]; Jumps is then nil.
	Window *Window
}

// Jump is a value at which the derivative increases by Slope.
type Jump struct{ At, Slope float64 }

// Window is the window of a maximum. For row r and column c of the result it
// begins at row r·Stride − Before[0], column c·Stride − Before[1].
type Window struct {
	Size   [2]int
	Stride int
	Before [2]int
}

// Trace is Logits that also returns the kinks. nudge replaces the input of each
// kink, for example by adding something small.
func (a *Architecture) Trace(prepared map[string]*graph.Node, images *graph.Node, nudge func(*graph.Node) *graph.Node) (logits *graph.Node, kinks []Kink) {
	images.AssertDims(-1, -1, -1, 3)
	p := &pass{nodes: prepared, kernels: KernelsOf(images.Graph().Backend()), nudge: nudge}
	logits = a.forward(p, images)
	return logits, p.kinks
}

// kinked applies an activation with jumps. Every such activation must use it.
func (p *pass) kinked(x *graph.Node, jumps []Jump, f func(*graph.Node) *graph.Node) *graph.Node {
	return p.record(x, Kink{Jumps: jumps}, f)
}

func (p *pass) record(x *graph.Node, k Kink, f func(*graph.Node) *graph.Node) *graph.Node {
	if p.nudge == nil {
		return f(x)
	}
	k.Input = p.nudge(x)
	k.Output = f(k.Input)
	p.kinks = append(p.kinks, k)
	return k.Output
}
