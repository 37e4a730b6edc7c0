// Package queue distributes the items of a study to workers through NATS JetStream
// and stores one result for each.
//
// On the server (embedded, separate, or a cluster) a study consists of a stream
// with work-queue retention, which delivers an item to one worker at a time until
// it is acknowledged; a bucket of results, which keeps the first result of an item;
// a bucket of errors; an object store for files and large results; and a bucket of
// the live workers. JetStream ensures one item per subject in the stream,
// redelivery if a worker falls silent, persistence and replication.
//
// A study is done when every item has a record: a result, or the error for which it
// was set aside. An item is tried three times; a try ends with a result, with an
// error, or with the fourth worker lost with it. Workers that stop, or cannot do an
// item at the moment, give it back, which is not a try. Items that are lost (a
// server killed before writing, a damaged item) have no record, and those that the
// server no longer delivers have none either: Run submits them again, which is not a
// try. No result is missing, and each counts once.
package queue

import (
	"cmp"
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

// Item is one unit of work of a study.
type Item struct {
	// Key is the item's name: KeyOf(Data).
	Key string
	// Data describes the work, and must determine the result to the last bit.
	Data []byte
}

// KeyOf returns the hash of data as 32 hexadecimal digits.
func KeyOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// NewItem returns the item of data.
func NewItem(data []byte) Item { return Item{Key: KeyOf(data), Data: data} }

// Options are the settings of a study's queue, which are stored on the server. The
// zero value is usable.
type Options struct {
	// Silence is how long a worker may be silent before its item goes to another;
	// 0 means 30 s. Live workers report three times as often.
	Silence time.Duration
	// Tries is how often an item may fail before it is set aside; 0 means 3.
	Tries int
	// Losses is how many workers may be lost with an item within one try; 0
	// means 4.
	Losses int
	// Replicas is the number of servers of a cluster that store everything; 0
	// means 1.
	Replicas int
}

func (o Options) withDefaults() Options {
	return Options{cmp.Or(o.Silence, 30*time.Second), cmp.Or(o.Tries, 3), cmp.Or(o.Losses, 4), cmp.Or(o.Replicas, 1)}
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
	lossesKey    = "semrob-losses"
)

func workStream(study string) string    { return prefix + study + "-work" }
func resultsBucket(study string) string { return prefix + study + "-results" }
func errorsBucket(study string) string  { return prefix + study + "-errors" }
func aliveBucket(study string) string   { return prefix + study + "-workers" }
func filesBucket(study string) string   { return prefix + study + "-files" }

func (q *Queue) subject(key string) string { return subjects(q.study) + key }

func subjects(study string) string { return "semrob." + study + ".work." }

var studyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// CheckName returns an error if a study cannot have this name on a server.
func CheckName(study string) error {
	if !studyName.MatchString(study) {
		return fmt.Errorf("invalid name of a study: %q: use up to 64 letters, digits, - and _", study)
	}
	return nil
}

// leastPayload is the smallest max_payload of a server, in bytes: the largest item
// and the description of a file must fit into a message.
const leastPayload = 8 << 10

// Open creates the queue of a study on the server, or opens the existing one and
// sets its options.
func Open(ctx context.Context, conn *nats.Conn, study string, options Options) (*Queue, error) {
	if err := CheckName(study); err != nil {
		return nil, err
	}
	if conn.MaxPayload() < leastPayload {
		return nil, fmt.Errorf("opening the study %s: %w: it is %d bytes, set it to %d or more", study, ErrPayload, conn.MaxPayload(), leastPayload)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(1024))
	if err != nil {
		return nil, fmt.Errorf("opening the study %s on the server: %w", study, err)
	}
	q := &Queue{study: study, options: options.withDefaults(), conn: conn, js: js}
	once, cancel := context.WithTimeout(ctx, election)
	defer cancel()
	if err := persist(once, q.create); err != nil {
		return nil, fmt.Errorf("creating the study %s on the server: %w", study, explain(err))
	}
	return q, nil
}

// election is how long a cluster may take to elect its leaders.
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
		MaxDeliver:    -1, // workers count them: a server that stops delivering does not say why
		MaxAckPending: -1, Replicas: q.options.Replicas,
		Metadata: map[string]string{triesKey: strconv.Itoa(q.options.Tries), lossesKey: strconv.Itoa(q.options.Losses)},
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

// Join opens the existing queue of a study on the server, with its options.
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
		return fmt.Errorf("its consumer has no number of tries: another program created it")
	}
	losses, err := strconv.Atoi(config.Metadata[lossesKey])
	if err != nil {
		losses = config.MaxDeliver // an older version created it
	}
	q.options = Options{Silence: config.AckWait, Tries: tries, Losses: losses, Replicas: q.work.CachedInfo().Config.Replicas}
	for bucket, into := range map[string]*jetstream.KeyValue{
		resultsBucket(q.study): &q.results, errorsBucket(q.study): &q.failures,
	} {
		if *into, err = q.js.KeyValue(ctx, bucket); err != nil {
			return err
		}
	}
	if q.alive, err = q.js.CreateOrUpdateKeyValue(ctx, q.aliveConfig()); err != nil { // it is lost when the server stops
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

// Remove removes a study and its results from the server.
func (q *Queue) Remove(ctx context.Context) error {
	return errors.Join(
		q.js.DeleteStream(ctx, workStream(q.study)), q.js.DeleteKeyValue(ctx, resultsBucket(q.study)),
		q.js.DeleteKeyValue(ctx, errorsBucket(q.study)), q.js.DeleteKeyValue(ctx, aliveBucket(q.study)),
		q.js.DeleteObjectStore(ctx, filesBucket(q.study)))
}
