package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// crew is the worker processes of a study on this machine. They are separate
// processes so that a crash in XLA does not end the study.
type crew struct {
	app         *app
	say         func(string)
	environment []string // in addition to this process's
	args        []string
}

// start starts n workers, and replaces those that end. The returned function stops
// them and waits.
func (c *crew) start(ctx context.Context, n int) (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program, to start workers: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { c.keep(ctx, self, i+1) })
	}
	return func() { cancel(); group.Wait() }, nil
}

// keep runs one worker after another until ctx is done.
func (c *crew) keep(ctx context.Context, self string, number int) {
	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		begun := time.Now()
		err := c.work(ctx, self)
		if ctx.Err() != nil {
			return
		}
		if pause = min(2*pause, 10*time.Second); time.Since(begun) > time.Minute {
			pause = 100 * time.Millisecond
		}
		c.say(fmt.Sprintf("Worker %d ended (%v); starting another.", number, err))
		wait(ctx, pause)
	}
}

// work runs one worker. It ends with its standard input, so that it does not
// outlive a run that is killed.
func (c *crew) work(ctx context.Context, self string) error {
	cmd := exec.Command(self, c.args...)
	cmd.Args = append(cmd.Args, "--until-eof")
	if c.app.quiet {
		cmd.Args = append(cmd.Args, "--quiet")
	}
	cmd.Env = append(os.Environ(), c.environment...)
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	stopped := make(chan struct{})
	defer close(stopped)
	go func() {
		select {
		case <-ctx.Done():
			input.Close()
			select {
			case <-stopped:
			case <-time.After(2 * patience):
				_ = cmd.Process.Kill() // compiling a network cannot be interrupted
			}
		case <-stopped:
		}
	}()
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if ctx.Err() == nil {
			c.say(lines.Text())
		}
	}
	return cmd.Wait()
}
