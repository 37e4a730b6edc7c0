// Package pth reads a network's parameters from files of PyTorch's torch.save
// (.pth, .pt), in the zip format and in the one before 1.6.
//
// Such a file is a Python program that rebuilds objects. This package only
// interprets the instructions that rebuild tensors, runs no code, and refuses
// files with any other instructions.
package pth

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/internal/flat"
)

// Read returns the floating-point tensors of a file's state dictionary. The
// dictionary may be at the top or in others, however deep, under the names that
// training scripts use ("state_dict", "model" …); averaged weights ("model_ema" …)
// are preferred. DataParallel's prefix "module." is removed. Integer tensors and
// counters (num_batches_tracked) are skipped, and so are other objects, such as the
// options of a training.
func Read(path string) (weights.Set, error) {
	set, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading PyTorch weights %s: %w", path, err)
	}
	return set, nil
}

// howToSave ends the errors about files without a state dictionary.
const howToSave = "save it with torch.save(model.state_dict(), file)"

func read(path string) (weights.Set, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return readFrom(file, about.Size())
}

// readFrom reads a file with a size in bytes.
func readFrom(file io.ReaderAt, size int64) (weights.Set, error) {
	begin := make([]byte, 4)
	if n, err := file.ReadAt(begin, 0); n < len(begin) {
		return nil, fmt.Errorf("it has only %d bytes: %w", n, err)
	}
	read := readLegacy
	if string(begin) == "PK\x03\x04" {
		read = readArchive
	}
	object, load, err := read(file, size)
	if err != nil {
		return nil, err
	}
	tensors, err := stateDictionary(object)
	if err != nil {
		return nil, err
	}
	if err := load(storages(tensors)); err != nil {
		return nil, err
	}
	return finish(tensors, size)
}

// finish returns the set, with copies of tensors that are not contiguous. Their
// total size is limited by the file's.
func finish(tensors map[string]*tensor, size int64) (weights.Set, error) {
	set := make(weights.Set, len(tensors))
	copied := int64(0)
	for name, t := range tensors {
		if !t.contiguous() {
			copied += 4 * int64(weights.Size(t.shape))
		}
		if copied > 4*size {
			return nil, errors.New("its tensors repeat the same stored values, which no network's weights need")
		}
		set[name] = weights.Tensor{Shape: t.shape, Data: t.values()}
	}
	return withoutModule(set), nil
}

// stateDictionary finds the floating-point tensors of an unpickled object.
func stateDictionary(object any) (map[string]*tensor, error) {
	top, ok := object.(*dict)
	if !ok {
		if o, isOpaque := object.(*opaque); isOpaque {
			return nil, fmt.Errorf("it is the Python object %q, not a dictionary of tensors: %s", o.name, howToSave)
		}
		return nil, fmt.Errorf("it has no dictionary of tensors: %s", howToSave)
	}
	tensors := dictionaryIn(top, 0)
	if len(tensors) == 0 {
		return nil, fmt.Errorf("it has no floating-point tensors: %s", howToSave)
	}
	return tensors, nil
}

// wrappers are the keys of dictionaries with weights, the preferred ones first.
var wrappers = []string{
	"state_dict_ema", "model_ema", "ema_state_dict", "ema_model", "ema", "state_dict", "model_state_dict", "model_state", "model", "net", "network", "net_state_dict",
	"params_ema", "params", "weights", "module", "state", "backbone", "student", "teacher",
}

// deepestWrapper limits the nesting of dictionaries.
const deepestWrapper = 8

// dictionaryIn returns the floating-point tensors of a dictionary or of the preferred
// one within; none if there are none.
func dictionaryIn(d *dict, depth int) map[string]*tensor {
	if depth > deepestWrapper {
		return nil
	}
	for _, key := range wrappers {
		if inner, ok := d.get(key).(*dict); ok {
			if tensors := dictionaryIn(inner, depth+1); len(tensors) > 0 {
				return tensors
			}
		}
	}
	tensors := map[string]*tensor{}
	for i, key := range d.keys {
		name, isText := key.(string)
		t, isTensor := d.values[i].(*tensor)
		if isText && isTensor && t.isFloat() && !weights.IsCounter(name) { // not, for example, the number of an epoch
			tensors[name] = t
		}
	}
	return tensors
}

// get returns the value of a key, nil if there is none.
func (d *dict) get(wanted string) (value any) {
	for i, key := range d.keys {
		if key == wanted {
			value = d.values[i]
		}
	}
	return value
}

// storages returns the tensors' storages, each once.
func storages(tensors map[string]*tensor) []*storage {
	var all []*storage
	seen := map[*storage]bool{}
	for _, t := range tensors {
		if !seen[t.storage] {
			seen[t.storage] = true
			all = append(all, t.storage)
		}
	}
	return all
}

// loader reads the values of storages.
type loader func([]*storage) error

// load reads a storage's values.
func (s *storage) load(r io.Reader) error {
	values, err := flat.Read(r, widths[s.kind].dtype, s.length)
	if err != nil {
		return fmt.Errorf("the values %q: %w", s.key, truncated(err))
	}
	s.data = values
	return nil
}

// truncated explains an unexpected end of the file.
func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is truncated: download it again")
	}
	return err
}

// withoutModule removes "module." from the names if all have it.
func withoutModule(set weights.Set) weights.Set {
	short := make(weights.Set, len(set))
	for name, t := range set {
		after, ok := strings.CutPrefix(name, "module.")
		if !ok || after == "" {
			return set
		}
		short[after] = t
	}
	return short
}
