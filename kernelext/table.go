package kernelext

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Table shows rows under headers, as HTML and as plain text. Numbers stand to
// the right, floating-point numbers with four significant digits; strings are
// shown as they are. Outside a notebook the plain text goes to standard output.
func Table(headers []string, rows [][]any) error {
	for i, row := range rows {
		if len(row) != len(headers) {
			return fmt.Errorf("showing a table: row %d has %d cells for %d headers", i, len(row), len(headers))
		}
	}
	cells := make([][]cell, len(rows))
	for i, row := range rows {
		for _, v := range row {
			cells[i] = append(cells[i], newCell(v))
		}
	}
	text := tableText(headers, cells)
	if !gonbui.IsNotebook {
		_, err := fmt.Fprint(output, text)
		return err
	}
	if err := send(bundle{
		protocol.MIMETextHTML:  tableHTML(headers, cells),
		protocol.MIMETextPlain: text,
	}, nil, ""); err != nil {
		return err
	}
	return flush()
}

// cell is a value as it is written.
type cell struct {
	text   string
	number bool
}

func newCell(v any) cell {
	switch v := v.(type) {
	case nil:
		return cell{}
	case float64:
		return cell{fmt.Sprintf("%.4g", v), true}
	case float32:
		return cell{fmt.Sprintf("%.4g", v), true}
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return cell{fmt.Sprint(v), true}
	default:
		return cell{fmt.Sprint(v), false}
	}
}

// numeric reports whether a column holds numbers, which stand to the right.
func numeric(rows [][]cell, column int) bool {
	for _, row := range rows {
		if row[column].number {
			return true
		}
	}
	return false
}

func tableHTML(headers []string, rows [][]cell) string {
	var b strings.Builder
	align := make([]string, len(headers))
	for k := range headers {
		align[k] = ` style="text-align:left"`
		if numeric(rows, k) {
			align[k] = ` style="text-align:right;font-variant-numeric:tabular-nums"`
		}
	}
	line := func(tag string, texts func(k int) string) {
		b.WriteString("<tr>")
		for k := range headers {
			fmt.Fprintf(&b, "<%s%s>%s</%s>", tag, align[k], html.EscapeString(texts(k)), tag)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("<table>\n<thead>\n")
	line("th", func(k int) string { return headers[k] })
	b.WriteString("</thead>\n<tbody>\n")
	for _, row := range rows {
		line("td", func(k int) string { return row[k].text })
	}
	b.WriteString("</tbody>\n</table>")
	return b.String()
}

func tableText(headers []string, rows [][]cell) string {
	widths := make([]int, len(headers))
	for k, h := range headers {
		widths[k] = utf8.RuneCountInString(h)
		for _, row := range rows {
			widths[k] = max(widths[k], utf8.RuneCountInString(row[k].text))
		}
	}
	var b strings.Builder
	line := func(texts func(k int) string) {
		var l strings.Builder
		for k := range headers {
			text := texts(k)
			fill := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(text))
			if numeric(rows, k) {
				l.WriteString(fill + text + "  ")
			} else {
				l.WriteString(text + fill + "  ")
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(func(k int) string { return headers[k] })
	line(func(k int) string { return strings.Repeat("─", widths[k]) })
	for _, row := range rows {
		line(func(k int) string { return row[k].text })
	}
	return b.String()
}
