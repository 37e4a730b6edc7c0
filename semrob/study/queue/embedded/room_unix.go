//go:build unix

package embedded

import "golang.org/x/sys/unix"

// available returns the bytes that a user may still write to the disk of
// folder.
func available(folder string) (int64, bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}
