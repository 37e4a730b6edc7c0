// Package store keeps results on disk under a key of everything that decides
// them, so that running a notebook cell or a command again returns at once.
package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"time"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Variable names the environment variable that overrides where results are
// kept.
const Variable = "SEMROB_CACHE"

// DefaultLimit is the size that a store keeps below: 2 GiB.
const DefaultLimit = 2 << 30

// Store is a folder of results. A nil *Store keeps nothing and finds nothing.
//
// Several processes may use the same folder: entries are whole or absent.
type Store struct {
	// Dir is the folder; it is made when the first result is kept.
	Dir string
	// Limit is the size in bytes that the folder is kept below by removing what
	// was used longest ago; 0 means DefaultLimit, a negative number no limit.
	Limit int64
}

// Default returns the store in $SEMROB_CACHE, or in the folder "semrob" of the
// user's cache folder.
func Default() (*Store, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return &Store{Dir: dir}, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding a folder to keep results in: %w; set %s to one", err, Variable)
	}
	return &Store{Dir: filepath.Join(dir, "semrob")}, nil
}

// Key returns a name for what identity describes: equal identities, as JSON,
// have equal keys.
func Key(identity any) (string, error) {
	text, err := json.Marshal(identity)
	if err != nil {
		return "", fmt.Errorf("making a key of what decides a result: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Name returns the name of an entry: what kind of result it is, its Key, and
// the ending of its format, as in "map-….npz"; kind is one word of small
// letters. Only entries named like this
// count towards the limit and are removed at it.
func Name(kind, key, ending string) string { return kind + "-" + key + "." + ending }

// Path returns where the entry with this name is kept.
func (s *Store) Path(name string) string { return filepath.Join(s.Dir, name) }

// Get returns the bytes of an entry, and whether there is one. It marks the
// entry as used.
func (s *Store) Get(name string) ([]byte, bool) {
	if s == nil {
		return nil, false
	}
	data, err := os.ReadFile(s.Path(name))
	if err != nil {
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(s.Path(name), now, now) // only the order of removal depends on it
	return data, true
}

// Put keeps what write writes under name and then removes the entries used
// longest ago until the folder is below its limit.
//
// An entry larger than the whole limit is not kept: that is an error, and so
// is a folder that cannot be written to or a full disk. The caller still has
// its result; it should tell the user and go on.
func (s *Store) Put(name string, write func(io.Writer) error) error {
	if s == nil {
		return nil
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("keeping a result: the cache folder %s cannot be made: %w; set %s to another", s.Dir, err, Variable)
	}
	limited := &limitedWriter{left: s.limit()}
	err := atomicfile.Write(s.Path(name), func(w io.Writer) error {
		limited.to = w
		return write(limited)
	})
	if errors.Is(err, errLimit) {
		return fmt.Errorf("keeping a result: it alone is larger than the limit of %d bytes of the cache folder %s", s.limit(), s.Dir)
	}
	if err != nil {
		return fmt.Errorf("keeping a result in the cache folder: %w; set %s to another folder", err, Variable)
	}
	return s.trim(name)
}

// Check reports whether results can be kept: it makes the folder and writes to
// it.
func (s *Store) Check() error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("the cache folder %s cannot be made: %w", s.Dir, err)
	}
	return atomicfile.CheckFolder(s.Path("check"))
}

// Remove removes an entry; one that is absent is no error.
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
	switch {
	case s.Limit == 0:
		return DefaultLimit
	case s.Limit < 0:
		return 1<<63 - 1
	}
	return s.Limit
}

// entryName matches what Name returns, and unfinishedName the temporary files
// of such entries. Nothing else in the folder is ever removed.
var (
	entryName      = regexp.MustCompile(`^[a-z]+-[0-9a-f]{32}\.[a-z]+$`)
	unfinishedName = regexp.MustCompile(`^\.[a-z]+-[0-9a-f]{32}\.[a-z]+\.[0-9]+\.partial$`)
)

// abandoned is the age from which a temporary file cannot be one that another
// process is still writing.
const abandoned = 24 * time.Hour

// trim removes the entries used longest ago, but never keep, until the folder
// is below its limit; and temporary files that a killed process left.
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
			continue // somebody else's: the folder may hold more than results
		}
		total += info.Size()
		entries = append(entries, info)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].ModTime().Before(entries[j].ModTime()) })
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

var errLimit = errors.New("larger than the limit")

type limitedWriter struct {
	to   io.Writer
	left int64
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		return 0, errLimit
	}
	w.left -= int64(len(p))
	return w.to.Write(p)
}
