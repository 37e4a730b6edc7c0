//go:build unix

package embedded

import "golang.org/x/sys/unix"

// available returns the free space for users on the disk of folder, in bytes.
func available(folder string) (int64, bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}
