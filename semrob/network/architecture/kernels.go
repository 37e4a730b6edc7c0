package architecture

import (
	"github.com/gomlx/compute"

	"github.com/semrob/gonb-semrob/semrob/backend"
)

// Kernels tells who computes a graph's convolutions, which decides what graph is
// the fastest.
type Kernels int

const (
	// Device are those of a GPU's libraries, which take convolutions as they are.
	Device Kernels = iota
	// Plain are XLA's own on a CPU, and GoMLX's in pure Go: matrix products are
	// fast and convolutions are not.
	Plain
	// OneDNN are oneDNN's, which XLA calls on x86 CPUs where it was built with
	// them: convolutions are fast, those of single channels among them, and take
	// along what is added to their result and its activation.
	OneDNN
)

// KernelsOf returns what a backend computes with.
func KernelsOf(b compute.Backend) Kernels {
	if backend.HasOneDNN(b) {
		return OneDNN
	}
	// XLA's tells what it computes on; all others (GoMLX's own in pure Go) use the
	// CPU.
	if b, ok := b.(interface{ IsCPU() bool }); ok && !b.IsCPU() {
		return Device
	}
	return Plain
}
