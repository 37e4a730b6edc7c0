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
	"github.com/gomlx/go-huggingface/hub"
)

// file returns a file of a commit in the cache, after fetching it where it is
// not there.
func (r Repository) file(ctx context.Context, commit string, info *hub.FileInfo) (string, error) {
	if !filepath.IsLocal(info.Name) {
		return "", fmt.Errorf("the hub names the file %q, which is no place inside a repository", info.Name)
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
		return "", fmt.Errorf("the hub gives no checksum of %s", info.Name)
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

// fetchBlob downloads a file beside its place, continues there what was
// interrupted, and puts it into its place when its checksum is right. Of two
// processes the second waits.
func (r Repository) fetchBlob(ctx context.Context, commit string, info *hub.FileInfo, blob string) (err error) {
	if err := os.MkdirAll(filepath.Dir(blob), 0o755); err != nil {
		return err
	}
	lock := flock.New(blob + ".lock")
	if _, err := lock.TryLockContext(ctx, 200_000_000); err != nil {
		return fmt.Errorf("waiting for another process that fetches it: %w", err)
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

// continueDownload appends to a file what it lacks.
func (r Repository) continueDownload(ctx context.Context, commit string, info *hub.FileInfo, partial string) (err error) {
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
	if response.StatusCode == http.StatusOK { // from the beginning, though more was asked for
		have = 0
	}
	if err := file.Truncate(have); err != nil {
		return err
	}
	if _, err := file.Seek(have, io.SeekStart); err != nil {
		return err
	}
	count := &counter{done: have, total: size, tell: r.Progress}
	// One byte more than there should be shows that there is more.
	written, err := io.Copy(file, io.TeeReader(io.LimitReader(response.Body, size-have+1), count))
	switch {
	case err != nil:
		return fmt.Errorf("the connection broke after %d of %d bytes (%w): run again, and it continues", have+written, size, err)
	case have+written != size:
		return fmt.Errorf("%d of %d bytes came: run again, and it continues", have+written, size)
	}
	return file.Sync()
}

// counter tells how many bytes went by.
type counter struct {
	done, total int64
	tell        func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	c.done += int64(len(p))
	if c.tell != nil {
		c.tell(c.done, c.total)
	}
	return len(p), nil
}

func sizeOf(info *hub.FileInfo) int64 {
	if info.LFS != nil {
		return info.LFS.Size
	}
	return info.Size
}

// checkBlob compares a file with its checksum: SHA-256 of large files, git's
// SHA-1 of others.
func checkBlob(file string, info *hub.FileInfo) error {
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
		return fmt.Errorf("what came is not the file that the hub describes: its checksum is %s, not %s; run again", got, want)
	}
	return nil
}
