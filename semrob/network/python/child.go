package python

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

//go:embed runner.py
var runner string

// errFrame is wrapped by errors about bytes that are not an answer.
var errFrame = errors.New("its process sent something that is not an answer")

// child is a process with an open file. It answers one call at a time.
type child struct {
	file    string
	command *exec.Cmd
	in      *os.File // requests
	out     *os.File // answers
	log     *logFile
	said    chan struct{} // closed when all of its output is in the log
	limit   time.Duration
	ended   chan struct{} // closed when the process has ended
	status  string        // how it ended
	hung    atomic.Bool
	number  uint32
	about   about
}

// about is what the runner says about an opened file.
type about struct {
	Name              string   `json:"name"`
	InputSize         int      `json:"input_size"`
	Classes           int      `json:"classes"`
	Labels            []string `json:"labels"`
	Output            string   `json:"output"`
	Gradient          bool     `json:"gradient"`
	Preprocess        bool     `json:"preprocess"`
	BatchSize         int      `json:"batch_size"`
	Kind              string   `json:"kind"`
	Fingerprint       string   `json:"fingerprint"`
	Finite            bool     `json:"finite"`
	LikeProbabilities bool     `json:"like_probabilities"`
}

// request opens a file.
type request struct {
	File      string `json:"file"`
	Name      string `json:"name"`
	InputSize int    `json:"input_size"`
	Output    string `json:"output"`
	Layout    string `json:"layout"`
}

// start starts an interpreter and opens a file in it.
func start(ctx context.Context, interpreter string, limit time.Duration, r request, log *logFile) (*child, error) {
	c := &child{file: r.File, log: log, limit: limit, ended: make(chan struct{})}
	if err := c.spawn(interpreter); err != nil {
		return nil, fmt.Errorf("starting %s for %s: %w", interpreter, r.File, err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	err = c.exchange(ctx, []frame{{kind: openFrame, payload: [][]byte{text}, text: &text}})
	if err == nil {
		err = json.Unmarshal(text, &c.about)
	}
	if err != nil {
		c.end()
		if wrong := new(Error); errors.As(err, &wrong) {
			wrong.Log = c.log.kept()
		}
		return nil, err
	}
	return c, nil
}

// spawn starts the process. Its working folder is that of the file, so that the file
// finds what is beside it from anywhere.
func (c *child) spawn(interpreter string) (err error) {
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
	}()
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	requests, in := pipe()
	out, answers := pipe()
	said, saying := pipe()
	if err != nil {
		return err
	}
	theirs = append(theirs, requests, answers, saying)
	c.in, c.out = in, out
	widen(in)
	widen(out)
	c.command = exec.Command(interpreter, "-u", "-c", runner)
	c.command.Dir = filepath.Dir(c.file)
	c.command.ExtraFiles = []*os.File{requests, answers} // descriptors 3 and 4
	c.command.Stdout, c.command.Stderr = saying, saying
	inOwnGroup(c.command)
	if err = c.command.Start(); err != nil {
		for _, f := range []*os.File{in, out, said} {
			f.Close()
		}
		return err
	}
	c.said = c.log.follow(said)
	go func() {
		_ = c.command.Wait()
		c.status = c.command.ProcessState.String()
		endGroup(c.command) // what it started
		close(c.ended)
	}()
	return nil
}

// frame is a request and the places for its answer.
type frame struct {
	kind    uint32
	payload [][]byte
	images  int
	into    [][]float32 // of scores and gradients
	text    *[]byte     // of an answer in text
}

// exchange sends frames and reads their answers. While the child computes one, it
// reads the next. The child is ended if ctx is done, or if an answer takes longer than
// the limit; then it cannot be used any more.
func (c *child) exchange(ctx context.Context, frames []frame) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	watch := time.AfterFunc(c.limit, func() {
		c.hung.Store(true)
		c.kill()
	})
	defer watch.Stop()
	first := c.number + 1
	c.number += uint32(len(frames))
	sent := make(chan error, 1)
	go func() {
		for i, f := range frames {
			h := header{Kind: f.kind, Number: first + uint32(i), Images: uint32(f.images)}
			if err := h.write(c.in, f.payload...); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	var refused error
	for i, f := range frames {
		err := c.answer(f, first+uint32(i))
		if wrong := new(Error); errors.As(err, &wrong) && refused == nil {
			refused = err // the child lives on, and answers the other frames
		} else if err != nil && !errors.As(err, &wrong) {
			return c.broken(ctx, err)
		}
		watch.Reset(c.limit)
	}
	if err := <-sent; err != nil {
		return c.broken(ctx, err)
	}
	return refused
}

// answer reads the answer to a request.
func (c *child) answer(f frame, number uint32) error {
	h, err := readHeader(c.out)
	if err != nil {
		return err
	}
	if h.Kind == errorFrame {
		text, err := c.text(h)
		if err != nil {
			return err
		}
		return c.refused(text)
	}
	if h.Kind != f.kind || h.Number != number {
		return fmt.Errorf("%w: kind %d to request %d, not %d to %d", errFrame, h.Kind, h.Number, f.kind, number)
	}
	if f.text != nil {
		*f.text, err = c.text(h)
		return err
	}
	length := 0
	for _, values := range f.into {
		length += 4 * len(values)
	}
	if h.Length != uint64(length) {
		return fmt.Errorf("%w: %d bytes instead of %d", errFrame, h.Length, length)
	}
	for _, values := range f.into {
		if _, err := io.ReadFull(c.out, bytesOf(values)); err != nil {
			return err
		}
	}
	return nil
}

func (c *child) text(h header) ([]byte, error) {
	if h.Length > maxText {
		return nil, fmt.Errorf("%w: %d bytes of text", errFrame, h.Length)
	}
	text := make([]byte, h.Length)
	_, err := io.ReadFull(c.out, text)
	return text, err
}

// refused returns the error of a mistake that the runner reports.
func (c *child) refused(text []byte) error {
	var why struct{ Message, Kind, Package string }
	if err := json.Unmarshal(text, &why); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	if why.Kind == "package" {
		return &Error{File: c.file, What: fmt.Sprintf("it needs the package %[1]s, which %[2]s does not have: run `%[2]s -m pip install %[1]s`, or name another interpreter with --python or $%[3]s",
			why.Package, c.command.Path, Variable)}
	}
	return &Error{File: c.file, What: why.Message}
}

// broken ends the child, and returns the reason why it does not answer.
func (c *child) broken(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		c.end()
		return cause
	}
	wrong := &Error{File: c.file}
	switch {
	case c.hung.Load():
		wrong.What = fmt.Sprintf("it gave no answer for %s and was stopped; --python-limit is the longest time", c.limit)
	case errors.Is(err, errFrame):
		wrong.What = err.Error()
	default:
		select {
		case <-c.ended:
		case <-time.After(time.Second):
		}
		wrong.What = "its process ended by itself"
	}
	c.end()
	if strings.HasPrefix(wrong.What, "its process ended") {
		wrong.What += " (" + c.status + ")"
	}
	wrong.Last, wrong.Log = c.log.last(), c.log.kept()
	return wrong
}

// end ends the process and those that it started, and waits for it.
func (c *child) end() {
	c.kill()
	<-c.ended
	c.in.Close()
	c.out.Close()
	select {
	case <-c.said:
	case <-time.After(time.Second): // somebody else holds its output
	}
}

// kill ends the process group, unless the process has ended: its number may belong to
// another one by then.
func (c *child) kill() {
	if c.alive() {
		endGroup(c.command)
	}
}

// alive reports whether the process runs.
func (c *child) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}
