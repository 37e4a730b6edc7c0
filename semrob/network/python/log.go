package python

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of what is kept of a child's output.
const (
	maxLog   = 64 << 20 // bytes of the file
	maxTail  = 4 << 10  // bytes of the end
	maxLines = 4        // in an error
	maxLine  = 200      // runes of a line in an error
)

// logFile keeps what the children of a network print: in a file, up to maxLog bytes,
// and the end in memory. The file appears with the first byte.
type logFile struct {
	path string // "" if there is no folder for it

	mu      sync.Mutex
	file    *os.File // nil if it cannot be written: the end is kept anyway
	written int64
	tail    []byte
}

// logs counts those of this process, for their names.
var logs atomic.Int64

// newLog returns the log of a person's file.
func newLog(of string) *logFile {
	cache, err := os.UserCacheDir()
	if err != nil {
		return &logFile{}
	}
	stem := strings.TrimSuffix(filepath.Base(of), filepath.Ext(of))
	return &logFile{path: filepath.Join(cache, "semrob-python", fmt.Sprintf("%s-%d-%d.log", stem, os.Getpid(), logs.Add(1)))}
}

// follow keeps what comes out of a pipe. The channel is closed at its end.
func (l *logFile) follow(output io.ReadCloser) (ended chan struct{}) {
	l.mu.Lock()
	l.tail = nil
	l.mu.Unlock()
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		defer output.Close()
		_, _ = io.Copy(l, output)
	}()
	return ended
}

// removeOld removes logs of more than a week ago.
func removeOld(folder string) {
	logs, _ := filepath.Glob(filepath.Join(folder, "*.log"))
	for _, path := range logs {
		if about, err := os.Stat(path); err == nil && time.Since(about.ModTime()) > 7*24*time.Hour {
			_ = os.Remove(path)
		}
	}
}

// create makes the file when there is something to write.
func (l *logFile) create() {
	if l.file != nil || l.path == "" {
		return
	}
	folder := filepath.Dir(l.path)
	if os.MkdirAll(folder, 0o700) == nil {
		removeOld(folder)
	}
	var err error
	if l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		l.file, l.path = nil, ""
	}
}

// Write implements io.Writer. It never fails, so that the child never waits.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.create()
	if l.file != nil && l.written < maxLog {
		n, _ := l.file.Write(p[:min(int64(len(p)), maxLog-l.written)])
		if l.written += int64(n); l.written >= maxLog {
			fmt.Fprintf(l.file, "\n(semrob keeps no more than %d MiB)\n", maxLog>>20)
		}
	}
	l.tail = append(l.tail, p[max(0, len(p)-maxTail):]...)
	l.tail = l.tail[max(0, len(l.tail)-maxTail):]
	return len(p), nil
}

// last returns the last lines.
func (l *logFile) last() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for _, line := range bytes.Split(l.tail, []byte("\n")) {
		text := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f { // a terminal would obey
				return ' '
			}
			return r
		}, strings.ToValidUTF8(string(line), "�"))
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if runes := []rune(text); len(runes) > maxLine {
			text = string(runes[:maxLine]) + " …"
		}
		lines = append(lines, text)
	}
	return lines[max(0, len(lines)-maxLines):]
}

// kept returns the path of the file, "" if there is none or it is empty.
func (l *logFile) kept() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written == 0 {
		return ""
	}
	return l.path
}
