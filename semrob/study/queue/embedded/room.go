package embedded

import (
	"io/fs"
	"path/filepath"
)

// reserve is what is left free on the disk, for the study's table among others;
// on a small one a twentieth of what is free.
const reserve = 64 << 20

// room returns how large what is in folder may become: its size now and what
// the disk has left, less the reserve. Below that the server refuses what it
// cannot keep; a disk that is full under it makes it switch its storage off.
func room(folder string) int64 {
	used := int64(0)
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				used += info.Size()
			}
		}
		return nil // what cannot be read does not count
	})
	free, known := available(folder)
	if !known {
		free = 1 << 40
	}
	return max(used+free-min(reserve, free/20), 1)
}
