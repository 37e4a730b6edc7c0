package device_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
)

// The rasteriser is a choice by name: on the host, on the device, or (auto) on the
// device if it is an NVIDIA GPU. The pictures are the same.
func ExampleChoose() {
	ctx := context.Background()
	r, err := render.New(mesh.Cup(), render.Options{Size: 16})
	if err != nil {
		fmt.Println(err)
		return
	}
	choice, err := device.ParseChoice("host")
	if err != nil {
		fmt.Println(err)
		return
	}
	chosen, _, err := device.Choose(ctx, choice, r)
	fmt.Println(chosen == r, err)

	_, err = device.ParseChoice("gpu")
	fmt.Println(err)
	// Output:
	// true <nil>
	// unknown rasterizer "gpu": choose auto, host or device
}
