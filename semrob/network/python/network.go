package python

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

// Network is a network in a Python file. Its process starts when it is needed, and
// ends when it was not for a while. It is safe for concurrent use, but computes one
// call at a time.
type Network struct {
	about
	interpreter string
	limit       time.Duration
	request     request
	log         *logFile

	mu    sync.Mutex // held by a call
	child *child
	users int
	idle  *time.Timer
}

// Options of a file.
type FileOptions struct {
	// InputSize is the height and width of the images; 0 means the file's input_size,
	// or else 224.
	InputSize int
	// Output is "logits" or "probabilities"; "" means the file's output, or else
	// logits.
	Output string
	// Layout is the order of the axes of what the network takes, "nchw" or "nhwc"; ""
	// means the file's layout, or else nchw for PyTorch and nhwc for all others.
	Layout string
}

const (
	// perFrame is the number of images of a frame. A call for 64 views is two frames:
	// one travels while the other is computed.
	perFrame = 32
	// idleFor is the time without a call or user after which a process is ended.
	idleFor = 30 * time.Second
)

// Open opens the network of a name in a Python file, which it runs, and tries it on two
// images. name "" means the file's network, model or predict.
func Open(ctx context.Context, file, name string, of FileOptions) (*Network, error) {
	o := Defaults()
	interpreter, err := o.Find()
	if err != nil {
		return nil, err
	}
	if file, err = filepath.Abs(file); err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	n := &Network{interpreter: interpreter, limit: o.limit(), request: request{File: file, Name: name, InputSize: of.InputSize, Output: of.Output, Layout: of.Layout}}
	n.log = newLog(file)
	printed := ""
	if n.log.path != "" {
		printed = "; what it prints goes to " + n.log.path
	}
	o.say("semrob runs the code in %s with %s%s.", file, interpreter, printed)
	child, err := start(ctx, interpreter, n.limit, n.request, n.log)
	if err != nil {
		return nil, err
	}
	n.about = child.about
	if of.Output != "" {
		n.Output = of.Output
	}
	if err := n.check(); err != nil {
		child.end()
		return nil, err
	}
	if n.Output == "" {
		n.Output = "logits"
	}
	n.child = child
	n.rest()
	return n, nil
}

// check judges the answer to the two images.
func (n *Network) check() error {
	wrong := func(format string, arguments ...any) error {
		return &Error{File: n.request.File, What: fmt.Sprintf(format, arguments...)}
	}
	switch {
	case n.Classes < 1 || n.InputSize < 1 || len(n.Fingerprint) != 64:
		return wrong("%v: %+v", errFrame, n.about)
	case !n.Finite:
		return wrong("%s returns NaN or infinite scores for an image of colours 0…1", n.Name)
	case n.Output == "" && n.LikeProbabilities:
		return wrong(`the scores of %s are positive and their sum is 1, as after a softmax: write output = "probabilities" in the file, or "logits" if they are logits`, n.Name)
	case n.BatchSize < 0:
		return wrong("batch_size is %d: it must be positive", n.BatchSize)
	}
	return nil
}

// HasGradient reports whether the network has derivatives with respect to its images.
func (n *Network) HasGradient() bool { return n.Gradient }

// OwnPreprocess reports whether the file preprocesses its images.
func (n *Network) OwnPreprocess() bool { return n.Preprocess }

// Scores returns the scores, [batch, classes], of images [batch, S, S, 3] float32.
func (n *Network) Scores(ctx context.Context, images []float32, batch int) ([]float32, error) {
	scores := make([]float32, batch*n.Classes)
	err := n.call(ctx, n.frames(images, batch, nil, scoresFrame, scores, nil))
	return scores, err
}

// GradientOf returns the scores, [batch, classes], and the derivatives of the sum of the
// probabilities with weights of, [classes], with respect to the images, in their shape.
func (n *Network) GradientOf(ctx context.Context, images []float32, batch int, of []float32) (scores, gradients []float32, err error) {
	scores, gradients = make([]float32, batch*n.Classes), make([]float32, len(images))
	err = n.call(ctx, n.frames(images, batch, of, gradientFrame, scores, gradients))
	return scores, gradients, err
}

// frames cuts images into frames.
func (n *Network) frames(images []float32, batch int, of []float32, kind uint32, scores, gradients []float32) []frame {
	size := perFrame
	if n.BatchSize > 0 {
		size = n.BatchSize
	}
	pixels := n.InputSize * n.InputSize * 3
	var frames []frame
	for from := 0; from < batch; from += size {
		to := min(from+size, batch)
		f := frame{kind: kind, payload: [][]byte{bytesOf(of), bytesOf(images[from*pixels : to*pixels])}, images: to - from}
		f.into = [][]float32{scores[from*n.Classes : to*n.Classes]}
		if kind == gradientFrame {
			f.into = append(f.into, gradients[from*pixels:to*pixels])
		}
		frames = append(frames, f)
	}
	return frames
}

// call sends frames to the process, which it starts if necessary.
func (n *Network) call(ctx context.Context, frames []frame) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer n.rest()
	if n.child != nil && !n.child.alive() {
		n.child.end()
		n.child = nil
	}
	if n.child == nil {
		again, err := start(ctx, n.interpreter, n.limit, n.request, n.log)
		if err != nil {
			return err
		}
		if again.about.Fingerprint != n.Fingerprint {
			again.end()
			return &Error{File: n.request.File, What: "the file or its weights have changed since it was opened: open it again"}
		}
		n.child = again
	}
	err := n.child.exchange(ctx, frames)
	if !n.child.alive() {
		if wrong := new(Error); err == nil || !errors.As(err, &wrong) {
			n.child.end()
		}
		n.child = nil
	}
	return err
}

// Acquire keeps the process until Release, once for each.
func (n *Network) Acquire() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.users++
}

// Release ends the process if nobody uses it any more.
func (n *Network) Release() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.users--; n.users == 0 && n.child != nil {
		n.child.end()
		n.child = nil
	}
	return nil
}

// rest ends the process after a while unless it is used. n.mu is held, or n is new.
func (n *Network) rest() {
	if n.idle != nil {
		n.idle.Stop()
	}
	n.idle = time.AfterFunc(idleFor, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.users == 0 && n.child != nil {
			n.child.end()
			n.child = nil
		}
	})
}
