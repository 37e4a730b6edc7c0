// Package limit bounds what files, items of studies, flags and callers may ask for. It
// is one budget for all of them, checked before anything is allocated: a number in a
// file of a few bytes must not fill the memory.
package limit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"strconv"
	"strings"
	"syscall"
)

const (
	// Points is the greatest number of semantic points of one question: those of a
	// map, a sample or a search. At 1,000 views per second they take 18 hours.
	Points = 1 << 26
	// Bytes is the most memory that the points of one question, or the unpacked
	// arrays of one file, may take.
	Bytes = 1 << 30
	// Evaluations is the greatest number of values of f that one question may need,
	// one after another: two years at 1,000 per second.
	Evaluations = 1 << 36
	// Text is the size limit of text files that people write or that describe
	// results, in bytes.
	Text = 32 << 20
)

// ErrTooLarge is wrapped by errors about a request beyond the budget.
var ErrTooLarge = errors.New("too large")

// Check returns an error that wraps ErrTooLarge unless the product of factors, the
// number of what, is at most Points, and takes at most Bytes at bytesEach. Negative
// factors are the caller's to report; they count as 0.
func Check(what string, bytesEach int, factors ...int) error {
	n, ok := Product(factors...)
	most := uint64(min(Points, Bytes/max(bytesEach, 1)))
	if ok && n <= most {
		return nil
	}
	return fmt.Errorf("%s %s are %w: at most %d are supported", written(factors), what, ErrTooLarge, most)
}

// CheckEvaluations is Check for values of f that are computed one after another.
func CheckEvaluations(what string, factors ...int) error {
	if n, ok := Product(factors...); ok && n <= Evaluations {
		return nil
	}
	return fmt.Errorf("%s %s are %w: at most %d are supported", written(factors), what, ErrTooLarge, uint64(Evaluations))
}

// Product returns the product of factors; ok is false if it is beyond 2⁶³.
func Product(factors ...int) (n uint64, ok bool) {
	n = 1
	for _, f := range factors {
		if f <= 0 {
			return 0, true
		}
	}
	for _, f := range factors {
		high, low := bits.Mul64(n, uint64(f))
		if high > 0 || low > 1<<63 {
			return 0, false
		}
		n = low
	}
	return n, true
}

// written returns the factors as in "1000 × 2000".
func written(factors []int) string {
	parts := make([]string, len(factors))
	for i, f := range factors {
		parts[i] = strconv.Itoa(f)
	}
	return strings.Join(parts, " × ")
}

// ReadFile reads a file of at most this many bytes, also a pipe or a device, which may
// have no end.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() {
		size = 0
	}
	var data bytes.Buffer
	if size <= most {
		data.Grow(int(size) + bytes.MinRead) // read without growing
		size, err = data.ReadFrom(io.LimitReader(file, most+1))
	}
	if err == nil && size > most {
		err = fmt.Errorf("%s is %w: at most %d bytes are supported", path, ErrTooLarge, most)
	}
	if err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}

// Open opens a regular file for reading, neither a pipe nor a device.
func Open(path string) (*os.File, error) {
	// Opening a pipe would wait for somebody who writes to it.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
