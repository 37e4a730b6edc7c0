package architecture

import (
	"github.com/gomlx/compute"

	"github.com/semrob/gonb-semrob/semrob/backend"
)

// Kernels is the library that computes a graph's convolutions, which decides which
// graph is fastest.
type Kernels int

const (
	// Device are a GPU's libraries, which have fast convolutions.
	Device Kernels = iota
	// Plain are XLA's own on a CPU, and GoMLX's in pure Go: matrix products are
	// fast, convolutions are not.
	Plain
	// OneDNN is oneDNN, which XLA uses on x86 CPUs if built with it: convolutions
	// are fast, depthwise ones included, and are fused with the addition and the
	// activation that follow.
	OneDNN
)

// KernelsOf returns a backend's kernels.
func KernelsOf(b compute.Backend) Kernels {
	if backend.HasOneDNN(b) {
		return OneDNN
	}
	// XLA's backend reports its device; others, such as pure Go, use the CPU.
	if b, ok := b.(interface{ IsCPU() bool }); ok && !b.IsCPU() {
		return Device
	}
	return Plain
}
