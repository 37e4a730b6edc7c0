package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// file returns a file of a commit in the cache, downloading it if necessary.
func (r Repository) file(ctx context.Context, commit string, info *fileInfo) (string, error) {
	if !filepath.IsLocal(info.Name) {
		return "", fmt.Errorf("the hub lists the file %q, which is outside the repository", info.Name)
	}
	link := filepath.Join(r.folder(), "snapshots", commit, filepath.FromSlash(info.Name))
	if readable(link) {
		return link, nil
	}
	sum := info.BlobID
	if info.LFS != nil {
		sum = info.LFS.SHA256
	}
	if !validCommit.MatchString(sum) {
		return "", fmt.Errorf("the hub gives no checksum for %s", info.Name)
	}
	blob := filepath.Join(r.folder(), "blobs", sum)
	if !readable(blob) {
		if err := r.fetchBlob(ctx, commit, info, blob); err != nil {
			return "", fmt.Errorf("%s: %w", info.Name, err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return "", err
	}
	target, err := filepath.Rel(filepath.Dir(link), blob)
	if err != nil {
		return "", err
	}
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.Symlink(target, link); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return link, nil
}

// fetchBlob downloads a file next to its destination, continues an interrupted
// download, and moves the file into place if its checksum is right. A second
// process waits for the first.
func (r Repository) fetchBlob(ctx context.Context, commit string, info *fileInfo, blob string) (err error) {
	if err := os.MkdirAll(filepath.Dir(blob), 0o755); err != nil {
		return err
	}
	lock := flock.New(blob + ".lock")
	if _, err := lock.TryLockContext(ctx, 200_000_000); err != nil {
		return fmt.Errorf("waiting for another process to fetch it: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if readable(blob) {
		return nil
	}
	partial := blob + ".incomplete"
	if err := r.continueDownload(ctx, commit, info, partial); err != nil {
		return err
	}
	if err := checkBlob(partial, info); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return os.Rename(partial, blob)
}

// continueDownload appends the missing part of a file.
func (r Repository) continueDownload(ctx context.Context, commit string, info *fileInfo, partial string) (err error) {
	file, err := os.OpenFile(partial, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	have, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	size := sizeOf(info)
	if size > 0 && have == size {
		return nil
	}
	if have > size {
		have = 0
	}
	response, err := r.get(ctx, fmt.Sprintf("%s/%s/resolve/%s/%s", endpoint(), r.ID, commit, info.Name), have)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK { // the server ignored the range
		have = 0
	}
	if err := file.Truncate(have); err != nil {
		return err
	}
	if _, err := file.Seek(have, io.SeekStart); err != nil {
		return err
	}
	count := &counter{done: have, total: size, report: r.Progress}
	// Reading one byte more than expected detects a file that is too long.
	written, err := io.Copy(file, io.TeeReader(io.LimitReader(response.Body, size-have+1), count))
	switch {
	case err != nil:
		return fmt.Errorf("the connection broke after %d of %d bytes (%w): run again to continue", have+written, size, err)
	case have+written != size:
		return fmt.Errorf("%d of %d bytes received: run again to continue", have+written, size)
	}
	return file.Sync()
}

// counter reports the number of bytes written to it.
type counter struct {
	done, total int64
	report      func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	c.done += int64(len(p))
	if c.report != nil {
		c.report(c.done, c.total)
	}
	return len(p), nil
}

func sizeOf(info *fileInfo) int64 {
	if info.LFS != nil {
		return info.LFS.Size
	}
	return info.Size
}

// checkBlob compares a file with its checksum: SHA-256 for large files, git's
// SHA-1 for others.
func checkBlob(file string, info *fileInfo) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var sum hash.Hash
	want := info.BlobID
	if info.LFS != nil {
		sum, want = sha256.New(), info.LFS.SHA256
	} else {
		sum = sha1.New()
		fmt.Fprintf(sum, "blob %d\x00", sizeOf(info))
	}
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, want) {
		return fmt.Errorf("the download differs from the hub's file: its checksum is %s, not %s; run again", got, want)
	}
	return nil
}
