package backend

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// try compiles and runs 2 + 3, and returns an error if the result is not 5.
func (b *Backend) try() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("it does not compute: %v", reason)
		}
	}()
	sum, err := add(b.Compute, 2, 3)
	if err != nil {
		return fmt.Errorf("it does not compute: %w", err)
	}
	if sum != 5 {
		return fmt.Errorf("it computes 2 + 3 = %v", sum)
	}
	return nil
}

// add computes x + y with the backend.
func add(backend compute.Backend, x, y float32) (float32, error) {
	builder := backend.Builder("add")
	main := builder.Main()
	scalar := shapes.Make(dtypes.Float32)
	left, err := main.Parameter("x", scalar, nil)
	if err != nil {
		return 0, err
	}
	right, err := main.Parameter("y", scalar, nil)
	if err != nil {
		return 0, err
	}
	total, err := main.Add(left, right)
	if err != nil {
		return 0, err
	}
	if err := main.Return([]compute.Value{total}, nil); err != nil {
		return 0, err
	}
	executable, err := builder.Compile()
	if err != nil {
		return 0, err
	}
	defer executable.Finalize()
	return run(backend, executable, x, y)
}

// run executes a compiled sum of two numbers.
func run(backend compute.Backend, executable compute.Executable, numbers ...float32) (float32, error) {
	var inputs []compute.Buffer
	for _, number := range numbers {
		input, err := backend.BufferFromFlatData(0, []float32{number}, shapes.Make(dtypes.Float32))
		if err != nil {
			return 0, err
		}
		defer input.Finalize()
		inputs = append(inputs, input)
	}
	outputs, err := executable.Execute(inputs, nil, 0)
	if err != nil {
		return 0, err
	}
	defer outputs[0].Finalize()
	result := make([]float32, 1)
	err = outputs[0].ToFlatData(result)
	return result[0], err
}
