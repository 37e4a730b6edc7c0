package results

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// metaKey is the key of the entry in a Parquet file's metadata with meta as JSON.
const metaKey = "semrob"

// meta is the part of a table that is not in its columns.
type meta struct {
	Study   string          `json:"study"`
	Space   objective.Space `json:"space"`
	Version int             `json:"version"`
	// Items are the JSON of Table.Items, compressed by gzip.
	Items   []byte   `json:"items,omitempty"`
	Devices []string `json:"devices,omitempty"`
}

// pack returns the items as meta has them.
func pack(items []json.RawMessage) ([]byte, error) {
	if len(items) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	err := errors.Join(json.NewEncoder(w).Encode(items), w.Close())
	return b.Bytes(), err
}

// unpack returns the items of meta. Files of earlier versions have none.
func unpack(packed []byte) (items []json.RawMessage, err error) {
	if len(packed) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return items, json.NewDecoder(io.LimitReader(r, mostItemBytes)).Decode(&items)
}

// mostItemBytes bounds the items that are unpacked: 4 GiB.
const mostItemBytes = 4 << 30

// ordered is a group that keeps the order of its fields; parquet.Group sorts them.
type ordered struct {
	parquet.Group
	names []string
}

func (g ordered) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.names, a.Name()) - slices.Index(g.names, b.Name())
	})
	return fields
}

func schema(list []column) *parquet.Schema {
	g := ordered{Group: parquet.Group{}}
	for _, c := range list {
		g.names = append(g.names, c.name)
		g.Group[c.name] = c.node()
	}
	return parquet.NewSchema("results", g)
}

func (c column) node() parquet.Node {
	switch {
	case c.text != nil:
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	case c.integer != nil:
		return parquet.Int(64)
	case c.seed != nil:
		return parquet.Uint(64)
	}
	return parquet.Optional(parquet.Leaf(parquet.DoubleType))
}

func (c column) value(r *Row, at int) parquet.Value {
	var v parquet.Value
	switch {
	case c.text != nil:
		v = parquet.ByteArrayValue([]byte(*c.text(r)))
	case c.integer != nil:
		v = parquet.Int64Value(int64(*c.integer(r)))
	case c.seed != nil:
		v = parquet.Int64Value(int64(*c.seed(r)))
	case present(*c.number(r)):
		return parquet.DoubleValue(*c.number(r)).Level(0, 1, at)
	default:
		return parquet.NullValue().Level(0, 0, at)
	}
	return v.Level(0, 0, at)
}

func (c column) take(r *Row, v parquet.Value) {
	switch {
	case c.text != nil:
		*c.text(r) = string(v.ByteArray())
	case c.integer != nil:
		*c.integer(r) = int(v.Int64())
	case c.seed != nil:
		*c.seed(r) = v.Uint64()
	case v.IsNull():
		*c.number(r) = Absent
	default:
		*c.number(r) = v.Double()
	}
}

func (t *Table) writeParquet(to io.Writer) error {
	items, err := pack(t.Items)
	if err != nil {
		return fmt.Errorf("writing the study's items: %w", err)
	}
	text, err := json.Marshal(meta{t.Study, t.Space, Version, items, t.Devices})
	if err != nil {
		return fmt.Errorf("writing the study's metadata: %w", err)
	}
	list := columns(t.Space)
	w := parquet.NewWriter(to, schema(list),
		parquet.Compression(&parquet.Zstd), parquet.KeyValueMetadata(metaKey, string(text)),
		parquet.CreatedBy("semrob", fmt.Sprint(Version), ""))
	values := make(parquet.Row, len(list))
	for _, row := range t.Rows {
		row, err := row.whole(len(t.Space))
		if err != nil {
			return err
		}
		for i, c := range list {
			values[i] = c.value(&row, i)
		}
		if _, err := w.WriteRows([]parquet.Row{values}); err != nil {
			return err
		}
	}
	return w.Close()
}

// readParquet reads a Parquet file. The library panics on some damaged files: this is
// an error.
func readParquet(file *os.File) (t *Table, err error) {
	defer func() {
		if damage := recover(); damage != nil {
			t, err = nil, fmt.Errorf("the Parquet file is damaged: %v", damage)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, err
	}
	text, ok := f.Lookup(metaKey)
	if !ok {
		return nil, fmt.Errorf("its metadata has no entry %q", metaKey)
	}
	var m meta
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("its metadata cannot be read: %w", err)
	}
	if m.Version != Version {
		return nil, &VersionError{m.Version}
	}
	var names []string
	for _, path := range f.Schema().Columns() {
		names = append(names, path[0])
	}
	if _, err := axesOf(names); err != nil {
		return nil, err
	}
	byName := map[string]column{}
	for _, c := range columns(m.Space) {
		byName[c.name] = c
	}
	t = &Table{Study: m.Study, Space: m.Space, Devices: m.Devices}
	if t.Items, err = unpack(m.Items); err != nil {
		return nil, fmt.Errorf("its items cannot be read: %w", err)
	}
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		err := t.readRows(rows, names, byName)
		if err := errors.Join(err, rows.Close()); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Table) readRows(from parquet.Rows, names []string, byName map[string]column) error {
	rows := make([]parquet.Row, 64)
	for {
		n, err := from.ReadRows(rows)
		for _, values := range rows[:n] {
			var row Row
			row.room(len(t.Space))
			for _, v := range values {
				if c, ok := byName[names[v.Column()]]; ok {
					c.take(&row, v)
				}
			}
			t.Rows = append(t.Rows, row)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
