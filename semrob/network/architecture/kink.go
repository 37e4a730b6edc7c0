package architecture

import "github.com/gomlx/gomlx/core/graph"

// Kink is a function in a network's graph whose derivative jumps. Near a jump
// the rounding of float32 decides which derivative is taken, so two correct
// implementations may differ there.
type Kink struct {
	// Input [batch, ...] is what the function is applied to, Output its result.
	Input, Output *graph.Node
	// Jumps are those of a function of each value alone.
	Jumps []Jump
	// Window, of a maximum over windows of Input
	// [batch, height, width, channel], is where Jumps is nil.
	Window *Window
}

// Jump is a value at which the derivative jumps, and by how much when it is
// passed upwards.
type Jump struct{ At, Slope float64 }

// Window is what a maximum is taken over. The window of row r and column c of
// the result begins at row r·Stride − Before[0], column c·Stride − Before[1].
type Window struct {
	Size   [2]int
	Stride int
	Before [2]int
}

// Trace builds the graph of Logits and returns its kinks beside the logits.
// nudge is called with the input of each and returns what is put in its place,
// such as the input with something small added.
func (a *Architecture) Trace(prepared map[string]*graph.Node, images *graph.Node, nudge func(*graph.Node) *graph.Node) (logits *graph.Node, kinks []Kink) {
	images.AssertDims(-1, -1, -1, 3)
	p := &pass{nodes: prepared, kernels: KernelsOf(images.Graph().Backend()), nudge: nudge}
	logits = a.forward(p, images)
	return logits, p.kinks
}

// kinked applies an activation with jumps. Every function of a network whose
// derivative jumps goes through here.
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
