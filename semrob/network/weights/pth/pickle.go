package pth

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The values of a pickle are nil, bool, int, float64, string, and these. They are
// references, so that a pickle that uses one value many times, or inside itself,
// takes no more memory than its length.
type (
	tuple struct{ items []any }
	list  struct{ items []any }
	dict  struct{ keys, values []any }
	// class is the name of a Python class or function, and nothing more: call
	// implements the few that are known.
	class string
	// opaque stands for an object that is not built.
	opaque struct{ name class }
	// mark is the beginning of a group of values on the stack.
	mark struct{}
)

// dictionaries are classes that are read as dictionaries.
var dictionaries = map[class]bool{"collections.OrderedDict": true, "collections.defaultdict": true, "collections.Counter": true, "builtins.dict": true, "__builtin__.dict": true}

// dangerous are modules and functions that no checkpoint needs. Other objects, such as
// argparse.Namespace or NumPy's numbers, are skipped; no object is ever built.
var dangerous = []string{
	"os.", "posix.", "nt.", "sys.", "subprocess.", "shutil.", "socket.", "runpy.", "importlib.", "pty.", "commands.", "webbrowser.", "ctypes.", "code.", "pdb.",
	"builtins.eval", "builtins.exec", "builtins.compile", "builtins.getattr", "builtins.setattr", "builtins.open", "builtins.__import__", "builtins.globals",
	"__builtin__.eval", "__builtin__.exec", "__builtin__.compile", "__builtin__.getattr", "__builtin__.setattr", "__builtin__.open", "__builtin__.__import__",
	"torch.load", "torch.hub", "operator.", "functools.", "pickle.", "marshal.", "timeit.", "platform.",
}

// unpickler reads the part of Python's pickle format (protocols 0 to 5) that
// tensors need. It runs no code, and its memory is bounded by the file's size:
// lengths are compared with the remaining bytes.
type unpickler struct {
	data  []byte // the unread rest
	stack []any
	memo  map[int]any
	// storage returns the storage of a persistent identifier.
	storage func(id []any) (*storage, error)
}

// errNoStorage is about an unknown persistent identifier.
var errNoStorage = errors.New("the pickle refers to something external that is not a tensor's storage")

var errTruncated = errors.New("the pickle is truncated")

// unpickle returns the value of the pickle at the beginning of data, and the rest
// of data.
func unpickle(data []byte, storage func(id []any) (*storage, error)) (value any, rest []byte, err error) {
	u := &unpickler{data: data, memo: map[int]any{}, storage: storage}
	for {
		op, err := u.take(1)
		if err != nil {
			return nil, nil, err
		}
		if op[0] == '.' {
			value, err := u.pop()
			return value, u.data, err
		}
		if err := u.do(op[0]); err != nil {
			return nil, nil, err
		}
	}
}

// do executes one opcode.
func (u *unpickler) do(op byte) error {
	switch op {
	case 0x80: // protocol
		_, err := u.take(1)
		return err
	case 0x95: // frame: its length is only a hint
		_, err := u.take(8)
		return err
	case '(':
		u.push(mark{})
		return nil
	case '0':
		_, err := u.pop()
		return err
	case '1':
		_, err := u.group()
		return err
	case '2':
		return u.again()
	case 'N':
		u.push(nil)
		return nil
	case 0x88, 0x89:
		u.push(op == 0x88)
		return nil
	case 'I', 'J', 'K', 'M', 'L', 0x8a, 0x8b, 'F', 'G':
		return u.number(op)
	case 'S', 'V', 'T', 'X', 'B', 'U', 'C', 0x8c, 0x8d, 0x8e, 0x96:
		return u.text(op)
	case ']', ')', '}', 'l', 't', 'd', 'a', 'e', 's', 'u', 0x85, 0x86, 0x87:
		return u.collection(op)
	case 'p', 'q', 'r', 0x94, 'g', 'h', 'j':
		return u.remember(op)
	case 'c', 0x93:
		return u.global(op)
	case 'R', 0x81: // a call, or an object of a class
		return u.reduce()
	case 0x92: // an object of a class, with named arguments
		if _, err := u.pop(); err != nil {
			return err
		}
		return u.reduce()
	case 0x8f: // a set
		u.push(&list{})
		return nil
	case 0x90, 0x91: // more members of a set, and a frozen one
		items, err := u.group()
		if op == 0x91 {
			u.push(&list{items})
		}
		return err
	case 'b': // attributes such as a state dictionary's _metadata are not needed
		_, err := u.pop()
		return err
	case 'Q':
		return u.persistent()
	}
	return fmt.Errorf("it contains more than tensors, numbers and text (pickle instruction %#x)", op)
}

// take returns the next n bytes.
func (u *unpickler) take(n int) ([]byte, error) {
	if n < 0 || n > len(u.data) {
		return nil, errTruncated
	}
	part := u.data[:n]
	u.data = u.data[n:]
	return part, nil
}

// unsigned returns a little-endian number of n bytes, at most 8.
func (u *unpickler) unsigned(n int) (int, error) {
	part, err := u.take(n)
	if err != nil {
		return 0, err
	}
	var all [8]byte
	copy(all[:], part)
	value := binary.LittleEndian.Uint64(all[:])
	if value > math.MaxInt {
		return 0, errTruncated // a length or offset beyond any file
	}
	return int(value), nil
}

// line returns the text before the next line feed.
func (u *unpickler) line() (string, error) {
	end := bytes.IndexByte(u.data, '\n')
	if end < 0 {
		return "", errTruncated
	}
	line := string(u.data[:end])
	u.data = u.data[end+1:]
	return line, nil
}

func (u *unpickler) push(value any) { u.stack = append(u.stack, value) }

func (u *unpickler) pop() (any, error) {
	if len(u.stack) == 0 {
		return nil, errors.New("the pickle uses a missing value")
	}
	value := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return value, nil
}

// again duplicates the last value.
func (u *unpickler) again() error {
	value, err := u.pop()
	u.stack = append(u.stack, value, value)
	return err
}

// group pops the values back to the last mark, and the mark.
func (u *unpickler) group() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(mark); ok {
			items := append([]any(nil), u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items, nil
		}
	}
	return nil, errors.New("the pickle ends a group that did not begin")
}

func (u *unpickler) number(op byte) error {
	switch op {
	case 'I', 'L', 'F':
		return u.numberInText(op)
	case 'K', 'M':
		value, err := u.unsigned(map[byte]int{'K': 1, 'M': 2}[op])
		u.push(value)
		return err
	case 'J':
		part, err := u.take(4)
		if err != nil {
			return err
		}
		u.push(int(int32(binary.LittleEndian.Uint32(part))))
		return nil
	case 'G':
		part, err := u.take(8)
		if err != nil {
			return err
		}
		u.push(math.Float64frombits(binary.BigEndian.Uint64(part)))
		return nil
	}
	return u.long(map[byte]int{0x8a: 1, 0x8b: 4}[op])
}

// long reads an integer in two's complement, preceded by its length in n bytes.
// One that does not fit into 64 bits, such as the old format's magic number, is
// kept as its bytes.
func (u *unpickler) long(n int) error {
	length, err := u.unsigned(n)
	if err != nil {
		return err
	}
	part, err := u.take(length)
	if err != nil {
		return err
	}
	if length > 8 {
		u.push(string(part))
		return nil
	}
	var all [8]byte
	copy(all[:], part)
	value := int(binary.LittleEndian.Uint64(all[:]))
	if shift := 64 - 8*length; length > 0 {
		value = value << shift >> shift
	}
	u.push(value)
	return nil
}

func (u *unpickler) numberInText(op byte) error {
	line, err := u.line()
	if err != nil {
		return err
	}
	switch {
	case op == 'I' && (line == "00" || line == "01"):
		u.push(line == "01")
		return nil
	case op == 'F':
		value, err := strconv.ParseFloat(line, 64)
		u.push(value)
		return err
	}
	value, err := strconv.Atoi(string(bytes.TrimSuffix([]byte(line), []byte("L"))))
	u.push(value)
	return err
}

func (u *unpickler) text(op byte) error {
	if op == 'S' || op == 'V' {
		line, err := u.line()
		if op == 'S' && len(line) >= 2 { // in quotation marks
			line = line[1 : len(line)-1]
		}
		u.push(line)
		return err
	}
	width := map[byte]int{'T': 4, 'X': 4, 'B': 4, 'U': 1, 'C': 1, 0x8c: 1, 0x8d: 8, 0x8e: 8, 0x96: 8}[op]
	length, err := u.unsigned(width)
	if err != nil {
		return err
	}
	part, err := u.take(length)
	u.push(string(part))
	return err
}

// remember stores the last value in the memo, or pushes a stored one.
func (u *unpickler) remember(op byte) error {
	at, err := len(u.memo), error(nil)
	switch op {
	case 'p', 'g':
		var line string
		if line, err = u.line(); err == nil {
			at, err = strconv.Atoi(line)
		}
	case 'q', 'h':
		at, err = u.unsigned(1)
	case 'r', 'j':
		at, err = u.unsigned(4)
	}
	if err != nil {
		return err
	}
	switch op {
	case 'g', 'h', 'j':
		value, ok := u.memo[at]
		if !ok {
			return errors.New("the pickle recalls a value that it did not store")
		}
		u.push(value)
		return nil
	}
	value, err := u.pop()
	u.push(value)
	u.memo[at] = value
	return err
}

// global pushes the name of a class or function.
func (u *unpickler) global(op byte) error {
	var module, name any
	var err error
	if op == 'c' {
		if module, err = u.line(); err == nil {
			name, err = u.line()
		}
	} else if name, err = u.pop(); err == nil {
		module, err = u.pop()
	}
	if err != nil {
		return err
	}
	wanted := class(fmt.Sprintf("%.100s.%.100s", textOf(module), textOf(name)))
	if slices.ContainsFunc(dangerous, func(name string) bool { return strings.HasPrefix(string(wanted), name) }) {
		return fmt.Errorf("it contains more than tensors, numbers and text: it uses the Python object %q, which is refused", wanted)
	}
	u.push(wanted)
	return nil
}

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

// persistent pushes the storage of an identifier.
func (u *unpickler) persistent() error {
	id, err := u.pop()
	if err != nil {
		return err
	}
	t, ok := id.(*tuple)
	if !ok || u.storage == nil {
		return errNoStorage
	}
	s, err := u.storage(t.items)
	u.push(s)
	return err
}
