package semrob

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// keptJSON returns the result of one subject on a space that the store has
// under kind and settings, or makes it and keeps it there as JSON. settings
// hold everything that decides the result besides the subject. Damaged entries
// are computed again, not trusted.
func keptJSON[T any](ctx context.Context, l *Lab, subject Subject, axes []string, kind string, settings any, compute func(*resolved, *rendered.Objective) (T, error)) (T, error) {
	var result T
	r, err := subject.resolve(ctx)
	if err != nil {
		return result, err
	}
	space, err := subject.Space(axes...)
	if err != nil {
		return result, err
	}
	name, err := entryName(r, space, kind, settings)
	if err != nil {
		return result, err
	}
	keep, err := l.storeFor(r)
	if err != nil {
		return result, err
	}
	if data, ok := keep.Get(name); ok {
		err := json.Unmarshal(data, &result)
		if err == nil {
			return result, nil
		}
		l.warn("A kept result is damaged and is computed again (%s).", keep.Path(name))
	}
	f, err := l.objective(ctx, r, space)
	if err != nil {
		return result, err
	}
	if result, err = compute(r, f); err != nil {
		return result, err
	}
	if err := keep.Put(name, func(w io.Writer) error { return json.NewEncoder(w).Encode(result) }); err != nil {
		l.warn("The result is not kept for the next time: %v.", err)
	}
	return result, nil
}

func entryName(r *resolved, space objective.Space, kind string, settings any) (string, error) {
	id, err := r.identity(space)
	if err != nil {
		return "", err
	}
	key, err := store.Key(struct {
		Of       any `json:"of"`
		Settings any `json:"settings"`
	}{id, settings})
	if err != nil {
		return "", fmt.Errorf("describing what is asked for: %w", err)
	}
	return store.Name(kind, key, "json"), nil
}
