package pth

import (
	"errors"
	"fmt"
	"strings"
)

// collection makes tuples, lists and dictionaries, and adds to them.
func (u *unpickler) collection(op byte) error {
	switch op {
	case ']':
		u.push(&list{})
	case ')':
		u.push(&tuple{})
	case '}':
		u.push(&dict{})
	case 0x85, 0x86, 0x87:
		n := int(op) - 0x84
		if n > len(u.stack) {
			return errors.New("the pickle uses missing values")
		}
		at := len(u.stack) - n
		items := append([]any(nil), u.stack[at:]...)
		u.stack = append(u.stack[:at], &tuple{items})
	case 'a', 's':
		return u.addOne(op)
	default:
		return u.addGroup(op)
	}
	return nil
}

// addOne adds the last value to a list, or the last two to a dictionary.
func (u *unpickler) addOne(op byte) error {
	items := make([]any, map[byte]int{'a': 1, 's': 2}[op])
	for i := len(items) - 1; i >= 0; i-- {
		var err error
		if items[i], err = u.pop(); err != nil {
			return err
		}
	}
	return u.addTo(items)
}

// addGroup makes a tuple, list or dictionary of the values since the last
// mark, or adds them to the one before it.
func (u *unpickler) addGroup(op byte) error {
	items, err := u.group()
	if err != nil {
		return err
	}
	switch op {
	case 't':
		u.push(&tuple{items})
	case 'l':
		u.push(&list{items})
	case 'd':
		u.push(&dict{})
		return u.addTo(items)
	default:
		return u.addTo(items)
	}
	return nil
}

// addTo adds items to the list or dictionary on top of the stack.
func (u *unpickler) addTo(items []any) error {
	if len(u.stack) == 0 {
		return errors.New("the pickle adds to a missing value")
	}
	switch to := u.stack[len(u.stack)-1].(type) {
	case *list:
		to.items = append(to.items, items...)
	case *dict:
		if len(items)%2 != 0 {
			return errors.New("the pickle has a key without a value")
		}
		for i := 0; i < len(items); i += 2 {
			to.keys, to.values = append(to.keys, items[i]), append(to.values, items[i+1])
		}
	case *opaque:
	default:
		return fmt.Errorf("the pickle adds to a value of type %T", to)
	}
	return nil
}

// reduce calls a function on a tuple of arguments.
func (u *unpickler) reduce() error {
	arguments, err := u.pop()
	if err != nil {
		return err
	}
	function, err := u.pop()
	if err != nil {
		return err
	}
	if o, ok := function.(*opaque); ok { // a method of something that is not built
		u.push(o)
		return nil
	}
	name, isClass := function.(class)
	t, isTuple := arguments.(*tuple)
	if !isClass || !isTuple {
		return fmt.Errorf("the pickle calls a value of type %T", function)
	}
	value, err := call(name, t.items)
	u.push(value)
	return err
}

// call implements the known functions.
func call(name class, arguments []any) (any, error) {
	switch {
	case dictionaries[name]:
		return &dict{}, nil
	case name == "torch.Size" && len(arguments) == 1:
		return arguments[0], nil
	case name == "torch._utils._rebuild_parameter" && len(arguments) >= 1,
		name == "torch.nn.parameter.Parameter" && len(arguments) >= 1:
		if t, ok := arguments[0].(*tensor); ok {
			return t, nil
		}
	case name == "torch._utils._rebuild_tensor" && len(arguments) >= 4,
		name == "torch._utils._rebuild_tensor_v2" && len(arguments) >= 4:
		s, isStorage := arguments[0].(*storage)
		offset, isOffset := arguments[1].(int)
		shape, isShape := integers(arguments[2])
		stride, isStride := integers(arguments[3])
		if isStorage && isOffset && isShape && isStride {
			return newTensor(s, offset, shape, stride)
		}
	}
	if strings.HasPrefix(string(name), "torch._utils._rebuild_") {
		return nil, fmt.Errorf("the pickle calls %s in an unknown way", name)
	}
	return &opaque{name}, nil
}

// integers returns a tuple of integers.
func integers(value any) ([]int, bool) {
	t, ok := value.(*tuple)
	if !ok {
		return nil, false
	}
	numbers := make([]int, len(t.items))
	for i, item := range t.items {
		if numbers[i], ok = item.(int); !ok {
			return nil, false
		}
	}
	return numbers, true
}
