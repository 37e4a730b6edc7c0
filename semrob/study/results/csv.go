package results

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/semrob/gonb-semrob/internal/csvsafe"
)

// writeCSV writes a header and a line for each row. Numbers have the fewest digits that
// read back as the same number. Text that a spreadsheet would take for a formula gets
// a leading apostrophe, which reading removes.
func (t *Table) writeCSV(to io.Writer) error {
	list := columns(t.Space)
	w := csv.NewWriter(to)
	record := make([]string, len(list))
	for i, c := range list {
		record[i] = c.name
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for _, row := range t.Rows {
		row, err := row.whole(len(t.Space))
		if err != nil {
			return err
		}
		for i, c := range list {
			record[i] = c.format(&row)
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (c column) format(r *Row) string {
	switch {
	case c.text != nil:
		return csvsafe.Escape(*c.text(r))
	case c.integer != nil:
		return strconv.Itoa(*c.integer(r))
	case c.seed != nil:
		return strconv.FormatUint(*c.seed(r), 10)
	case present(*c.number(r)):
		return strconv.FormatFloat(*c.number(r), 'g', -1, 64)
	}
	return ""
}

func (c column) parse(r *Row, text string) (err error) {
	switch {
	case c.text != nil:
		*c.text(r) = csvsafe.Unescape(text)
	case c.integer != nil:
		*c.integer(r), err = strconv.Atoi(text)
	case c.seed != nil:
		*c.seed(r), err = strconv.ParseUint(text, 10, 64)
	case text == "":
		*c.number(r) = Absent
	default:
		*c.number(r), err = strconv.ParseFloat(text, 64)
	}
	if err != nil {
		return fmt.Errorf("column %s: %q is not a number", c.name, text)
	}
	return nil
}

func readCSV(from io.Reader) (*Table, error) {
	r := csv.NewReader(from)
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	space, err := axesOf(header)
	if err != nil {
		return nil, err
	}
	byName := map[string]column{}
	for _, c := range columns(space) {
		byName[c.name] = c
	}
	t := &Table{Space: space}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		var row Row
		row.room(len(space))
		for i, text := range record {
			c, ok := byName[header[i]]
			if !ok {
				continue // a column added by a user
			}
			if err := c.parse(&row, text); err != nil {
				line, _ := r.FieldPos(i)
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		}
		t.Rows = append(t.Rows, row)
	}
}
