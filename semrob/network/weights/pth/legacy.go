package pth

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
)

// magic begins the old format: the pickled number 0x1950a86a20f9469cfc6c as
// little-endian bytes with a sign byte.
const magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// legacyProtocol is the old format's only version.
const legacyProtocol = 1001

// errUnknownForm is about files in neither format.
var errUnknownForm = errors.New("not a file of torch.save: neither a zip archive nor the format before PyTorch 1.6")

// readLegacy reads torch.save's format before version 1.6: five pickles (a magic
// number, a version, facts about the machine, the object, the keys of its
// storages), then each storage's length and values, in the order of the keys.
func readLegacy(file io.ReaderAt, size int64) (object any, load loader, err error) {
	// Only the pickles, at the beginning, are read into memory.
	data := make([]byte, min(size, maxPickle))
	if _, err := file.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, nil, err
	}
	if !bytes.Contains(data[:min(len(data), 2*len(magic))], []byte(magic)) {
		return nil, nil, errUnknownForm
	}
	whole := len(data)
	var parts [3]any
	for i := range parts {
		if parts[i], data, err = unpickle(data, nil); err != nil {
			if i == 0 {
				err = errUnknownForm
			}
			return nil, nil, err
		}
		if i == 0 && parts[0] != magic {
			return nil, nil, errUnknownForm
		}
	}
	if parts[1] != legacyProtocol {
		return nil, nil, fmt.Errorf("it has version %v, but only %d is supported: %s", parts[1], legacyProtocol, howToSave)
	}
	if facts, ok := parts[2].(*dict); ok && facts.get("little_endian") == false {
		return nil, nil, errors.New("its numbers are big-endian: save it on a little-endian machine")
	}
	storages := map[string]*storage{}
	object, data, err = unpickle(data, legacyStorages(storages, size))
	if err != nil {
		return nil, nil, err
	}
	keys, data, err := unpickle(data, nil)
	if err != nil {
		return nil, nil, err
	}
	sections, err := legacySections(file, int64(whole-len(data)), size, keys, storages)
	return object, func(all []*storage) error {
		return parallel.All(len(all), func(i int) error {
			section, ok := sections[all[i].key]
			if !ok {
				return fmt.Errorf("the file lacks the values %q", all[i].key)
			}
			return all[i].load(section)
		})
	}, err
}

// legacyStorages returns the function that turns a persistent identifier
// ("storage", type, key, location, length, view) into a storage.
func legacyStorages(known map[string]*storage, size int64) func(id []any) (*storage, error) {
	return func(id []any) (*storage, error) {
		s, err := storageOf(id)
		if err != nil {
			return nil, err
		}
		if len(id) > 5 && id[5] != nil {
			return nil, fmt.Errorf("the values %q are a view of others, as in PyTorch 0.3 and older: load and save it with a newer version", s.key)
		}
		if old := known[s.key]; old != nil {
			if old.kind != s.kind || old.length != s.length {
				return nil, fmt.Errorf("the values %q have two different descriptions", s.key)
			}
			return old, nil
		}
		if s.length < 0 || int64(s.length) > size/int64(widths[s.kind].bytes) {
			return nil, fmt.Errorf("the values %q, %d of type %s, exceed the file's size: it is truncated or damaged", s.key, s.length, s.kind)
		}
		known[s.key] = s
		return s, nil
	}
}

// legacySections returns a reader for the values of each key, which begin at a
// position.
func legacySections(file io.ReaderAt, position, size int64, keys any, storages map[string]*storage) (map[string]*io.SectionReader, error) {
	all, ok := keys.(*list)
	if !ok {
		return nil, errors.New("the list of its values is missing: the file is damaged")
	}
	sections := map[string]*io.SectionReader{}
	for _, key := range all.items {
		s := storages[textOf(key)]
		if s == nil {
			return nil, fmt.Errorf("its values %q belong to no tensor: the file is damaged", textOf(key))
		}
		var length [8]byte
		if _, err := file.ReadAt(length[:], position); err != nil {
			return nil, truncated(err)
		}
		if n := binary.LittleEndian.Uint64(length[:]); n != uint64(s.length) {
			return nil, fmt.Errorf("it has %d values %q instead of %d: the file is damaged", n, s.key, s.length)
		}
		bytes := int64(s.length) * int64(widths[s.kind].bytes)
		position += 8
		if bytes > size-position {
			return nil, truncated(io.ErrUnexpectedEOF)
		}
		sections[s.key] = io.NewSectionReader(file, position, bytes)
		position += bytes
	}
	return sections, nil
}
