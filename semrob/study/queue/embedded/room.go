package embedded

import (
	"io/fs"
	"path/filepath"
)

// reserve is the disk space to leave free, for the study's table among others; if
// little is free, a twentieth of it.
const reserve = 64 << 20

// room returns the maximum size of folder: its current size and the free disk space
// minus the reserve. At this limit the server rejects data; on a full disk it would
// disable its storage.
func room(folder string) int64 {
	used := int64(0)
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				used += info.Size()
			}
		}
		return nil // ignore unreadable files
	})
	free, known := available(folder)
	if !known {
		free = 1 << 40
	}
	return max(used+free-min(reserve, free/20), 1)
}
