package device

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Choice says where visibility is found. The zero value is Auto.
type Choice string

// The choices.
const (
	// Auto is Device where the process's backend computes on an NVIDIA GPU, else
	// Host.
	Auto Choice = "auto"
	// Host is package render's own rasteriser.
	Host Choice = "host"
	// Device is a Rasterizer on the process's backend, whatever it computes on.
	Device Choice = "device"
)

// ParseChoice returns the choice with this name; "" is Auto.
func ParseChoice(name string) (Choice, error) {
	switch c := Choice(name); c {
	case "":
		return Auto, nil
	case Auto, Host, Device:
		return c, nil
	}
	return "", fmt.Errorf("there is no rasteriser %q: use %s, %s or %s", name, Auto, Host, Device)
}

// Choose returns a renderer of r's pictures that finds visibility where the
// choice says: r itself for the host. It opens the process's backend for the
// device only, and for Auto where there is a GPU. What it puts on the device
// stays there as long as the process lives.
func Choose(ctx context.Context, choice Choice, r *render.Renderer) (*render.Renderer, error) {
	choice, err := ParseChoice(string(choice))
	if err != nil {
		return nil, err
	}
	if choice == Host || choice == Auto && !backend.HasGPU() {
		return r, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the device to rasterise on: %w", err)
	}
	if choice == Auto && !b.IsGPU() {
		return r, nil
	}
	d, err := New(r, b.Compute, Options{})
	if err != nil {
		return nil, err
	}
	return r.With(d), nil
}
