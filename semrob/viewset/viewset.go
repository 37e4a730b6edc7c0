// Package viewset writes views that a network gets wrong to a folder: pictures as PNG,
// and a table of semantic parameters, class and answer as CSV and Parquet. Other tools
// can test on it, or train with it. It is apart from package semrob because of the
// Parquet library.
package viewset

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/csvsafe"
	"github.com/semrob/gonb-semrob/semrob"
)

// Names of the files in a folder, beside the pictures.
const (
	CSV     = "views.csv"
	Parquet = "views.parquet"
	Record  = "views.json"
)

// Save writes views to a folder, which is created and must be empty: view-0001.png …,
// the tables, and the record of the question that they were picked from. The tables
// come last: a folder with them is complete.
func Save(dir string, views *semrob.Picked) error {
	if err := CheckFolder(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("creating the folder of views: %w", err)
	}
	for i, v := range views.Views {
		err := atomicfile.Write(filepath.Join(dir, fileName(i)), func(w io.Writer) error { return png.Encode(w, v.Image) })
		if err != nil {
			return fmt.Errorf("writing view %d: %w", i+1, err)
		}
	}
	about, err := json.MarshalIndent(struct {
		From semrob.Pick     `json:"from"`
		Of   json.RawMessage `json:"of"`
	}{views.From, views.Of}, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(
		atomicfile.WriteBytes(filepath.Join(dir, Record), append(about, '\n')),
		atomicfile.Write(filepath.Join(dir, CSV), func(w io.Writer) error { return WriteCSV(w, views) }),
		atomicfile.Write(filepath.Join(dir, Parquet), func(w io.Writer) error { return WriteParquet(w, views) }),
	)
}

// CheckFolder returns an error, before long work begins, if the folder is not empty.
func CheckFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the folder of views: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("the folder %s is not empty: choose a new one, so that sets do not mix", dir)
	}
	return nil
}

func fileName(i int) string { return fmt.Sprintf("view-%04d.png", i+1) }

// column is a column of the table: text, a whole number, or a number. Exactly one of
// its functions is set; it returns the value of view i.
type column struct {
	name    string
	text    func(i int) string
	integer func(i int) int
	number  func(i int) float64
}

// columns are those of the table, in the order of files.
func columns(p *semrob.Picked) []column {
	list := []column{
		{name: "file", text: fileName},
		{name: "from", text: func(int) string { return string(p.From) }},
		{name: "part", integer: func(i int) int {
			if p.Part == nil {
				return 0
			}
			return p.Part[i]
		}},
	}
	for k, axis := range p.Space {
		list = append(list, column{name: axis.Name, number: func(i int) float64 { return p.Views[i].Point[k] }})
	}
	return append(list,
		column{name: "class_index", integer: func(int) int { return p.Class }},
		column{name: "class", text: func(int) string { return p.Label }},
		column{name: "f", number: func(i int) float64 { return p.Views[i].Value }},
		column{name: "right", integer: func(i int) int {
			if p.Views[i].Top1 {
				return 1
			}
			return 0
		}},
		column{name: "answer_index", integer: func(i int) int { return p.Views[i].Top[0].Class }},
		column{name: "answer", text: func(i int) string { return p.Views[i].Top[0].Label }},
		column{name: "answer_probability", number: func(i int) float64 { return float64(p.Views[i].Top[0].Probability) }},
	)
}

// cell returns the value of a column as text.
func (c column) cell(i int) string {
	switch {
	case c.text != nil:
		return csvsafe.Escape(c.text(i))
	case c.integer != nil:
		return strconv.Itoa(c.integer(i))
	}
	return strconv.FormatFloat(c.number(i), 'g', -1, 64)
}

// WriteCSV writes the table as CSV.
func WriteCSV(w io.Writer, p *semrob.Picked) error {
	list, out := columns(p), csv.NewWriter(w)
	var row []string
	for _, c := range list {
		row = append(row, c.name)
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for i := range p.Views {
		for k, c := range list {
			row[k] = c.cell(i)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

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

// WriteParquet writes the table as Parquet.
func WriteParquet(w io.Writer, p *semrob.Picked) error {
	list, group := columns(p), ordered{Group: parquet.Group{}}
	for _, c := range list {
		group.names = append(group.names, c.name)
		switch {
		case c.text != nil:
			group.Group[c.name] = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		case c.integer != nil:
			group.Group[c.name] = parquet.Int(64)
		default:
			group.Group[c.name] = parquet.Leaf(parquet.DoubleType)
		}
	}
	out := parquet.NewWriter(w, parquet.NewSchema("views", group))
	var rows []parquet.Row
	for i := range p.Views {
		var row parquet.Row
		for k, c := range list {
			var v parquet.Value
			switch {
			case c.text != nil:
				v = parquet.ByteArrayValue([]byte(c.text(i)))
			case c.integer != nil:
				v = parquet.Int64Value(int64(c.integer(i)))
			default:
				v = parquet.DoubleValue(c.number(i))
			}
			row = append(row, v.Level(0, 0, k))
		}
		rows = append(rows, row)
	}
	if _, err := out.WriteRows(rows); err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	return nil
}
