package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table prints rows in aligned columns. Flush it at the end.
type table struct {
	*tabwriter.Writer
	end string // of a row
}

// newTable starts a table, with a header if there are cells. Columns are left-aligned
// with flags 0, right-aligned with tabwriter.AlignRight.
func newTable(w io.Writer, flags uint, header ...any) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', flags), "\n"}
	if flags == tabwriter.AlignRight {
		t.end = "\t\n" // only terminated cells are aligned
	}
	if len(header) > 0 {
		t.row(header...)
	}
	return t
}

// row adds a row. Its cells are formatted as by fmt.Print.
func (t table) row(cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		fmt.Fprint(t, cell)
	}
	fmt.Fprint(t, t.end)
}
