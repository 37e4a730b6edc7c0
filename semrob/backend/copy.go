package backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// contextReader returns the context's error once the context is done.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

// writeFile writes all of from to a new file, syncs it, and returns the SHA-256
// of the content, in hexadecimal.
func writeFile(ctx context.Context, path string, mode os.FileMode, from io.Reader) (sum string, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
	}()
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, hash), contextReader{ctx, from}); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	if err := file.Sync(); err != nil {
		return "", fmt.Errorf("syncing %s: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// sha256File returns the SHA-256 of a file, in hexadecimal.
func sha256File(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
