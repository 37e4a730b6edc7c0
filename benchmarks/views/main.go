// Command views measures views from mesh to answer, each part of it, on the process's
// backend ($GOMLX_BACKEND): a CPU or a GPU.
//
//	views latency              one call of 1, 2, 4 and 8 views: rendering, network, answer
//	views map                  where the time of a map goes
//	views direct               views/s in one program on the device, and gradients/s
//	views precision            how much other number types change the answers
//
// Tables are in Markdown. CPU times depend less on other load than times by the clock.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/semrob/gonb-semrob/benchmarks/internal/subjects"
	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// settings are the flags.
type settings struct {
	network   string
	faces     int
	views     int
	rounds    int
	batch     int
	inFlight  int
	precision string
	save      string
	against   string
}

func main() {
	var s settings
	flag.StringVar(&s.network, "network", "efficientnet-lite0", "architecture; EfficientNet-Lite0 has real weights, others random ones")
	flag.IntVar(&s.faces, "faces", 0, "faces of a bumpy sphere; 0 is the teapot")
	flag.IntVar(&s.views, "views", 64, "views of a map or of a direct call")
	flag.IntVar(&s.rounds, "rounds", 5, "measurements, of which the median counts")
	flag.IntVar(&s.batch, "batch", 0, "images per execution; 0 is the library's choice")
	flag.IntVar(&s.inFlight, "in-flight", 0, "executions at a time in direct; 0 is the library's choice")
	flag.StringVar(&s.precision, "precision", "", "number type of the network: float32, bfloat16, float16")
	flag.StringVar(&s.save, "save", "", "precision: write the probabilities to this `file`")
	flag.StringVar(&s.against, "against", "", "precision: compare with the probabilities of this `file`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: views [flags] latency|map|direct|precision")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &s, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s *settings, what string) error {
	measure, ok := map[string]func(context.Context, *settings, *subject) error{
		"latency": latency, "map": timeTable, "direct": directly, "precision": precision,
	}[what]
	if !ok || s.views < 1 || s.rounds < 1 {
		flag.Usage()
		return fmt.Errorf("%q is not latency, map, direct or precision, or a number is below 1", what)
	}
	sub, err := newSubject(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s, mesh of %d faces, %d × %d pixels; %d images per execution\n\n", sub.device, s.network,
		len(sub.renderer.Mesh().Faces), sub.network.InputSize, sub.network.InputSize, sub.classifier.BatchSize())
	return measure(ctx, s, sub)
}

// subject is a mesh and a network.
type subject struct {
	device     string
	gpu        bool
	renderer   *render.Renderer
	network    *network.Network
	classifier *network.Classifier
}

func newSubject(ctx context.Context, s *settings) (*subject, error) {
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, err
	}
	sub := &subject{device: b.Kind(), gpu: b.IsGPU()}
	if s.network == "efficientnet-lite0" {
		sub.network, err = network.Open(s.network)
	} else {
		sub.network, err = subjects.Network(s.network)
	}
	if err != nil {
		return nil, err
	}
	if sub.classifier, err = sub.compile(b, network.Precision(s.precision), s.batch); err != nil {
		return nil, err
	}
	m := mesh.Teapot(0)
	if s.faces > 0 {
		m = subjects.BumpySphere(s.faces)
	}
	sub.renderer, err = render.New(m, render.Options{Size: sub.network.InputSize})
	return sub, err
}

func (sub *subject) compile(b *backend.Backend, p network.Precision, batch int) (*network.Classifier, error) {
	return sub.network.Compile(b.Compute, network.Options{Precision: p, BatchSize: batch})
}

// around returns n scenes all around the object.
func around(n int) []render.Scene {
	scenes := make([]render.Scene, n)
	for i := range scenes {
		scenes[i] = render.DefaultScene()
		scenes[i].Azimuth = 360 * float64(i) / float64(n)
		scenes[i].Elevation = -10 + 100*float64(i*7%n)/float64(n)
	}
	return scenes
}
