// Command semrob examines the semantic robustness of image classifiers from the
// command line.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// patience is how long an interrupted command may take to clean up. Compiling a
// network cannot be interrupted; the process then ends without cleaning up.
const patience = 600 * time.Millisecond

// patienceKey annotates commands with another patience.
const patienceKey = "patience"

// patienceFor returns the patience of the command with these arguments.
func patienceFor(root *cobra.Command, args []string) time.Duration {
	cmd, _, err := root.Find(args)
	if err != nil {
		return patience
	}
	if d, err := time.ParseDuration(cmd.Annotations[patienceKey]); err == nil {
		return d
	}
	return patience
}

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup lets work go on when the terminal closes
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit status: 0, 1 after an error,
// or 130 after an interruption, which leaves no partial file.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &checkedWriter{Writer: stdout}
	cmd := newRoot(out, stderr)
	cmd.SetArgs(args)
	done := make(chan error, 1)
	go func() {
		err := cmd.ExecuteContext(ctx)
		done <- cmp.Or(err, out.err)
	}()
	select {
	case err := <-done:
		return report(ctx, err, stderr)
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return report(ctx, err, stderr)
	case <-time.After(patienceFor(cmd, args)):
		atomicfile.Abandon()
		return report(ctx, ctx.Err(), stderr)
	}
}

// checkedWriter keeps the first error, which most commands ignore.
type checkedWriter struct {
	io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("writing to standard output: %w", err)
	}
	return n, err
}

func report(ctx context.Context, err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "\nStopped: %v.\n", err)
		return 130
	}
	sentence := err.Error()
	if !strings.HasSuffix(sentence, "?") {
		sentence += "."
	}
	fmt.Fprintf(stderr, "Error: %s\n", sentence)
	var own exitError
	if errors.As(err, &own) {
		return own.status
	}
	return 1
}
