package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// job is a view to render and classify.
type job struct {
	views  Renderer
	direct Direct // nil without
	scene  render.Scene
	take   func(probabilities []float32) error // of all classes
}

// batch is rendered views for the network, or an error.
type batch struct {
	jobs   []job
	images []float32
	err    error
}

// work does the jobs: first those that are answered directly.
func (o *Objective) work(ctx context.Context, jobs []job) error {
	var drawn []job
	for len(jobs) > 0 {
		n := 1
		for n < len(jobs) && jobs[n].direct == jobs[0].direct {
			n++
		}
		if jobs[0].direct == nil {
			drawn = append(drawn, jobs[:n]...)
		} else if err := answerDirectly(ctx, jobs[:n]); err != nil {
			return err
		}
		jobs = jobs[n:]
	}
	if len(drawn) == 0 {
		return ctx.Err()
	}
	return o.draw(ctx, drawn)
}

// mostDirect bounds the views of one call, so that memory stays bounded too.
const mostDirect = 4096

// answerDirectly does jobs with the same Direct.
func answerDirectly(ctx context.Context, jobs []job) error {
	for len(jobs) > 0 {
		n := min(len(jobs), mostDirect)
		scenes := make([]render.Scene, n)
		for i := range scenes {
			scenes[i] = jobs[i].scene
		}
		probabilities, err := jobs[0].direct.Probabilities(ctx, scenes)
		if err != nil {
			return err
		}
		if err := take(jobs[:n], probabilities); err != nil {
			return err
		}
		jobs = jobs[n:]
	}
	return nil
}

// take gives jobs the probabilities of their views, [job, class].
func take(jobs []job, probabilities []float32) error {
	if len(probabilities)%len(jobs) != 0 {
		return fmt.Errorf("classifying %d views: the network returned %d probabilities", len(jobs), len(probabilities))
	}
	classes := len(probabilities) / len(jobs)
	for i, j := range jobs {
		if err := j.take(probabilities[i*classes : (i+1)*classes]); err != nil {
			return err
		}
	}
	return nil
}

// draw does jobs by pictures in host memory. A goroutine renders one batch ahead of the network, in two
// buffers that the two exchange.
func (o *Objective) draw(ctx context.Context, jobs []job) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	size := o.Batch
	if size <= 0 {
		size = 64
	}
	free := make(chan []float32, 2)
	for range cap(free) {
		free <- make([]float32, min(size, len(jobs))*o.Renderer.ImageLen())
	}
	ready := make(chan batch)
	go renderAhead(ctx, jobs, size, o.Renderer.ImageLen(), free, ready)
	for b := range ready {
		if b.err != nil {
			return b.err
		}
		if err := o.classify(ctx, b); err != nil {
			return err
		}
		free <- b.images[:cap(b.images)]
	}
	return ctx.Err()
}

// renderAhead sends every batch of jobs, or one batch with an error, and closes
// ready.
func renderAhead(ctx context.Context, jobs []job, size, imageLen int, free <-chan []float32, ready chan<- batch) {
	defer close(ready)
	for len(jobs) > 0 {
		var images []float32
		select {
		case images = <-free:
		case <-ctx.Done():
			return
		}
		n := min(size, len(jobs))
		b := batch{jobs: jobs[:n], images: images[:n*imageLen]}
		b.err = renderJobs(ctx, b.jobs, b.images, imageLen)
		select {
		case ready <- b:
		case <-ctx.Done():
			return
		}
		jobs = jobs[n:]
	}
}

// renderJobs renders consecutive jobs of the same renderer in one call.
func renderJobs(ctx context.Context, jobs []job, images []float32, imageLen int) error {
	for len(jobs) > 0 {
		n := 1
		for n < len(jobs) && jobs[n].views == jobs[0].views {
			n++
		}
		scenes := make([]render.Scene, n)
		for i := range scenes {
			scenes[i] = jobs[i].scene
		}
		if err := jobs[0].views.Render(ctx, scenes, images[:n*imageLen]); err != nil {
			return err
		}
		jobs, images = jobs[n:], images[n*imageLen:]
	}
	return nil
}

func (o *Objective) classify(ctx context.Context, b batch) error {
	n := len(b.jobs)
	probabilities, err := o.Network.Probabilities(ctx, b.images, n)
	if err != nil {
		return fmt.Errorf("classifying %d views: %w", n, err)
	}
	return take(b.jobs, probabilities)
}
