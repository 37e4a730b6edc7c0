package front

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Link connects a widget in the browser with the program of its cell, over GoNB's
// channel. Both send texts; only the last text from the browser is kept, so that a
// slow answer is not followed by answers to outdated questions.
//
// gonbui/comms is not used: its dispatcher keeps a lock if a message has no
// listener, and delivers messages out of order.
type Link struct {
	address string
	asked   chan string
}

var (
	linksMu sync.Mutex
	links   = map[string]*Link{}
)

// Live reports whether there may be a browser. GoNB knows the kernel's id only if a
// Jupyter server started it, not if a notebook is run headless.
func Live() bool {
	return gonbui.IsNotebook && os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) != ""
}

// KernelID is the kernel's id on the Jupyter server.
func KernelID() string { return os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) }

// NewLink opens a link. The browser sends to Address and listens at Answers.
func NewLink(id string) *Link {
	l := &Link{address: "/semrob/" + id, asked: make(chan string, 1)}
	linksMu.Lock()
	links[l.Address()] = l
	gonbui.OnCommValueUpdate = deliver
	linksMu.Unlock()
	return l
}

// Address is the address that the browser sends to.
func (l *Link) Address() string { return l.address + "/ask" }

// Answers is the address that the browser listens on.
func (l *Link) Answers() string { return l.address + "/answer" }

// Open asks the kernel to open the channel and forward its messages. Call it again
// if nothing arrives: the kernel then tries again.
func (l *Link) Open() error {
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMECommSubscribe: &protocol.CommSubscription{Address: l.Address()},
	}})
	return broken(gonbui.Error())
}

// deliver is called by gonbui, one message at a time.
func deliver(m *protocol.CommValue) {
	text, ok := m.Value.(string)
	linksMu.Lock()
	l := links[m.Address]
	linksMu.Unlock()
	if !ok || l == nil {
		return
	}
	for {
		select {
		case l.asked <- text:
			return
		default:
		}
		select { // drop the older one
		case <-l.asked:
		default:
		}
	}
}

// Next returns the last text from the browser. After patience it returns ""; 0
// waits forever.
func (l *Link) Next(ctx context.Context, patience time.Duration) (string, error) {
	var late <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case text := <-l.asked:
		return text, nil
	case <-late:
		return "", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Answer sends a text to the browser.
func (l *Link) Answer(text string) error {
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMECommValue: &protocol.CommValue{Address: l.Answers(), Value: text},
	}})
	return broken(gonbui.Error())
}

func broken(err error) error {
	if err != nil {
		return fmt.Errorf("sending to the notebook's front end: %w; run the cell again", err)
	}
	return nil
}
