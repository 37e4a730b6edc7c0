package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table prints rows in aligned columns. Flush it at the end.
type table struct{ *tabwriter.Writer }

// newTable starts a table with its header. Columns are left-aligned with flags 0,
// right-aligned with tabwriter.AlignRight.
func newTable(w io.Writer, flags uint, header ...any) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', flags)}
	t.row(header...)
	return t
}

// row adds a row. Its cells are formatted as fmt.Print does.
func (t table) row(cells ...any) {
	for _, cell := range cells {
		fmt.Fprintf(t, "%v\t", cell)
	}
	fmt.Fprintln(t)
}
