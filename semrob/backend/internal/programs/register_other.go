//go:build !linux || !cgo

package programs

import "fmt"

// Register returns ErrUnable: elsewhere go-xla loads plugins in other ways.
func Register(string, string, *Keeper) error {
	return fmt.Errorf("%w on this system", ErrUnable)
}
