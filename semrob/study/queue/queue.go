// Package queue hands the items of a study to workers through NATS JetStream
// and keeps one result for each.
//
// A study is on a server (embedded, or a real one or a cluster) as a stream with
// work-queue retention, which hands an item to one worker at a time until it is
// acknowledged; a bucket of results, where the first result of an item stays;
// a bucket of errors; an object store for files and large results; and a bucket
// that forgets the workers which are not heard of any more. What JetStream
// does is left to it: exactly one item per subject in the stream, redelivery
// after the silence of a worker, persistence, replication.
//
// A study is done when every item has a record: a result, or the error for
// which it was set aside. An item is tried three times; a try ends with a
// result, with an error, or with the fourth worker that was lost with it.
// Workers that stop on purpose give their item back. Whatever is lost on the way
// (a server killed before it had written, a damaged item) has no record, and Run
// submits it again: a result is never missing, and counts once.
package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Item is one piece of a study.
type Item struct {
	// Key is the item's name: KeyOf(Data).
	Key string
	// Data says what is to be done, and must decide the result to the last bit.
	Data []byte
}

// KeyOf returns the hash of data as 32 hexadecimal digits.
func KeyOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// NewItem returns the item of data.
func NewItem(data []byte) Item { return Item{Key: KeyOf(data), Data: data} }

// Options are the settings of a study's queue, which the server keeps. The zero
// value works.
type Options struct {
	// Silence is how long a worker may be silent before its item is given to
	// another; 0 means 30 s. Workers that live are heard three times as often.
	Silence time.Duration
	// Tries is how often an item may fail before it is set aside; 0 means 3.
	Tries int
	// Losses is how many workers may be lost with an item within one try; 0
	// means 4.
	Losses int
	// Replicas is the number of servers of a cluster that keep everything; 0
	// means 1.
	Replicas int
}

func (o Options) withDefaults() Options {
	if o.Silence == 0 {
		o.Silence = 30 * time.Second
	}
	if o.Tries == 0 {
		o.Tries = 3
	}
	if o.Losses == 0 {
		o.Losses = 4
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	return o
}

// Queue is the queue of one study. It is safe for concurrent use.
type Queue struct {
	study   string
	options Options
	conn    *nats.Conn
	js      jetstream.JetStream

	work     jetstream.Stream
	consumer jetstream.Consumer
	results  jetstream.KeyValue
	failures jetstream.KeyValue
	alive    jetstream.KeyValue
	files    jetstream.ObjectStore
}

// Study returns the study's name.
func (q *Queue) Study() string { return q.study }

const (
	prefix       = "semrob-"
	consumerName = "workers"
	triesKey     = "semrob-tries"
)

func workStream(study string) string    { return prefix + study + "-work" }
func resultsBucket(study string) string { return prefix + study + "-results" }
func errorsBucket(study string) string  { return prefix + study + "-errors" }
func aliveBucket(study string) string   { return prefix + study + "-workers" }
func filesBucket(study string) string   { return prefix + study + "-files" }

func (q *Queue) subject(key string) string { return subjects(q.study) + key }

func subjects(study string) string { return "semrob." + study + ".work." }

var studyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// CheckName reports a name that a study cannot have on a server.
func CheckName(study string) error {
	if !studyName.MatchString(study) {
		return fmt.Errorf("a study cannot be called %q: take up to 64 letters, digits, - and _", study)
	}
	return nil
}

// Open makes the queue of a study on the server, or opens the one that is
// there, whose options become these.
func Open(ctx context.Context, conn *nats.Conn, study string, options Options) (*Queue, error) {
	if err := CheckName(study); err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(1024))
	if err != nil {
		return nil, fmt.Errorf("opening the study %s on the server: %w", study, err)
	}
	q := &Queue{study: study, options: options.withDefaults(), conn: conn, js: js}
	once, cancel := context.WithTimeout(ctx, election)
	defer cancel()
	if err := persist(once, q.create); err != nil {
		return nil, fmt.Errorf("making the study %s on the server: %w", study, explain(err))
	}
	return q, nil
}

// election is how long a cluster may take to have leaders.
const election = 30 * time.Second

func (q *Queue) create(ctx context.Context) (err error) {
	if q.work, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: workStream(q.study), Subjects: []string{subjects(q.study) + "*"}, Description: "items of a semrob study",
		Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage, Replicas: q.options.Replicas,
	}); err != nil {
		return err
	}
	if q.consumer, err = q.js.CreateOrUpdateConsumer(ctx, workStream(q.study), jetstream.ConsumerConfig{
		Durable: consumerName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: q.options.Silence,
		MaxDeliver: q.options.Losses, MaxAckPending: -1, Replicas: q.options.Replicas,
		Metadata: map[string]string{triesKey: strconv.Itoa(q.options.Tries)},
	}); err != nil {
		return err
	}
	for _, bucket := range []struct {
		into *jetstream.KeyValue
		jetstream.KeyValueConfig
	}{
		{&q.results, jetstream.KeyValueConfig{Bucket: resultsBucket(q.study), Description: "results of a semrob study"}},
		{&q.failures, jetstream.KeyValueConfig{Bucket: errorsBucket(q.study), History: 64}},
		{&q.alive, q.aliveConfig()},
	} {
		bucket.KeyValueConfig.Replicas = q.options.Replicas
		if *bucket.into, err = q.js.CreateOrUpdateKeyValue(ctx, bucket.KeyValueConfig); err != nil {
			return err
		}
	}
	q.files, err = q.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: filesBucket(q.study), Replicas: q.options.Replicas})
	return err
}

func (q *Queue) aliveConfig() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{Bucket: aliveBucket(q.study), TTL: forgotten, Storage: jetstream.MemoryStorage, Replicas: q.options.Replicas}
}

// Join opens the queue of a study that is on the server, with its options.
func Join(ctx context.Context, conn *nats.Conn, study string) (*Queue, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("joining the study %s: %w", study, err)
	}
	q := &Queue{study: study, conn: conn, js: js}
	if err := q.bind(ctx); err != nil {
		return nil, fmt.Errorf("joining the study %s: %w", study, explain(err))
	}
	return q, nil
}

func (q *Queue) bind(ctx context.Context) (err error) {
	if q.work, err = q.js.Stream(ctx, workStream(q.study)); err != nil {
		return err
	}
	if q.consumer, err = q.js.Consumer(ctx, workStream(q.study), consumerName); err != nil {
		return err
	}
	config := q.consumer.CachedInfo().Config
	tries, err := strconv.Atoi(config.Metadata[triesKey])
	if err != nil {
		return fmt.Errorf("its consumer does not say how often an item is tried: it was made by another program")
	}
	q.options = Options{Silence: config.AckWait, Tries: tries, Losses: config.MaxDeliver, Replicas: q.work.CachedInfo().Config.Replicas}
	for bucket, into := range map[string]*jetstream.KeyValue{
		resultsBucket(q.study): &q.results, errorsBucket(q.study): &q.failures,
	} {
		if *into, err = q.js.KeyValue(ctx, bucket); err != nil {
			return err
		}
	}
	if q.alive, err = q.js.CreateOrUpdateKeyValue(ctx, q.aliveConfig()); err != nil { // it does not outlive its server
		return err
	}
	q.files, err = q.js.ObjectStore(ctx, filesBucket(q.study))
	return err
}

// Studies returns the names of the studies on a server.
func Studies(ctx context.Context, conn *nats.Conn) ([]string, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("listing the studies on the server: %w", err)
	}
	var studies []string
	list := js.StreamNames(ctx, jetstream.WithStreamListSubject("semrob.*.work.*"))
	for name := range list.Name() {
		if m := regexp.MustCompile("^" + prefix + "(.+)-work$").FindStringSubmatch(name); m != nil {
			studies = append(studies, m[1])
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("listing the studies on the server: %w", explain(err))
	}
	return studies, nil
}

// Remove removes a study from the server, its results included.
func (q *Queue) Remove(ctx context.Context) error {
	return errors.Join(
		q.js.DeleteStream(ctx, workStream(q.study)), q.js.DeleteKeyValue(ctx, resultsBucket(q.study)),
		q.js.DeleteKeyValue(ctx, errorsBucket(q.study)), q.js.DeleteKeyValue(ctx, aliveBucket(q.study)),
		q.js.DeleteObjectStore(ctx, filesBucket(q.study)))
}
