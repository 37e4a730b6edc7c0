package store_test

import (
	"fmt"
	"io"
	"os"

	"github.com/semrob/gonb-semrob/semrob/store"
)

// A result is kept under a key of all its inputs, and found again by it.
func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s := &store.Store{Dir: dir}

	key, err := store.Key(map[string]any{"mesh": "teapot", "samples": 100, "version": 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	name := store.Name("area", key, "txt")
	for range 2 {
		if area, ok := s.Get(name); ok {
			fmt.Printf("kept: %s\n", area)
			continue
		}
		fmt.Println("computing")
		if err := s.Put(name, func(w io.Writer) error { _, err := io.WriteString(w, "12.5"); return err }); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// computing
	// kept: 12.5
}
