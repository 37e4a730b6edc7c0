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

// Link is the conversation between a widget in the browser and the program of
// its cell, over GoNB's channel. Texts go both ways; of those that come from
// the browser only the last is kept, so that a slow answer is never followed by
// answers to what nobody asks any more.
//
// gonbui/comms is not used: its dispatcher keeps a lock when a message comes
// for an address that nobody listens to, and hands messages on out of order.
type Link struct {
	address string
	asked   chan string
}

var (
	linksMu sync.Mutex
	links   = map[string]*Link{}
)

// Live reports whether there may be a browser to talk to. GoNB knows the
// kernel's id only where a Jupyter server started it, not where a notebook is
// run headless.
func Live() bool {
	return gonbui.IsNotebook && os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) != ""
}

// KernelID is the id that the Jupyter server knows the kernel by.
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

// Address is where the browser sends to.
func (l *Link) Address() string { return l.address + "/ask" }

// Answers is where the browser listens.
func (l *Link) Answers() string { return l.address + "/answer" }

// Open asks the kernel for the channel and for what is sent to it. It may be
// called again where nothing has come yet: the kernel then tries again.
func (l *Link) Open() error {
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMECommSubscribe: &protocol.CommSubscription{Address: l.Address()},
	}})
	return broken(gonbui.Error())
}

// deliver is called by gonbui, one message after the other.
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
		select { // nobody waits for an answer to the older one
		case <-l.asked:
		default:
		}
	}
}

// Next returns the last text that the browser sent. It waits at most until
// patience is over, and then returns "", and for ever where that is 0.
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
		return fmt.Errorf("talking to the notebook's front end: %w; run the cell again", err)
	}
	return nil
}
