package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrFull is wrapped by the error of a study whose server has no room left.
var ErrFull = errors.New("the server has no room left to store anything")

// ErrUnavailable is wrapped by the error of work that something outside the
// item keeps from being done, such as a file that nobody offers at the moment.
// The item is given back and does not count as tried.
var ErrUnavailable = errors.New("not available at the moment")

// Codes of the JetStream API that nats.go has no names for.
const (
	codeStorageExceeded   = 10047
	codeStoreFailed       = 10077
	codeInsufficient      = 10023
	codeResourcesExceeded = 10028
)

// explain adds to an error of the server what it means here.
func explain(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrFull):
		return err
	case isFull(err):
		return fmt.Errorf("%w (%w): free some space, or raise the limit, and run the same again", ErrFull, err)
	case isDisabled(err):
		return fmt.Errorf("%w (%w, which a server does where it cannot write to its disk): free some space, and run the same again", ErrFull, err)
	}
	return err
}

func isFull(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case codeStorageExceeded, codeInsufficient, codeResourcesExceeded:
			return true
		case codeStoreFailed:
			return strings.Contains(api.Description, "maximum") || strings.Contains(api.Description, "no space")
		}
	}
	return false
}

// isDisabled reports whether the server has switched JetStream off, which it
// does where it cannot write to its disk.
func isDisabled(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
}

// attempt is how long one request to the server may take before it is repeated.
const attempt = 5 * time.Second

// persist repeats a request until it succeeds, or until its error says that
// repeating is of no use, or ctx is done: servers come back.
func persist(ctx context.Context, do func(context.Context) error) error {
	wait := 50 * time.Millisecond
	for {
		once, cancel := context.WithTimeout(ctx, attempt)
		err := do(once)
		cancel()
		if err == nil || isFinal(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(wait):
		}
		wait = min(2*wait, 2*time.Second)
	}
}

// isFinal reports whether the server has answered in a way that will not change
// by itself.
func isFinal(err error) bool {
	return errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyNotFound) ||
		errors.Is(err, jetstream.ErrObjectNotFound) || errors.Is(err, nats.ErrConnectionClosed) ||
		errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrAuthorization) || isFull(err) || isDisabled(err)
}
