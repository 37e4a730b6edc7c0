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

// ErrFull is wrapped by the error of a study whose server has no storage left.
var ErrFull = errors.New("the server has no storage left")

// ErrPayload is wrapped by the error of a server whose messages are too small.
var ErrPayload = errors.New("the server's max_payload is too small")

// ErrDamaged is wrapped by the error of Result if the server's copy is damaged.
// Forget the item, and Run repeats it.
var ErrDamaged = errors.New("the server's copy is damaged")

// ErrUnavailable is wrapped by errors of Do that are not the item's fault, such as
// a file that nobody offers at the moment. The item is given back, which does not
// count as a try.
var ErrUnavailable = errors.New("not available at the moment")

// ErrVersion is an ErrUnavailable of a worker whose version differs from the
// study's.
var ErrVersion = fmt.Errorf("another version: %w", ErrUnavailable)

// ErrRefused is an ErrUnavailable of a worker that does not open what an item names,
// since nobody on its machine allowed it. Other workers may.
var ErrRefused = fmt.Errorf("not allowed on this worker: %w", ErrUnavailable)

// Codes of the JetStream API that nats.go does not name.
const (
	codeStorageExceeded   = 10047
	codeStoreFailed       = 10077
	codeInsufficient      = 10023
	codeResourcesExceeded = 10028
	codeOffline           = 10194 // for a reason that stays, such as a damaged file
)

// explain adds advice to an error of the server.
func explain(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrPayload):
		return err
	case isFull(err):
		return fmt.Errorf("%w (%w): free some space, or raise the limit, and run the same again", ErrFull, err)
	case isDisabled(err):
		return fmt.Errorf("%w (%w, which a server does if it cannot write to its disk): free some space, and run the same again", ErrFull, err)
	case isOffline(err):
		return fmt.Errorf("%w: %w: restore the server's files (nats in the study's folder), or remove them to compute the study again", ErrDamaged, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w (%w): raise it in the server's configuration", ErrPayload, err)
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

// isOffline reports whether the server cannot use its files of the study.
func isOffline(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeOffline
}

// isDisabled reports whether the server has disabled JetStream, as it does if it
// cannot write to its disk.
func isDisabled(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
}

// attempt is the timeout of one request to the server, after which it is repeated.
const attempt = 5 * time.Second

// persist repeats a request until it succeeds, its error is final, or ctx is done:
// servers come back.
func persist(ctx context.Context, do func(context.Context) error) error {
	return repeat(ctx, func(ctx context.Context) error {
		once, cancel := context.WithTimeout(ctx, attempt)
		defer cancel()
		return do(once)
	})
}

// repeat is persist for transfers, which may take longer than attempt.
func repeat(ctx context.Context, do func(context.Context) error) error {
	wait := 50 * time.Millisecond
	for {
		err := do(ctx)
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

// isFinal reports whether repeating the request is pointless.
func isFinal(err error) bool {
	return errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyNotFound) ||
		errors.Is(err, jetstream.ErrObjectNotFound) || errors.Is(err, ErrDamaged) || errors.Is(err, nats.ErrConnectionClosed) ||
		errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrAuthorization) || isFull(err) || isDisabled(err) || isOffline(err)
}
