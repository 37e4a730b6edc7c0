package device

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/internal/enum"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Choice is the choice of rasteriser. The zero value is Auto.
type Choice string

// The choices.
const (
	// Auto is Device if the process's backend computes on an NVIDIA GPU, else
	// Host.
	Auto Choice = "auto"
	// Host is package render's own rasteriser.
	Host Choice = "host"
	// Device is a Rasterizer on the process's backend, on a CPU too.
	Device Choice = "device"
)

// Choices are the choices by name.
var Choices = enum.Of("rasterizer", Auto, Host, Device)

// ParseChoice returns the choice with this name, by default ("") Auto. Other names
// are a *render.UnknownError.
func ParseChoice(name string) (Choice, error) { return Choices.Parse(name) }

// UnmarshalText reads the name of a value; "" is the default.
func (c *Choice) UnmarshalText(text []byte) error { return Choices.Unmarshal(c, text) }

// MarshalText returns the name.
func (c Choice) MarshalText() ([]byte, error) { return []byte(c), nil }

// Choose returns a renderer of r's pictures that computes visibility as the
// choice says: r itself for the host, and if materials hide faces or have holes,
// which only the host draws. It opens the process's backend only for the
// device, and for Auto if there is a GPU. release frees the memory that it takes
// on the device; nil if it takes none.
func Choose(ctx context.Context, choice Choice, r *render.Renderer) (chosen *render.Renderer, release func() error, err error) {
	if choice, err = ParseChoice(string(choice)); err != nil {
		return nil, nil, err
	}
	if choice == Host || !r.Surface().Whole() || choice == Auto && !backend.HasGPU() {
		return r, nil, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the device to rasterise on: %w", err)
	}
	if choice == Auto && !b.IsGPU() {
		return r, nil, nil
	}
	d, err := New(r, b.Compute, Options{})
	if err != nil {
		return nil, nil, err
	}
	return r.With(d), d.Finalize, nil
}
