// Package xlatest opens backends for the tests of networks.
package xlatest

import (
	"context"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"

	"github.com/semrob/gonb-semrob/semrob/backend"
)

// Open returns the process's backend: XLA if available.
func Open(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Open(context.Background(), backend.Options{})
	if err != nil {
		t.Fatalf("opening XLA: %v", err)
	}
	t.Logf("backend: %s", b.Description())
	return b.Compute
}

// PureGo returns the fallback if XLA is not available.
func PureGo(t testing.TB) compute.Backend {
	t.Helper()
	b, err := compute.NewWithConfig("go")
	if err != nil {
		t.Fatalf("opening GoMLX's backend in pure Go: %v", err)
	}
	t.Cleanup(b.Finalize)
	return b
}
