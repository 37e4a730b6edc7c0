//go:build cgo

package backend

// XLA:CPU allocates the temporary memory of a program, tens to hundreds of MB,
// anew at every execution. glibc maps such blocks when they are allocated and
// unmaps them when they are freed, so the kernel clears every page of them each
// time: a third of a gradient's time. malloc_linux.c tells it to keep them.

// #cgo CFLAGS: -O2
import "C"
