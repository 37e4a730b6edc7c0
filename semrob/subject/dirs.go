package subject

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Dirs is a Finder for folders on this machine.
type Dirs struct {
	named, searched []string
	hashes          map[string]string // by path
}

// NewDirs returns a Finder that looks for files by name in all folders, then by
// content below those in searched.
func NewDirs(named, searched []string) *Dirs {
	return &Dirs{named: append(append([]string(nil), searched...), named...), searched: searched, hashes: map[string]string{}}
}

// Find implements Finder.
func (d *Dirs) Find(ctx context.Context, root string, files []File) (string, error) {
	local := make([]File, len(files))
	for i, f := range files {
		local[i] = File{Path: filepath.FromSlash(f.Path), Hash: f.Hash}
	}
	layout, err := Layout(local, filepath.FromSlash(root))
	if err != nil {
		return "", err
	}
	for _, dir := range d.named {
		for _, name := range []string{local[0].Path, filepath.Base(local[0].Path)} {
			if path := filepath.Join(dir, name); d.all(path, layout, files) {
				return path, nil
			}
		}
	}
	for _, dir := range d.searched {
		path, err := d.search(ctx, dir, layout, files)
		if path != "" || err != nil {
			return path, err
		}
	}
	return "", fmt.Errorf("%w: %s with SHA-256 %.12s…: give its folder with --dir", ErrNotFound, files[0].Path, files[0].Hash)
}

// search looks for files by content below a folder.
func (d *Dirs) search(ctx context.Context, dir string, layout []string, files []File) (found string, err error) {
	ending := strings.ToLower(filepath.Ext(files[0].Path))
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // skip what cannot be read
		case entry.Type().IsRegular() && strings.ToLower(filepath.Ext(path)) == ending && d.all(path, layout, files):
			found = path
			return filepath.SkipAll
		}
		return nil
	})
	return found, err
}

// all reports whether the first file is at path and the others are at their places
// of the layout, with the right contents.
func (d *Dirs) all(path string, layout []string, files []File) bool {
	if d.hash(path) != files[0].Hash {
		return false
	}
	folder := top(path, layout[0])
	for i, f := range files[1:] {
		if d.hash(filepath.Join(folder, layout[i+1])) != f.Hash {
			return false
		}
	}
	return true
}

// hash returns the hash of a file's content, or "" if it cannot be read.
func (d *Dirs) hash(path string) string {
	if known, ok := d.hashes[path]; ok {
		return known
	}
	hash, err := HashFile(path)
	if err != nil {
		hash = ""
	}
	d.hashes[path] = hash
	return hash
}
