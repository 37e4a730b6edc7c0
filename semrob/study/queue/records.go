package queue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// State is the state of an item.
type State int

const (
	// Missing items have no record yet.
	Missing State = iota
	// Done items have a result.
	Done
	// SetAside items failed in every try.
	SetAside
)

// Records are the states of the items that have a record, by key.
type Records map[string]State

// The keys in the bucket of results are one of these prefixes and the item's key.
// For a large result the value is the name of an object.
const (
	donePrefix  = "done."
	largePrefix = "large."
	asidePrefix = "aside."
)

// Records lists the records of the study.
func (q *Queue) Records(ctx context.Context) (Records, error) {
	var all Records
	before := -1
	err := persist(ctx, func(ctx context.Context) error {
		all = Records{}
		list, err := q.results.ListKeys(ctx)
		if err != nil {
			return err
		}
		for name := range list.Keys() {
			kind, key, _ := strings.Cut(name, ".")
			switch kind + "." {
			case donePrefix, largePrefix:
				all[key] = Done
			case asidePrefix:
				if all[key] != Done { // another worker succeeded
					all[key] = SetAside
				}
			}
		}
		// The list is truncated if the server went away, or if it waits for a damaged
		// entry: then it ends at the same length again.
		if ctx.Err() == nil || len(all) == before {
			return nil
		}
		before = len(all)
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("listing the results of the study %s: %w", q.study, explain(err))
	}
	return all, nil
}

// Result returns the result of an item. The error is an *AsideError if the item was
// set aside, and wraps ErrMissing if it has no record, ErrDamaged if it is damaged.
func (q *Queue) Result(ctx context.Context, key string) ([]byte, error) {
	if data, err := q.value(ctx, donePrefix+key); err == nil || !errors.Is(err, jetstream.ErrKeyNotFound) {
		return data, q.wrap(err, key)
	}
	name, err := q.value(ctx, largePrefix+key)
	if err == nil {
		var data bytes.Buffer
		err = repeat(ctx, func(ctx context.Context) error {
			data.Reset()
			return q.get(ctx, string(name), &data)
		})
		return data.Bytes(), q.wrap(err, key)
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, q.wrap(err, key)
	}
	text, err := q.value(ctx, asidePrefix+key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		err = ErrMissing
	}
	if err != nil {
		return nil, q.wrap(err, key)
	}
	return nil, &AsideError{Key: key, Reason: string(text)}
}

// Check reads all results, and returns the numbers of those that can be read and of
// damaged ones.
func (q *Queue) Check(ctx context.Context) (done, damaged int, err error) {
	prefix := "$KV." + resultsBucket(q.study) + "."
	stream, err := q.js.Stream(ctx, "KV_"+resultsBucket(q.study))
	if err != nil {
		return 0, 0, fmt.Errorf("checking the results of the study %s: %w", q.study, explain(err))
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+">"))
	if err != nil {
		return 0, 0, fmt.Errorf("checking the results of the study %s: %w", q.study, explain(err))
	}
	for subject := range info.State.Subjects {
		kind, key, _ := strings.Cut(strings.TrimPrefix(subject, prefix), ".")
		if kind+"." == asidePrefix {
			continue
		}
		switch _, err := q.Result(ctx, key); {
		case err == nil:
			done++
		case errors.Is(err, ErrMissing), errors.Is(err, ErrDamaged):
			damaged++
		default:
			return done, damaged, err
		}
	}
	return done, damaged, nil
}

// ErrMissing is wrapped by the error of Result for an item without a record.
var ErrMissing = errors.New("no result yet")

// AsideError is the reason why an item was set aside.
type AsideError struct{ Key, Reason string }

func (e *AsideError) Error() string { return e.Reason }

func (q *Queue) wrap(err error, key string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading the result of item %s: %w", key, err)
}

func (q *Queue) value(ctx context.Context, name string) (data []byte, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		entry, err := q.results.Get(ctx, name)
		if err == nil {
			data = entry.Value()
		}
		return err
	})
	return data, err
}

// ErrDiffers is wrapped if a second result of an item differs from the stored one:
// the two workers do not compute the same.
var ErrDiffers = errors.New("another worker computed a different result")

// keep stores the result of an item, unless there is one.
func (q *Queue) keep(ctx context.Context, key string, data []byte) error {
	name, value := donePrefix+key, data
	if int64(len(data)) > q.conn.MaxPayload()-q.headroom() {
		sum := sha256.Sum256(data)
		object := hex.EncodeToString(sum[:])
		if err := repeat(ctx, func(ctx context.Context) error {
			return q.put(ctx, jetstream.ObjectMeta{Name: object}, bytes.NewReader(data))
		}); err != nil {
			return err
		}
		name, value = largePrefix+key, []byte(object)
	}
	err := q.createOnce(ctx, name, value)
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return err
	}
	kept, err := q.value(ctx, name)
	if errors.Is(err, jetstream.ErrKeyNotFound) { // damaged: it exists but cannot be read
		return persist(ctx, func(ctx context.Context) error {
			_, err := q.results.Put(ctx, name, value)
			return err
		})
	}
	if err == nil && !bytes.Equal(kept, value) {
		err = fmt.Errorf("item %s: %w: use one kind of device for all workers", key, ErrDiffers)
	}
	return err
}

// headroom is the part of a message reserved for its headers.
func (q *Queue) headroom() int64 { return min(64<<10, q.conn.MaxPayload()/4) }

func (q *Queue) createOnce(ctx context.Context, name string, value []byte) error {
	return persist(ctx, func(ctx context.Context) error {
		_, err := q.results.Create(ctx, name, value)
		return err
	})
}

// fail records that an item failed and reports whether that was its last try.
func (q *Queue) fail(ctx context.Context, key, reason string) (last bool, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		_, err := q.failures.PutString(ctx, key, reason)
		return err
	})
	if err != nil {
		return false, err
	}
	var tries []jetstream.KeyValueEntry
	err = persist(ctx, func(ctx context.Context) (err error) {
		tries, err = q.failures.History(ctx, key)
		return err
	})
	n := 0
	for _, try := range tries {
		if try.Operation() == jetstream.KeyValuePut { // not by Forget
			n++
		}
	}
	if err != nil || n < q.options.Tries {
		return false, err
	}
	err = q.createOnce(ctx, asidePrefix+key, []byte(reason))
	if errors.Is(err, jetstream.ErrKeyExists) {
		err = nil
	}
	return true, err
}

// Forget removes the record of an item, so that Run repeats it.
func (q *Queue) Forget(ctx context.Context, key string) error {
	for _, name := range []string{donePrefix + key, largePrefix + key, asidePrefix + key} {
		if err := q.results.Purge(ctx, name); err != nil {
			return fmt.Errorf("forgetting the record of item %s: %w", key, explain(err))
		}
	}
	if err := q.failures.Purge(ctx, key); err != nil {
		return fmt.Errorf("forgetting the failures of item %s: %w", key, explain(err))
	}
	return nil
}
