package backend

import (
	"io/fs"
	"syscall"
)

// changed returns when the file was last written or replaced, in nanoseconds: unlike
// the time of modification it cannot be set.
func changed(file fs.FileInfo) int64 {
	if stat, ok := file.Sys().(*syscall.Stat_t); ok {
		return stat.Ctim.Nano()
	}
	return 0
}
