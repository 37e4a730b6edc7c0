package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/limit"
)

// HashFile returns the SHA-256 of a file's content as 64 hexadecimal digits, which
// is its name in the object store.
func HashFile(path string) (string, error) {
	file, err := limit.Open(path)
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

// Answers to a worker that wants a file. Any other answer is the reason why it
// will never get it.
const (
	answerHere   = "here"    // it is in the object store
	answerComing = "coming"  // more answers follow
	answerAgain  = "again: " // followed by the reason why it failed this time
)

// Offer uploads files to the object store when workers request them, until the
// returned function is called. find returns the path of the file with a hash.
func (q *Queue) Offer(ctx context.Context, find func(hash string) (path string, ok bool)) (stop func(), err error) {
	var uploading sync.Mutex // one at a time: workers often want the same file
	sub, err := q.conn.Subscribe(q.wanted(), func(m *nats.Msg) {
		path, ok := find(string(m.Data))
		if !ok {
			_ = m.Respond([]byte("the study has no such file"))
			return
		}
		go func() {
			waiting, stop := context.WithCancel(ctx)
			defer stop()
			go every(waiting, min(heard, stall/4), func() { _ = m.Respond([]byte(answerComing)) })
			uploading.Lock()
			answer := q.upload(ctx, string(m.Data), path)
			uploading.Unlock()
			_ = m.Respond([]byte(answer)) // if it is lost, the worker asks again
		}()
	})
	if err == nil {
		err = sent(ctx, q.conn)
	}
	if err != nil {
		return nil, fmt.Errorf("offering files to the workers of the study %s: %w", q.study, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil
}

// sent waits until the server has received everything sent so far.
func sent(ctx context.Context, conn *nats.Conn) error {
	once, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	return conn.FlushWithContext(once)
}

// every calls do now and after each interval, until ctx is done.
func every(ctx context.Context, interval time.Duration, do func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// upload stores a file under its hash, unless it is there, and returns the answer.
func (q *Queue) upload(ctx context.Context, hash, path string) (answer string) {
	if _, err := q.files.GetInfo(ctx, hash); err == nil {
		return answerHere
	}
	now, err := HashFile(path)
	if err != nil {
		return err.Error()
	}
	if now != hash {
		return path + " has changed since the study was planned"
	}
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if err := q.put(ctx, jetstream.ObjectMeta{Name: hash, Description: path}, file); err != nil {
		return answerAgain + fmt.Sprintf("uploading %s: %v", path, explain(err))
	}
	return answerHere
}

// Fetch writes the file with a hash to path, from the object store. If it is not
// there, the process that runs the study is asked to upload it. The error wraps
// ErrUnavailable if trying again may help: nobody offers the file, or the transfer
// failed.
func (q *Queue) Fetch(ctx context.Context, hash, path string) error {
	err := q.download(ctx, hash, path)
	if errors.Is(err, ErrDamaged) {
		if deleting := q.files.Delete(ctx, hash); deleting == nil {
			err = jetstream.ErrObjectNotFound
		}
	}
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		if err = q.request(ctx, hash); err == nil {
			err = q.download(ctx, hash, path)
		}
	}
	return err
}

// request asks for a file to be uploaded, and waits for as long as answers come.
func (q *Queue) request(ctx context.Context, hash string) error {
	m, stop := watchStall(ctx)
	defer stop()
	inbox := nats.NewInbox()
	answers, err := q.conn.SubscribeSync(inbox)
	if err == nil {
		defer func() { _ = answers.Unsubscribe() }()
		err = q.conn.PublishRequest(q.wanted(), inbox, []byte(hash))
	}
	for err == nil {
		var answer *nats.Msg
		if answer, err = answers.NextMsgWithContext(m); err != nil {
			break
		}
		m.moved()
		switch text := string(answer.Data); {
		case text == answerHere:
			return nil
		case text == answerComing:
		case strings.HasPrefix(text, answerAgain):
			return fmt.Errorf("the file %s: %s: %w", hash, strings.TrimPrefix(text, answerAgain), ErrUnavailable)
		default:
			return fmt.Errorf("the file %s cannot be had: %s", hash, text)
		}
	}
	return fmt.Errorf("the file %s is not in the object store and nobody offers it (%w): %w", hash, m.cause(err), ErrUnavailable)
}

func (q *Queue) download(ctx context.Context, hash, path string) error {
	return atomicfile.Write(path, func(to io.Writer) error {
		sum := sha256.New()
		if err := q.get(ctx, hash, io.MultiWriter(to, sum)); errors.Is(err, jetstream.ErrObjectNotFound) {
			return err
		} else if err != nil {
			return fmt.Errorf("downloading the file %s: %w: %w", hash, err, ErrUnavailable)
		}
		if hex.EncodeToString(sum.Sum(nil)) != hash {
			return fmt.Errorf("the file %s does not match its hash: %w", hash, ErrDamaged)
		}
		return nil
	})
}
