// Package direct answers views in one program on the device: rasteriser, shading,
// preprocessing and network. Only semantic parameters go to the device, and only
// probabilities come back; pictures stay there.
//
// It is meant for GPUs. On a CPU the host's rasteriser is far faster.
//
// Values are those of the renderer and the network one after the other, up to
// rounding: the visible face at each sample is the same, colours differ by 2·10⁻⁶ at
// most, and probabilities by 10⁻⁴ at most.
package direct

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
	"golang.org/x/sync/errgroup"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
)

// Options are the settings of New. The zero value is a good choice.
type Options struct {
	// Views is the number of views per execution; 0 is the classifier's number of
	// images. The last execution of a call is filled up, so that the result for a
	// view does not depend on the others.
	Views int
	// InFlight is the number of executions at a time: while one computes, the next
	// one's parameters are on their way. 0 is 3 on a GPU and 1 on a CPU.
	InFlight int
	// Memory bounds the bytes on the device that rasterising takes in one execution, by
	// fewer views; 0 is 4 GiB, in which 64 views of 40,000 faces fit.
	Memory int64
}

const (
	defaultMemory   = 4 << 30
	inFlightOnGPU   = 3
	deviceNumber    = compute.DeviceNum(0)
	parametersInput = "semantic parameters"       // [views, Width] float64, for the cameras
	valuesInput     = "reduced parameters"        // [views, Width] float32, for colours
	lightsInput     = "further lights"            // see shading.Inputs
	backdropInput   = "backdrop of all the views" // [1, size, size, 3] float32
)

// Views answers views of a mesh with a network. It is safe for concurrent use, except
// for Finalize.
type Views struct {
	host       *render.Renderer
	classifier *network.Classifier
	options    Options
	mesh       *device.Placed
	surface    *shading.Placed

	mu       sync.Mutex
	programs map[program]*graph.Graph // nil after Finalize
}

// program identifies a compiled program.
type program struct {
	lights   int
	backdrop bool
}

// New returns the views of the renderer's mesh, answered by the classifier on its
// backend. The renderer's pictures must have the size of the network's images. The
// backend must be XLA, or the error wraps device.ErrNeedsXLA; faces must be drawn
// whole and from both sides, or it wraps device.ErrHoles. Both renderer and classifier
// must stay until Finalize. Programs are compiled when first needed.
func New(r *render.Renderer, c *network.Classifier, options Options) (*Views, error) {
	if !c.InGraph() {
		return nil, fmt.Errorf("answering views of %q on the device: %s is computed elsewhere", r.Mesh().Name, c.Network().Name)
	}
	if want, have := c.Network().InputSize, r.Options().Size; have != want {
		return nil, fmt.Errorf("answering views of %q: pictures of %d × %d, but %s takes %d × %d", r.Mesh().Name, have, have, c.Network().Name, want, want)
	}
	if options.Views < 0 || options.InFlight < 0 || options.Memory < 0 {
		return nil, fmt.Errorf("answering views of %q: %+v: no option may be negative", r.Mesh().Name, options)
	}
	inFlight := 1
	if architecture.KernelsOf(c.Backend()) == architecture.Device {
		inFlight = inFlightOnGPU
	}
	options.InFlight = cmp.Or(options.InFlight, inFlight)
	options.Views = min(cmp.Or(options.Views, c.BatchSize()), device.MostViews(r, cmp.Or(options.Memory, defaultMemory)))
	v := &Views{host: r, classifier: c, options: options, programs: map[program]*graph.Graph{}}
	var err error
	if v.mesh, err = device.Place(r, c.Backend()); err != nil {
		return nil, err
	}
	if v.surface, err = shading.Place(r, c.Backend()); err != nil {
		return nil, errors.Join(err, v.mesh.Finalize())
	}
	return v, nil
}

// PerExecution returns the number of views of an execution.
func (v *Views) PerExecution() int { return v.options.Views }

// Finalize releases the programs and the mesh on the device.
func (v *Views) Finalize() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, g := range v.programs {
		g.Finalize()
	}
	v.programs = nil
	return errors.Join(v.mesh.Finalize(), v.surface.Finalize())
}

// Probabilities returns the network's probabilities for the scenes, [scene, class],
// flat. It stops between executions when ctx is done.
func (v *Views) Probabilities(ctx context.Context, scenes []render.Scene) ([]float32, error) {
	for i := range scenes {
		if err := scenes[i].Check(); err != nil {
			return nil, fmt.Errorf("scene %d of %d: %w", i+1, len(scenes), err)
		}
	}
	classes := len(v.classifier.Network().Labels)
	all := make([]float32, len(scenes)*classes)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(v.options.InFlight)
	for from := 0; from < len(scenes); {
		to := from + v.alike(scenes[from:])
		some, out := scenes[from:to], all[from*classes:to*classes]
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return v.execute(some, out)
		})
		from = to
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("answering %d views of %q with %s: %w", len(scenes), v.host.Mesh().Name, v.classifier.Network().Name, err)
	}
	return all, nil
}

// alike returns how many of the first scenes one execution can answer: they have the
// same backdrop and number of lights.
func (v *Views) alike(scenes []render.Scene) int {
	n := 1
	for n < min(len(scenes), v.options.Views) && scenes[n].Backdrop == scenes[0].Backdrop && len(scenes[n].Lights) == len(scenes[0].Lights) {
		n++
	}
	return n
}

// compiled returns a program, compiling it on first use.
func (v *Views) compiled(p program) (g *graph.Graph, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.programs == nil {
		return nil, errors.New("the views were finalized: make new ones")
	}
	if g, ok := v.programs[p]; ok {
		return g, nil
	}
	failure := exceptions.TryCatch[error](func() {
		g = graph.NewGraph(v.classifier.Backend(), "views")
		err = g.Compile(v.build(g, p))
	})
	if err := errors.Join(failure, err); err != nil {
		return nil, fmt.Errorf("compiling for %d views: %w", v.options.Views, err)
	}
	v.programs[p] = g
	return g, nil
}

// build adds a program to a graph and returns its probabilities.
func (v *Views) build(g *graph.Graph, p program) *graph.Node {
	views, size := v.options.Views, v.host.Options().Size
	parameters := graph.Parameter(g, parametersInput, shapes.Make(dtypes.Float64, views, shading.Width()))
	in := shading.Inputs{Parameters: graph.Parameter(g, valuesInput, shapes.Make(dtypes.Float32, views, shading.Width()))}
	in.Copies, _ = v.mesh.Visibility(parameters)
	if p.lights > 0 {
		in.Lights = graph.Parameter(g, lightsInput, shapes.Make(dtypes.Float32, views, p.lights, shading.LightValues))
	}
	if p.backdrop {
		one := graph.Parameter(g, backdropInput, shapes.Make(dtypes.Float32, 1, size, size, 3))
		in.Backdrops = graph.BroadcastToDims(one, views, size, size, 3)
	}
	return v.classifier.ProbabilitiesOf(v.surface.Pictures(in))
}

// execute answers at most options.Views scenes that are alike.
func (v *Views) execute(scenes []render.Scene, out []float32) (err error) {
	p := program{lights: len(scenes[0].Lights), backdrop: scenes[0].Backdrop != nil}
	g, err := v.compiled(p)
	if err != nil {
		return err
	}
	inputs, donate := make([]compute.Buffer, g.NumParameters()), make([]bool, g.NumParameters())
	for _, feed := range []func(*graph.Graph, []compute.Buffer, []bool) error{v.mesh.Feed, v.surface.Feed, v.classifier.Feed} {
		if err := feed(g, inputs, donate); err != nil {
			return err
		}
	}
	var held []compute.Buffer
	defer func() {
		for _, buffer := range held {
			err = errors.Join(err, buffer.Finalize())
		}
	}()
	for name, flat := range v.values(scenes) {
		parameter := g.GetParameterByName(name)
		if parameter == nil {
			continue // the program does not use it
		}
		buffer, err := v.classifier.Backend().BufferFromFlatData(deviceNumber, flat, parameter.Shape())
		if err != nil {
			return fmt.Errorf("copying the %s to the device: %w", name, err)
		}
		held = append(held, buffer)
		inputs[parameter.GetParameterHandle()] = buffer
	}
	outputs, err := g.Executable().Execute(inputs, donate, deviceNumber)
	if err != nil {
		return fmt.Errorf("executing: %w", err)
	}
	held = append(held, outputs...)
	classes := len(v.classifier.Network().Labels)
	result := make([]float32, v.options.Views*classes)
	if err := outputs[0].ToFlatData(result); err != nil {
		return fmt.Errorf("copying the probabilities from the device: %w", err)
	}
	copy(out, result)
	return nil
}

// values are the inputs of an execution by name. The last scene fills it up.
func (v *Views) values(scenes []render.Scene) map[string]any {
	var exact []float64
	var reduced, lights []float32
	for i := range v.options.Views {
		scene := &scenes[min(i, len(scenes)-1)]
		exact = device.Values(exact, scene)
		reduced = shading.Values(reduced, scene)
		lights = shading.Lights(lights, scene, len(scene.Lights))
	}
	all := map[string]any{parametersInput: exact, valuesInput: reduced}
	if len(lights) > 0 {
		all[lightsInput] = lights
	}
	if backdrop := scenes[0].Backdrop; backdrop != nil {
		all[backdropInput] = backdrop.Fill(v.host.Options().Size)
	}
	return all
}
