package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// removePieces removes the pieces of transfers that never ended: those of no object,
// the last of which is older than any live transfer's. A worker that is killed, or
// whose connection never returns, cannot remove them itself.
func (q *Queue) removePieces(ctx context.Context) error {
	bucket := filesBucket(q.study)
	pieces := "$O." + bucket + ".C."
	stream, err := q.js.Stream(ctx, "OBJ_"+bucket)
	if err != nil {
		return fmt.Errorf("looking for pieces of unfinished transfers: %w", err)
	}
	// The pieces first: an object that is completed meanwhile is in the list.
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(pieces+">"))
	if err != nil {
		return fmt.Errorf("looking for pieces of unfinished transfers: %w", err)
	}
	if len(info.State.Subjects) == 0 {
		return nil
	}
	objects, err := q.files.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return fmt.Errorf("looking for pieces of unfinished transfers: %w", err)
	}
	whole := map[string]bool{}
	for _, object := range objects {
		whole[object.NUID] = true
	}
	for subject := range info.State.Subjects {
		if whole[strings.TrimPrefix(subject, pieces)] {
			continue
		}
		last, err := stream.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && info.TimeStamp.Sub(last.Time) < 2*stall {
			continue
		}
		if err == nil {
			err = stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
		if err != nil {
			return fmt.Errorf("removing pieces of an unfinished transfer: %w", err)
		}
	}
	return nil
}

// tidy removes pieces until ctx is done. The channel closes after the first round.
// Failures matter little: the next round tries again, and pieces only take room.
func (q *Queue) tidy(ctx context.Context) <-chan struct{} {
	first := make(chan struct{})
	go func() {
		once := sync.OnceFunc(func() { close(first) })
		every(ctx, max(time.Second, 2*stall), func() {
			_ = q.removePieces(ctx)
			once()
		})
	}()
	return first
}
