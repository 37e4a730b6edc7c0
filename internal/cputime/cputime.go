//go:build unix

// Package cputime measures work by the time that processors spend on it, which a
// busy machine changes little.
package cputime

import (
	"errors"
	"syscall"
	"time"
)

// Of returns how much CPU time all threads of the process take while do runs.
func Of(do func() error) (time.Duration, error) {
	var before, after syscall.Rusage
	err := errors.Join(syscall.Getrusage(syscall.RUSAGE_SELF, &before), do(), syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	at := func(r *syscall.Rusage) time.Duration {
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return at(&after) - at(&before), err
}
