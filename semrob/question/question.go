// Package question has the questions about a subject as plain data: for a map, for
// regions, for the worst views, for the verification of regions, and for what makes
// the network fail. A Record is a question with the description of its subject. It is part of every file of results,
// and determines the result to the last bit on one kind of device, so that it can be
// computed again.
package question

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/store"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Question is a *Map, *Regions, *Guarantee, *Worst, *Verify, *Certify, *Sensitivity,
// *Slices, *Distribution or *Views.
type Question interface {
	// Kind returns the name of the kind of question, such as "map".
	Kind() string
	// Version returns the version of the code. It grows when the answer to the same
	// question on the same objective changes.
	Version() int
	// UsesGradient reports whether the answer depends on the gradient of f.
	UsesGradient() bool
}

// Record describes how a result was made.
type Record struct {
	Kind string `json:"kind"`
	// Description is the subject; nil if it is unknown, as for a map without a record.
	*subject.Description
	Question Question `json:"question"`
	// Version is the question's.
	Version int `json:"question_version"`
	// Device is the kind of device that computed the result. Results are the same bit
	// for bit on one kind. It is not part of the key.
	Device string `json:"device,omitempty"`
}

// NewRecord returns the record of a question about a subject, which may be nil.
func NewRecord(d *subject.Description, q Question) Record {
	if d != nil && !q.UsesGradient() {
		without := d.WithoutGradients()
		d = &without
	}
	return Record{Kind: q.Kind(), Description: d, Question: q, Version: q.Version()}
}

// Key returns the key of the result in a store.
func (r Record) Key() (string, error) {
	of := ""
	if r.Description != nil {
		of = r.Description.Key()
	}
	return store.Key(struct {
		Kind     string   `json:"kind"`
		Of       string   `json:"of"`
		Question Question `json:"question"`
		Version  int      `json:"version"`
	}{r.Kind, of, r.Question, r.Version})
}

// JSON returns the record as JSON.
func (r Record) JSON() (string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("describing a result: %w", err)
	}
	return string(text), nil
}

// UnmarshalJSON implements json.Unmarshaler. An unknown kind is an ErrNoRecord.
func (r *Record) UnmarshalJSON(data []byte) error {
	var envelope struct {
		Kind     string          `json:"kind"`
		Question json.RawMessage `json:"question"`
		Version  int             `json:"question_version"`
		Device   string          `json:"device"`
		Mesh     string          `json:"mesh"`
	}
	if err := json.Unmarshal(data, &envelope); err != nil {
		return err
	}
	q, ok := byKind(envelope.Kind)
	if !ok || len(envelope.Question) == 0 {
		return fmt.Errorf("%w: its kind is %q", ErrNoRecord, envelope.Kind)
	}
	if err := json.Unmarshal(envelope.Question, q); err != nil {
		return fmt.Errorf("the question of a %s: %w", envelope.Kind, err)
	}
	*r = Record{Kind: envelope.Kind, Question: q, Version: envelope.Version, Device: envelope.Device}
	if envelope.Mesh == "" {
		return nil
	}
	r.Description = &subject.Description{}
	return json.Unmarshal(data, r.Description)
}

// ErrNoRecord is wrapped by errors about files without a record.
var ErrNoRecord = errors.New("the file does not say how it was made")

// Parse parses a record, such as the meta of a map. Errors wrap ErrNoRecord if there
// is none.
func Parse(text string) (*Record, error) {
	if text == "" {
		return nil, ErrNoRecord
	}
	r := &Record{}
	if err := json.Unmarshal([]byte(text), r); err != nil {
		return nil, err
	}
	return r, nil
}

// byKind returns an empty question of a kind.
func byKind(kind string) (Question, bool) {
	for _, q := range []Question{&Map{}, &Regions{}, &Guarantee{}, &Worst{}, &Verify{}, &Certify{}, &Sensitivity{}, &Slices{}, &Distribution{}} {
		if q.Kind() == kind {
			return q, true
		}
	}
	return nil, false
}
