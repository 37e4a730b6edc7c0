package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestAnEntryComesBack(t *testing.T) {
	s := &Store{Dir: filepath.Join(t.TempDir(), "made", "when", "needed")}
	if _, ok := s.Get("a"); ok {
		t.Error("an empty store has an entry")
	}
	if err := s.Put("a", text("hello")); err != nil {
		t.Fatal(err)
	}
	if got, ok := s.Get("a"); !ok || string(got) != "hello" {
		t.Errorf("got %q, %v", got, ok)
	}
	if err := s.Remove("a"); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get("a"); ok {
		t.Error("a removed entry is there")
	}
}

func TestNilKeepsNothing(t *testing.T) {
	var s *Store
	if err := s.Put("a", text("hello")); err != nil {
		t.Error(err)
	}
	if _, ok := s.Get("a"); ok {
		t.Error("a nil store has an entry")
	}
}

func TestKeysTellIdentitiesApart(t *testing.T) {
	seen := map[string]any{}
	for _, identity := range []any{
		map[string]any{"mesh": "teapot", "version": 1}, map[string]any{"mesh": "teapot", "version": 2},
		map[string]any{"mesh": "bottle", "version": 1}, []int{1}, nil,
	} {
		key, err := Key(identity)
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[key]; taken {
			t.Errorf("%v and %v have the same key", identity, other)
		}
		seen[key] = identity
	}
	a, _ := Key(map[string]int{"x": 1, "y": 2})
	b, _ := Key(map[string]int{"y": 2, "x": 1})
	if a != b {
		t.Error("the order of a map changes the key")
	}
}

func named(t *testing.T, identity string) string {
	t.Helper()
	key, err := Key(identity)
	if err != nil {
		t.Fatal(err)
	}
	return Name("map", key, "npz")
}

// TestTheOldestIsRemovedAtTheLimit also puts other files into the folder, older and
// larger than any result: they stay.
func TestTheOldestIsRemovedAtTheLimit(t *testing.T) {
	s := &Store{Dir: t.TempDir(), Limit: 25}
	own := []string{"thesis.npz", "map-of-the-town.png", ".notes.partial", "a-b.json"}
	for _, name := range own {
		if err := os.WriteFile(s.Path(name), make([]byte, 1000), 0o644); err != nil {
			t.Fatal(err)
		}
		age(t, s, name, 1000*time.Hour)
	}
	a, b, c := named(t, "a"), named(t, "b"), named(t, "c")
	for i, name := range []string{a, b} {
		if err := s.Put(name, text("0123456789")); err != nil {
			t.Fatal(err)
		}
		age(t, s, name, time.Duration(10-i)*time.Hour)
	}
	killed := "." + a + ".123456.partial"
	if err := os.WriteFile(s.Path(killed), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	age(t, s, killed, 1000*time.Hour)
	s.Get(a) // used now, so that b goes first
	if err := s.Put(c, text("0123456789")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{a: true, b: false, c: true, killed: false} {
		if _, ok := s.Get(name); ok != want {
			t.Errorf("%s is there: %v, want %v", name, ok, want)
		}
	}
	for _, name := range own {
		if _, ok := s.Get(name); !ok {
			t.Errorf("%s, which is not a result, was removed", name)
		}
	}
}

func age(t *testing.T, s *Store, name string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	if err := os.Chtimes(s.Path(name), at, at); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeKeptIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	full := &Store{Dir: t.TempDir(), Limit: 4}
	if err := full.Put("a", text("hello")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	below := &Store{Dir: filepath.Join(file, "below")}
	if err, at := below.Put("a", text("hello")), (*fs.PathError)(nil); !errors.As(err, &at) || at.Path != file {
		t.Errorf("error %v, want an *fs.PathError of %s", err, file)
	}
	if left, _ := os.ReadDir(full.Dir); len(left) != 0 {
		t.Errorf("%v was left behind", left)
	}
	failing, noSpace := &Store{Dir: t.TempDir()}, errors.New("no space left on device")
	if err := failing.Put("a", func(w io.Writer) error {
		fmt.Fprint(w, "half")
		return noSpace
	}); !errors.Is(err, noSpace) {
		t.Errorf("a failed write gave the error %v", err)
	}
	if left, _ := os.ReadDir(failing.Dir); len(left) != 0 {
		t.Errorf("%v was left behind", left)
	}
}
