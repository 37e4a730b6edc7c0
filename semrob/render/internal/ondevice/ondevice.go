// Package ondevice keeps arrays on a backend's device, and runs compiled graphs
// with them.
package ondevice

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/graphname"
)

// device is the backend's device that everything runs on.
const device = compute.DeviceNum(0)

// Array is an array on the host.
type Array struct {
	Name   string
	Values any // a flat slice
	Shape  shapes.Shape
}

// Arrays are arrays on a device, which graphs use as parameters.
type Arrays struct {
	name    graphname.Name
	arrays  []Array // without Values
	buffers []compute.Buffer
}

// Copy copies arrays to the backend's device.
func Copy(backend compute.Backend, arrays ...Array) (*Arrays, error) {
	a := &Arrays{name: graphname.Take("mesh"), buffers: make([]compute.Buffer, 0, len(arrays))}
	for _, array := range arrays {
		buffer, err := backend.BufferFromFlatData(device, array.Values, array.Shape)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copying the %s to the device: %w", array.Name, err), a.Finalize())
		}
		a.buffers = append(a.buffers, buffer)
		a.arrays = append(a.arrays, Array{Name: array.Name, Shape: array.Shape})
	}
	return a, nil
}

// parameter returns the name of array i in a graph, unique to these arrays.
func (a *Arrays) parameter(i int) string { return a.name.Of(a.arrays[i].Name) }

// Node returns array i in a graph.
func (a *Arrays) Node(g *graph.Graph, i int) *graph.Node {
	if node := g.GetParameterByName(a.parameter(i)); node != nil {
		return node
	}
	return graph.Parameter(g, a.parameter(i), a.arrays[i].Shape)
}

// Feed passes the arrays to a graph that uses all of them, as a hook for
// Exec.SetSideParamsHook.
func (a *Arrays) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	if a.buffers == nil {
		return errors.New("the mesh on the device was released: place it again")
	}
	for i, buffer := range a.buffers {
		node := g.GetParameterByName(a.parameter(i))
		if node == nil {
			return fmt.Errorf("the mesh's %s are not in the graph %s", a.arrays[i].Name, g.Name())
		}
		handle := node.GetParameterHandle()
		inputs[handle], donate[handle] = buffer, false
	}
	return nil
}

// Finalize releases the arrays. Graphs that use them can no longer run.
func (a *Arrays) Finalize() error {
	var failures []error
	for _, buffer := range a.buffers {
		failures = append(failures, buffer.Finalize())
	}
	if a.buffers != nil {
		a.name.Release()
	}
	a.buffers = nil
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("releasing a mesh on the device: %w", err)
	}
	return nil
}

// Run executes a compiled graph with the arrays and with values, flat slices by
// the names of its other parameters, and writes its results to the flat slices of
// outs.
func (a *Arrays) Run(backend compute.Backend, g *graph.Graph, values map[string]any, outs ...any) (err error) {
	inputs, donate := make([]compute.Buffer, g.NumParameters()), make([]bool, g.NumParameters())
	if err := a.Feed(g, inputs, donate); err != nil {
		return err
	}
	for name, value := range values {
		node := g.GetParameterByName(name)
		buffer, failure := backend.BufferFromFlatData(device, value, node.Shape())
		if failure != nil {
			return fmt.Errorf("copying the %s to the device: %w", name, failure)
		}
		defer func() { err = errors.Join(err, buffer.Finalize()) }()
		inputs[node.GetParameterHandle()] = buffer
	}
	outputs, err := g.Executable().Execute(inputs, donate, device)
	if err != nil {
		return fmt.Errorf("executing: %w", err)
	}
	for i, out := range outs {
		if failure := outputs[i].ToFlatData(out); failure != nil {
			err = errors.Join(err, fmt.Errorf("copying the results from the device: %w", failure))
		}
		err = errors.Join(err, outputs[i].Finalize())
	}
	return err
}
