//go:build unix

// Package cputime measures work in CPU time, which depends little on how busy the
// machine is.
package cputime

import (
	"errors"
	"syscall"
	"time"
)

// Of returns the CPU time of all threads of the process while do runs.
func Of(do func() error) (time.Duration, error) {
	var before, after syscall.Rusage
	err := errors.Join(syscall.Getrusage(syscall.RUSAGE_SELF, &before), do(), syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	at := func(r *syscall.Rusage) time.Duration {
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return at(&after) - at(&before), err
}
