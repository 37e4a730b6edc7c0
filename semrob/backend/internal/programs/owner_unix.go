//go:build unix

package programs

import (
	"fmt"
	"os"
	"syscall"
)

// checkOwner returns an error unless the folder is the user's and nobody else can
// write to it.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("%s belongs to another user: remove it, or set %s to another folder", dir, Variable)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s can be written to by others (%v): run `chmod go-w %s`", dir, mode, dir)
	}
	return nil
}
