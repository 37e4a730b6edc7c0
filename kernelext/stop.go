package kernelext

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
)

// Context returns a context that ends on the notebook's Stop button, on Ctrl-C, and on
// SIGTERM.
//
// GoNB interrupts the cell's program with SIGINT and kills it 5 seconds later, so work
// has that long to leave its files complete. A second signal ends the program at once.
func Context() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next signal has its usual effect again
	return ctx
}

// exit ends the program; tests set it.
var exit = os.Exit

// Fail shows err as one readable message, without a stack trace, and ends the cell as
// failed. It does nothing if err is nil. Work that was stopped is reported as stopped.
func Fail(err error) {
	if err == nil {
		return
	}
	title, text := "Error", err.Error()
	if errors.Is(err, context.Canceled) {
		title, text = "Stopped", strings.Replace(text, ": "+context.Canceled.Error(), "", 1)
	}
	if !gonbui.IsNotebook {
		fmt.Fprintf(os.Stderr, "%s: %s\n", title, text)
		exit(1)
		return
	}
	// The exit status reports the failure even if the message does not arrive.
	if front.Send(front.Bundle{
		protocol.MIMETextHTML:  failHTML(title, text),
		protocol.MIMETextPlain: title + ": " + text,
	}, nil, "") != nil || front.Flush() != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", title, text)
	}
	exit(1)
}

// failHTML returns a box with text in the theme's colour and an orange edge, which is
// visible on white and on black.
func failHTML(title, text string) string {
	return `<div role="alert" style="border:1px solid #d9541e;border-left-width:6px;padding:0.5em 0.8em;margin:0.3em 0;max-width:70em">` +
		`<b>` + html.EscapeString(title) + `</b><div style="white-space:pre-wrap">` + html.EscapeString(text) + `</div></div>`
}

// Must returns v, or shows err and ends the cell as Fail does.
func Must[T any](v T, err error) T {
	Fail(err)
	return v
}
