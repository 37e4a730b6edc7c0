package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// HashFile returns the SHA-256 of a file's content as 64 hexadecimal digits:
// the name by which it travels.
func HashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hashing a file: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hashing %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (q *Queue) wanted() string { return "semrob." + q.study + ".wanted" }

// Offer puts files into the object store when a worker asks for them, until
// the returned function is called. find returns the path of the file with a
// hash.
func (q *Queue) Offer(ctx context.Context, find func(hash string) (path string, ok bool)) (stop func(), err error) {
	sub, err := q.conn.Subscribe(q.wanted(), func(m *nats.Msg) {
		answer := "here"
		if path, ok := find(string(m.Data)); !ok {
			answer = "the study has no such file"
		} else if err := q.upload(ctx, string(m.Data), path); err != nil {
			answer = err.Error()
		}
		_ = m.Respond([]byte(answer)) // who does not hear it asks again
	})
	if err != nil {
		return nil, fmt.Errorf("offering files to the workers of the study %s: %w", q.study, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil
}

// upload stores a file under its hash, unless it is there.
func (q *Queue) upload(ctx context.Context, hash, path string) error {
	if _, err := q.files.GetInfo(ctx, hash); err == nil {
		return nil
	}
	now, err := HashFile(path)
	if err != nil {
		return err
	}
	if now != hash {
		return fmt.Errorf("%s has changed since the study was planned", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := q.files.Put(ctx, jetstream.ObjectMeta{Name: hash, Description: path}, file); err != nil {
		return fmt.Errorf("putting %s into the object store: %w", path, explain(err))
	}
	return nil
}

// transfer is how long one file may take to get into the object store.
const transfer = 2 * time.Minute

// Fetch writes the file with a hash to path, from the object store. Where it is
// not there, who runs the study is asked to put it there.
func (q *Queue) Fetch(ctx context.Context, hash, path string) error {
	err := q.download(ctx, hash, path)
	if !errors.Is(err, jetstream.ErrObjectNotFound) {
		return err
	}
	once, cancel := context.WithTimeout(ctx, transfer)
	defer cancel()
	answer, err := q.conn.RequestWithContext(once, q.wanted(), []byte(hash))
	if err != nil {
		return fmt.Errorf("the file %s is not in the object store and nobody offers it (%w): %w", hash, err, ErrUnavailable)
	}
	if text := string(answer.Data); text != "here" {
		return fmt.Errorf("the file %s cannot be had: %s", hash, text)
	}
	return q.download(ctx, hash, path)
}

func (q *Queue) download(ctx context.Context, hash, path string) error {
	object, err := q.files.Get(ctx, hash)
	if err != nil {
		return err
	}
	defer object.Close()
	return atomicfile.Write(path, func(to io.Writer) error {
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(to, sum), object); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != hash {
			return fmt.Errorf("the object store's file %s has another content than its name says", hash)
		}
		return nil
	})
}
