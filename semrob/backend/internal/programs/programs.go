// Package programs keeps compiled programs on disk, so that the next process, such
// as another cell of a notebook, loads a network instead of compiling it.
//
// go-xla does not wrap PJRT's serialisation. [Register] therefore gives go-xla a copy
// of the plugin's function table in which compiling first looks for a kept program,
// through go-xla's interface for plugins that are linked into the program. Everything
// above works as before. The plugin's own table and memory stay as they are.
//
// A kept program is machine code: it is trusted only from a folder that nobody else
// can write to.
package programs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/semrob/gonb-semrob/semrob/store"
)

// Variable is the environment variable with the folder of compiled programs; "off"
// keeps none.
const Variable = "SEMROB_PROGRAMS"

// DefaultLimit is the limit of the folder's size: 1 GiB.
const DefaultLimit = 1 << 30

// ErrUnable is wrapped by the errors of Register for plugins whose programs cannot be
// kept, but which work otherwise.
var ErrUnable = errors.New("compiled programs cannot be kept")

// errOneDNN is the error for a program with operations of oneDNN.
var errOneDNN = errors.New("XLA cannot serialise operations of oneDNN")

// worthKeeping is the least time that a program must have taken to compile. Loading
// takes a few milliseconds and a file.
const worthKeeping = 50 * time.Millisecond

// header starts each file; it is followed by the SHA-256 of the rest.
const header = "semrob program 1\n"

// Keeper is a folder of compiled programs, for one plugin. It is safe for concurrent
// use.
type Keeper struct {
	// Context is everything that programs depend on beside program, options and
	// device: the plugin's file, flags, the processor.
	Context []string
	// Notify receives a line for each entry that was damaged, and one if programs
	// cannot be written.
	Notify func(line string)

	store *store.Store
	least time.Duration // programs that compile faster are not written

	mu      sync.Mutex
	counts  Counts
	unable  error // why no more programs are written
	trial   bool  // programs go through bytes, in memory
	trialOK error // of the last one
}

// Try calls compile, which must compile a program. The program that it gets was
// serialised and loaded again, in memory. The error says why that does not work.
func (k *Keeper) Try(compile func() error) error {
	k.mu.Lock()
	k.trial, k.trialOK = true, errors.New("nothing was compiled")
	k.mu.Unlock()
	err := compile()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trial = false
	return errors.Join(err, k.trialOK)
}

// trying reports whether Try is running.
func (k *Keeper) trying() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.trial
}

func (k *Keeper) tried(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trialOK = err
}

// Counts are the numbers of programs since the plugin was opened.
type Counts struct {
	// Loaded from disk, Compiled, and Kept on disk after compiling.
	Loaded, Compiled, Kept int
	// OneDNN is the number of compiled programs with operations of oneDNN, which XLA
	// cannot serialise.
	OneDNN int
}

// Open returns a Keeper for the folder in $SEMROB_PROGRAMS, or else semrob-programs in
// the user's cache folder, which it creates. The error says why there is none: it is
// switched off, or the folder is not the user's alone.
func Open(context []string, notify func(string)) (*Keeper, error) {
	dir := os.Getenv(Variable)
	switch dir {
	case "off":
		return nil, fmt.Errorf("$%s=off", Variable)
	case "":
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "semrob-programs")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := checkOwner(dir); err != nil {
		return nil, err
	}
	return &Keeper{Context: context, Notify: notify, store: &store.Store{Dir: dir, Limit: DefaultLimit}, least: worthKeeping}, nil
}

// Dir returns the folder.
func (k *Keeper) Dir() string { return k.store.Dir }

// Counts returns the numbers of programs so far, and why no more are written, or nil.
func (k *Keeper) Counts() (Counts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counts, k.unable
}

func (k *Keeper) count(loaded bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if loaded {
		k.counts.Loaded++
	} else {
		k.counts.Compiled++
	}
}

// name returns the entry for a program with this identity.
func (k *Keeper) name(identity []string) string {
	hash := sha256.New()
	for _, parts := range [][]string{{header}, k.Context, identity} {
		writeLength(hash, len(parts))
		for _, part := range parts {
			writeLength(hash, len(part))
			io.WriteString(hash, part)
		}
	}
	return store.Name("program", hex.EncodeToString(hash.Sum(nil)[:16]), "xla")
}

func writeLength(w io.Writer, n int) {
	_ = binary.Write(w, binary.LittleEndian, uint64(n)) // to a hash
}

// get returns the program of an entry, or nil if there is none. A damaged one is
// reported and removed.
func (k *Keeper) get(entry string) []byte {
	file, ok := k.store.Get(entry)
	if !ok {
		return nil
	}
	rest, ok := bytes.CutPrefix(file, []byte(header))
	if !ok || len(rest) <= sha256.Size {
		k.damaged(entry, errors.New("it is incomplete"))
		return nil
	}
	sum, data := rest[:sha256.Size], rest[sha256.Size:]
	if have := sha256.Sum256(data); !bytes.Equal(have[:], sum) {
		k.damaged(entry, errors.New("its checksum is wrong"))
		return nil
	}
	return data
}

// damaged reports and removes an entry that cannot be used.
func (k *Keeper) damaged(entry string, reason error) {
	line := fmt.Sprintf("The compiled program %s is damaged and is compiled anew: %v.", k.store.Path(entry), reason)
	if err := k.store.Remove(entry); err != nil {
		line += fmt.Sprintf(" It stays there: %v.", err)
	}
	k.Notify(line)
}

// put writes a program. After a failure no more are written.
func (k *Keeper) put(entry string, serialize func() ([]byte, error)) {
	k.mu.Lock()
	unable := k.unable
	k.mu.Unlock()
	if unable != nil {
		return
	}
	data, err := serialize()
	if errors.Is(err, errOneDNN) {
		k.mu.Lock()
		k.counts.OneDNN++
		k.mu.Unlock()
		return
	}
	if err != nil {
		k.mu.Lock()
		k.unable = fmt.Errorf("the plugin does not serialise them: %w", err)
		k.mu.Unlock()
		return
	}
	sum := sha256.Sum256(data)
	err = k.store.Put(entry, func(w io.Writer) error {
		_, err := w.Write(append(append([]byte(header), sum[:]...), data...))
		return err
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil:
		k.counts.Kept++
	case k.unable == nil && !errors.Is(err, store.ErrTooLarge):
		k.unable = err
		k.Notify(fmt.Sprintf("Compiled programs are not kept: %v.", err))
	}
}

// Size returns the number of programs in a folder and their total size in bytes.
func Size(dir string) (count int, size int64) {
	files, err := filepath.Glob(filepath.Join(dir, "program-*.xla"))
	if err != nil {
		return 0, 0
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			count, size = count+1, size+info.Size()
		}
	}
	return count, size
}
