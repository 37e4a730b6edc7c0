//go:build cgo

package backend

// XLA:CPU allocates a program's temporary memory, tens to hundreds of MB, at every
// execution. glibc maps and unmaps such blocks, so the kernel clears their pages
// each time: a third of a gradient's time. malloc_linux.c makes glibc keep them.

// #cgo CFLAGS: -O2
import "C"
