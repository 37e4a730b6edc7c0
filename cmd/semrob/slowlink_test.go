package main

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// slowLink is a proxy in front of a server, over which connections are slow and may be
// cut.
type slowLink struct {
	listener net.Listener
	to       string
	rate     int // bytes per second, of each connection in each direction
	delay    time.Duration

	mu   sync.Mutex
	open map[net.Conn]bool
	cuts int
}

// newSlowLink starts a proxy to an address, until the test ends.
func newSlowLink(t *testing.T, to string, rate int, delay time.Duration) *slowLink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &slowLink{listener: listener, to: to, rate: rate, delay: delay, open: map[net.Conn]bool{}}
	go l.accept()
	t.Cleanup(func() { listener.Close(); l.cut() })
	return l
}

// url is the address of the proxy.
func (l *slowLink) url() string { return "nats://" + l.listener.Addr().String() }

func (l *slowLink) accept() {
	for {
		from, err := l.listener.Accept()
		if err != nil {
			return
		}
		go l.join(from)
	}
}

func (l *slowLink) join(from net.Conn) {
	to, err := net.Dial("tcp", l.to)
	if err != nil {
		from.Close() // the server is away
		return
	}
	l.mu.Lock()
	l.open[from], l.open[to] = true, true
	l.mu.Unlock()
	go l.carry(to, from)
	l.carry(from, to)
	l.mu.Lock()
	delete(l.open, from)
	delete(l.open, to)
	l.mu.Unlock()
}

// carry copies at the link's rate until a side closes, and closes both.
func (l *slowLink) carry(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 4<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			time.Sleep(l.delay + time.Duration(float64(n)/float64(l.rate)*float64(time.Second)))
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut breaks all connections.
func (l *slowLink) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		conn.Close()
	}
	l.cuts++
}

// TestSlowLink checks the proxy: what arrives, how fast, and that a cut is noticed.
func TestSlowLink(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.Copy(conn, conn)
		}
	}()
	link := newSlowLink(t, listener.Addr().String(), 64<<10, 0)
	conn, err := net.Dial("tcp", link.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := make([]byte, 32<<10)
	started := time.Now()
	go func() { _, _ = conn.Write(sent) }()
	if _, err := io.ReadFull(conn, make([]byte, len(sent))); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took < 400*time.Millisecond {
		t.Errorf("32 KiB at 64 KiB/s took %s", took)
	}
	link.cut()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is not cut")
	}
}
