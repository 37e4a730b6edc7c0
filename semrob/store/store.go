// Package store keeps results on disk under a key of all their inputs, so that
// running a notebook cell or a command again returns at once.
package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Variable is the environment variable that overrides the folder of results.
const Variable = "SEMROB_CACHE"

// DefaultLimit is the default limit of a store's size: 2 GiB.
const DefaultLimit = 2 << 30

// ErrTooLarge is wrapped by the error of Put for a result larger than the limit.
var ErrTooLarge = errors.New("the result is larger than the limit")

// Store is a folder of results. A nil *Store keeps nothing and finds nothing.
//
// Several processes may use the same folder: entries are complete or absent.
type Store struct {
	// Dir is the folder; it is created when the first result is kept.
	Dir string
	// Limit is the maximum size of the results in bytes; the least recently used
	// are removed first. 0 means DefaultLimit, a negative number no limit.
	Limit int64
}

// Default returns the store in $SEMROB_CACHE, or in "semrob" in the user's cache
// folder.
func Default() (*Store, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return &Store{Dir: dir}, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding a folder for results: %w; set %s", err, Variable)
	}
	return &Store{Dir: filepath.Join(dir, "semrob")}, nil
}

// Key returns a hash of identity's JSON, as 32 hexadecimal digits.
func Key(identity any) (string, error) {
	text, err := json.Marshal(identity)
	if err != nil {
		return "", fmt.Errorf("computing the key of a result: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Name returns the name of an entry, such as "map-….npz", from the kind of result
// (one word in lower case), its Key, and its file extension. Only entries with
// such names count towards the limit and are removed to stay below it.
func Name(kind, key, ending string) string { return kind + "-" + key + "." + ending }

// Path returns the file of the entry with this name.
func (s *Store) Path(name string) string { return filepath.Join(s.Dir, name) }

// Get returns an entry's content and whether it exists, and marks it as used.
func (s *Store) Get(name string) ([]byte, bool) {
	if s == nil {
		return nil, false
	}
	data, err := os.ReadFile(s.Path(name))
	if err != nil {
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(s.Path(name), now, now) // only affects the order of removal
	return data, true
}

// Put stores the output of write under name, then removes the least recently used
// entries until the folder is below its limit.
//
// It returns an error if the entry alone is larger than the limit (ErrTooLarge) or
// cannot be written. The caller still has its result, and should warn and go on.
func (s *Store) Put(name string, write func(io.Writer) error) error {
	if s == nil {
		return nil
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("keeping a result: the cache folder %s cannot be created: %w; set %s to another folder", s.Dir, err, Variable)
	}
	limited := &limitedWriter{left: s.limit()}
	err := atomicfile.Write(s.Path(name), func(w io.Writer) error {
		limited.to = w
		return write(limited)
	})
	if errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("keeping a result: %w of %d bytes of the cache folder %s", ErrTooLarge, s.limit(), s.Dir)
	}
	if err != nil {
		return fmt.Errorf("keeping a result in the cache folder: %w; set %s to another folder", err, Variable)
	}
	return s.trim(name)
}

// Check creates the folder and reports whether it can be written to.
func (s *Store) Check() error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("the cache folder %s cannot be created: %w", s.Dir, err)
	}
	return atomicfile.CheckFolder(s.Path("check"))
}

// Remove removes an entry, if it exists.
func (s *Store) Remove(name string) error {
	if s == nil {
		return nil
	}
	if err := os.Remove(s.Path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a result from the cache folder: %w", err)
	}
	return nil
}

func (s *Store) limit() int64 {
	if s.Limit < 0 {
		return math.MaxInt64
	}
	return cmp.Or(s.Limit, DefaultLimit)
}

// entryName matches the results of Name, and unfinishedName their temporary files.
// Nothing else in the folder is ever removed.
var (
	entryName      = regexp.MustCompile(`^[a-z]+-[0-9a-f]{32}\.[a-z]+$`)
	unfinishedName = regexp.MustCompile(`^\.[a-z]+-[0-9a-f]{32}\.[a-z]+\.[0-9]+\.partial$`)
)

// abandoned is the age at which no process can still be writing a temporary file.
const abandoned = 24 * time.Hour

// trim removes the least recently used entries, except keep, until the folder is
// below its limit, and the temporary files of killed processes.
func (s *Store) trim(keep string) error {
	list, err := os.ReadDir(s.Dir)
	if err != nil {
		return fmt.Errorf("reading the cache folder %s: %w", s.Dir, err)
	}
	var entries []fs.FileInfo
	var total int64
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // removed by another process, or not ours
		}
		if unfinishedName.MatchString(info.Name()) {
			if time.Since(info.ModTime()) > abandoned {
				_ = os.Remove(s.Path(info.Name()))
			}
			continue
		}
		if !entryName.MatchString(info.Name()) {
			continue // not a result
		}
		total += info.Size()
		entries = append(entries, info)
	}
	slices.SortFunc(entries, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, e := range entries {
		if total <= s.limit() {
			break
		}
		if e.Name() == keep {
			continue
		}
		if err := s.Remove(e.Name()); err != nil {
			return err
		}
		total -= e.Size()
	}
	return nil
}

type limitedWriter struct {
	to   io.Writer
	left int64
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		return 0, ErrTooLarge
	}
	w.left -= int64(len(p))
	return w.to.Write(p)
}
