package limit

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		bytes   int
		factors []int
		ok      bool
	}{
		{16, []int{Points}, true}, {16, []int{Points, 1}, true}, {16, []int{Points, 2}, false}, {1, []int{Points + 1}, false},
		{16, []int{8192, 8192}, true}, {17, []int{8192, 8192}, false},
		{8, []int{65536, 65536, 65536, 65536}, false}, // the product wraps to 0
		{8, []int{1 << 32, 1 << 32}, false},           // and this one
		{8, []int{math.MaxInt, 3}, false}, {8, []int{math.MaxInt}, false},
		{8, []int{0, math.MaxInt, math.MaxInt}, true}, {8, []int{-1}, true}, {8, nil, true},
	} {
		if err := Check("points", c.bytes, c.factors...); (err == nil) != c.ok {
			t.Errorf("%v of %d bytes: %v", c.factors, c.bytes, err)
		} else if err != nil && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%v: %v does not wrap ErrTooLarge", c.factors, err)
		}
	}
	if err := CheckEvaluations("values of f", 600, 4, 64); err != nil {
		t.Error(err)
	}
	if err := CheckEvaluations("values of f", 1_000_000, 1_000_000); !errors.Is(err, ErrTooLarge) {
		t.Errorf("10¹² values: %v", err)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(path, 4); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ReadFile(path, 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file beyond the limit: %v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "none"), 3); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := ReadFile("/dev/zero", 1<<20); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a device without end: %v", err)
	}
	if _, err := ReadFile(dir, 3); err == nil {
		t.Error("a folder was read")
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	go func() { _ = os.WriteFile(pipe, []byte("from a pipe"), 0) }()
	if data, err := ReadFile(pipe, 100); err != nil || string(data) != "from a pipe" {
		t.Errorf("%q, %v", data, err)
	}
	for _, other := range []string{pipe, "/dev/zero", dir} {
		done := make(chan error, 1)
		go func() {
			_, err := Open(other)
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "not a regular file") {
				t.Errorf("%s: %v", other, err)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("opening %s blocks", other)
		}
	}
}
