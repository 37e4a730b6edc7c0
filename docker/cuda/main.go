//go:build linux && amd64

// Command cuda installs XLA's CUDA plugin and NVIDIA's libraries for all GoMLX
// programs, with go-xla's installer, in a pinned version. It needs no GPU.
package main

import (
	"fmt"
	"os"

	"github.com/gomlx/go-xla/installer"

	"github.com/semrob/gonb-semrob/semrob/backend"
)

// CUDA 13, of the same JAX release as the CPU plugin.
const (
	plugin  = "cuda13"
	version = "0.11.2"
)

func main() {
	if err := install(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func install() error {
	dir, err := backend.DefaultDir()
	if err != nil {
		return err
	}
	// Do not keep the downloads, which are gigabytes.
	if err := installer.CudaInstall(plugin, version, dir, false, installer.Quiet); err != nil {
		return fmt.Errorf("installing the CUDA plugin %s %s into %s: %w", plugin, version, dir, err)
	}
	return nil
}
