package subject

import (
	"errors"
	"slices"
)

// cache keeps up to max values that are expensive to create. It releases the least
// recently used first, but never one in use, even beyond max. It is not safe for
// concurrent use.
type cache[T any] struct {
	max     int
	entries []*entry[T] // least recently used first
}

type entry[T any] struct {
	key     string
	value   T
	users   int
	release func() error
}

// get returns the value of a key, creating it if necessary. It is in use until put.
func (c *cache[T]) get(key string, create func() (value T, release func() error, err error)) (*entry[T], error) {
	if i := slices.IndexFunc(c.entries, func(e *entry[T]) bool { return e.key == key }); i >= 0 {
		e := c.entries[i]
		c.entries = append(slices.Delete(c.entries, i, i+1), e)
		e.users++
		return e, nil
	}
	if err := c.trim(c.max - 1); err != nil { // before creating: memory may be short
		return nil, err
	}
	value, release, err := create()
	if err != nil {
		if release != nil {
			err = errors.Join(err, release())
		}
		return nil, err
	}
	e := &entry[T]{key: key, value: value, users: 1, release: release}
	c.entries = append(c.entries, e)
	return e, nil
}

// put ends one use of a value.
func (c *cache[T]) put(e *entry[T]) error {
	e.users--
	return c.trim(c.max)
}

// trim releases unused values until at most n are left.
func (c *cache[T]) trim(n int) error {
	var errs []error
	for i := 0; i < len(c.entries) && len(c.entries) > n; {
		e := c.entries[i]
		if e.users > 0 {
			i++
			continue
		}
		c.entries = slices.Delete(c.entries, i, i+1)
		if e.release != nil {
			errs = append(errs, e.release())
		}
	}
	return errors.Join(errs...)
}
