package embedded

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// logger writes the server's warnings and errors to a file, which is created with
// the first of them.
type logger struct {
	path string

	mu      sync.Mutex
	file    *os.File
	failure string // the last warning or error
}

func (l *logger) write(level, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	l.failure = text
	if l.file == nil {
		file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return // probably a full disk: the user sees that error elsewhere
		}
		l.file = file
	}
	fmt.Fprintf(l.file, "%s %s %s\n", time.Now().Format(time.RFC3339Nano), level, text)
}

func (l *logger) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure == "" {
		return "it gives no reason"
	}
	return l.failure
}

func (l *logger) Noticef(string, ...any) {}
func (l *logger) Debugf(string, ...any)  {}
func (l *logger) Tracef(string, ...any)  {}

func (l *logger) Warnf(format string, args ...any)  { l.write("warning", format, args...) }
func (l *logger) Errorf(format string, args ...any) { l.write("error", format, args...) }
func (l *logger) Fatalf(format string, args ...any) { l.write("fatal", format, args...) }
