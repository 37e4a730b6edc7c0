package figure

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/semrob/gonb-semrob/internal/csvsafe"
	"github.com/semrob/gonb-semrob/internal/enum"
)

// Table is a table of values, written as plain text, Markdown, LaTeX (with
// booktabs), CSV or HTML.
//
// Numbers are right-aligned, also in a column of strings that are all numbers,
// optionally with a unit ("0.62", "25.4 %"). A float64 has four significant
// digits, and all digits in CSV; NaN is a dash, and an empty field in CSV.
type Table struct {
	// Caption describes the table; it may be empty.
	Caption string
	Headers []string
	// Rows have one value per header: a string, a number, a Quantity or nil.
	Rows [][]any
}

// Quantity is a number in a Table with its own number of decimals and, unless Lower
// and Upper are 0, an interval, as in "5.27 [4.01, 6.60]".
type Quantity struct {
	Value        float64
	Lower, Upper float64
	Decimals     int
}

// String formats the quantity with a true minus sign.
func (q Quantity) String() string {
	if math.IsNaN(q.Value) {
		return "–"
	}
	text := number(q.Value, q.Decimals)
	if lower, upper, ok := q.interval(); ok {
		text += " [" + number(lower, q.Decimals) + ", " + number(upper, q.Decimals) + "]"
	}
	return text
}

// interval returns the interval, if there is one.
func (q Quantity) interval() (lower, upper float64, ok bool) {
	return q.Lower, q.Upper, (q.Lower != 0 || q.Upper != 0) && !math.IsNaN(q.Lower+q.Upper)
}

// tableCell is a formatted value.
type tableCell struct {
	text   string
	number bool
	key    float64 // the sort key of a number
}

func newTableCell(v any) tableCell {
	switch v := v.(type) {
	case nil:
		return tableCell{}
	case float32:
		return newTableCell(float64(v))
	case float64:
		if math.IsNaN(v) {
			return tableCell{"–", true, v}
		}
		return tableCell{significant(v), true, v}
	case Quantity:
		return tableCell{v.String(), true, v.Value}
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		var key float64
		fmt.Sscan(fmt.Sprint(v), &key)
		return tableCell{fmt.Sprint(v), true, key}
	default:
		text := fmt.Sprint(v)
		if found := numberText.FindStringSubmatch(text); found != nil {
			key, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(found[1]), 64)
			return tableCell{text, err == nil, key}
		}
		return tableCell{text: text}
	}
}

// numberText matches a number with an optional unit.
var numberText = regexp.MustCompile(`^([-+−]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(?:\s?(?:%|°|°²|s|ms|min|pp))?$`)

// formatted is a table with formatted and escaped text, and what is written of it.
type formatted struct {
	strings.Builder
	caption string
	headers []string
	rows    [][]tableCell
	numeric []bool // by column
}

// format checks the table and formats its values.
func (t *Table) format(escape func(string) string) (*formatted, error) {
	if len(t.Headers) == 0 {
		return nil, fmt.Errorf("writing a table: it has no headers")
	}
	f := &formatted{caption: escape(t.Caption), numeric: make([]bool, len(t.Headers))}
	words := make([]bool, len(t.Headers)) // some cell is neither a number nor empty
	for _, h := range t.Headers {
		f.headers = append(f.headers, escape(h))
	}
	for i, values := range t.Rows {
		if len(values) != len(t.Headers) {
			return nil, fmt.Errorf("writing a table: row %d has %d cells for %d headers", i, len(values), len(t.Headers))
		}
		row := make([]tableCell, len(values))
		for k, v := range values {
			c := newTableCell(v)
			_, text := v.(string)
			f.numeric[k] = f.numeric[k] || c.number && !text
			words[k] = words[k] || !c.number && c.text != "" && c.text != "–"
			c.text = escape(c.text)
			row[k] = c
		}
		f.rows = append(f.rows, row)
	}
	for k := range f.numeric {
		f.numeric[k] = f.numeric[k] || !words[k] && len(f.rows) > 0
	}
	return f, nil
}

// lines calls line for the headers and every row, and rule after the headers.
func (f *formatted) lines(line func(texts []string), rule func()) {
	line(f.headers)
	rule()
	for _, row := range f.rows {
		texts := make([]string, len(row))
		for k, c := range row {
			texts[k] = c.text
		}
		line(texts)
	}
}

// widths returns the widths of the columns in characters, at least least.
func (f *formatted) widths(least int) []int {
	widths := slices.Repeat([]int{least}, len(f.headers))
	f.lines(func(texts []string) {
		for k, text := range texts {
			widths[k] = max(widths[k], utf8.RuneCountInString(text))
		}
	}, func() {})
	return widths
}

// padded aligns texts to columns of these widths.
func (f *formatted) padded(texts []string, widths []int) []string {
	out := make([]string, len(texts))
	for k, text := range texts {
		fill := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(text))
		if out[k] = text + fill; f.numeric[k] {
			out[k] = fill + text
		}
	}
	return out
}

func (f *formatted) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, f.String())
	return written(err)
}

func written(err error) error {
	if err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// Describe returns the table as plain text.
func (t *Table) Describe() string {
	var b strings.Builder
	if err := t.WriteText(&b); err != nil {
		return "A table that cannot be written: " + err.Error()
	}
	return strings.TrimRight(b.String(), "\n")
}

// WriteText writes the table as plain text for terminals.
func (t *Table) WriteText(w io.Writer) error {
	f, err := t.format(func(text string) string { return text })
	if err != nil {
		return err
	}
	if f.caption != "" {
		f.WriteString(f.caption + "\n\n")
	}
	widths := f.widths(0)
	line := func(texts []string) {
		f.WriteString(strings.TrimRight(strings.Join(f.padded(texts, widths), "  "), " ") + "\n")
	}
	f.lines(line, func() {
		rule := make([]string, len(widths))
		for k, n := range widths {
			rule[k] = strings.Repeat("─", n)
		}
		line(rule)
	})
	return f.writeTo(w)
}

// markdownEscape keeps text inside its cell and shows HTML tags as text.
var markdownEscape = strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")

// WriteMarkdown writes the table as a pipe table with the caption above it. Text is
// escaped: it contains no HTML.
func (t *Table) WriteMarkdown(w io.Writer) error {
	f, err := t.format(markdownEscape.Replace)
	if err != nil {
		return err
	}
	if f.caption != "" {
		f.WriteString(f.caption + "\n\n")
	}
	widths := f.widths(3)
	line := func(texts []string) {
		f.WriteString("| " + strings.Join(f.padded(texts, widths), " | ") + " |\n")
	}
	f.lines(line, func() {
		rule := make([]string, len(widths))
		for k, n := range widths {
			if rule[k] = strings.Repeat("-", n); f.numeric[k] {
				rule[k] = rule[k][1:] + ":"
			}
		}
		line(rule)
	})
	return f.writeTo(w)
}

// latexEscape escapes LaTeX's special characters.
var latexEscape = strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`,
	"{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`,
	"−", `$-$`, "–", "--", "°", `$^\circ$`, "…", `\dots{}`, "≥", `$\ge$`, "≤", `$\le$`, "α", `$\alpha$`, "β", `$\beta$`, "λ", `$\lambda$`, "η", `$\eta$`)

// WriteLaTeX writes the table as a tabular with booktabs, inside a table environment
// if it has a caption.
func (t *Table) WriteLaTeX(w io.Writer) error {
	f, err := t.format(latexEscape.Replace)
	if err != nil {
		return err
	}
	if f.caption != "" {
		f.WriteString("\\begin{table}\n\\centering\n\\caption{" + f.caption + "}\n")
	}
	columns := bytes.Repeat([]byte("l"), len(f.numeric))
	for k, numeric := range f.numeric {
		if numeric {
			columns[k] = 'r'
		}
	}
	f.WriteString("\\begin{tabular}{" + string(columns) + "}\n\\toprule\n")
	f.lines(
		func(texts []string) { f.WriteString(strings.Join(texts, " & ") + " \\\\\n") },
		func() { f.WriteString("\\midrule\n") })
	f.WriteString("\\bottomrule\n\\end{tabular}\n")
	if f.caption != "" {
		f.WriteString("\\end{table}\n")
	}
	return f.writeTo(w)
}

// WriteCSV writes the table for programs: numbers with all digits, a Quantity with
// an interval as three columns, the last two with the suffixes " lower" and
// " upper", and no caption. Text that a spreadsheet would take for a formula, as it
// begins with =, +, -, @, a tab or a carriage return, gets a leading apostrophe.
func (t *Table) WriteCSV(w io.Writer) error {
	if _, err := t.format(csvsafe.Escape); err != nil {
		return err
	}
	wide := make([]bool, len(t.Headers))
	for _, row := range t.Rows {
		for k, v := range row {
			if q, ok := v.(Quantity); ok {
				_, _, interval := q.interval()
				wide[k] = wide[k] || interval
			}
		}
	}
	var record []string
	for k, h := range t.Headers {
		h = csvsafe.Escape(h)
		if record = append(record, h); wide[k] {
			record = append(record, h+" lower", h+" upper")
		}
	}
	records := [][]string{record}
	for _, row := range t.Rows {
		var record []string
		for k, v := range row {
			record = append(record, csvFields(v, wide[k])...)
		}
		records = append(records, record)
	}
	return written(csv.NewWriter(w).WriteAll(records))
}

func csvFields(v any, wide bool) []string {
	full := func(x float64) string {
		if math.IsNaN(x) {
			return ""
		}
		return fmt.Sprint(x)
	}
	var fields []string
	switch v := v.(type) {
	case nil:
		fields = []string{""}
	case float64:
		fields = []string{full(v)}
	case float32:
		fields = []string{full(float64(v))}
	case Quantity:
		fields = []string{full(v.Value)}
		if lower, upper, ok := v.interval(); ok {
			fields = append(fields, full(lower), full(upper))
		}
	default:
		text := fmt.Sprint(v)
		if !numberText.MatchString(text) {
			text = csvsafe.Escape(text)
		}
		fields = []string{text}
	}
	for wide && len(fields) < 3 {
		fields = append(fields, "")
	}
	return fields
}

// WriteHTML writes the table as a self-contained HTML fragment without scripts. The
// attribute data-sort of a cell is its sort key.
func (t *Table) WriteHTML(w io.Writer) error {
	f, err := t.format(html.EscapeString)
	if err != nil {
		return err
	}
	f.WriteString("<table>\n")
	if f.caption != "" {
		f.WriteString("<caption>" + f.caption + "</caption>\n")
	}
	align := func(k int) string {
		if f.numeric[k] {
			return ` style="text-align:right;font-variant-numeric:tabular-nums"`
		}
		return ` style="text-align:left"`
	}
	f.WriteString("<thead>\n<tr>")
	for k, h := range f.headers {
		fmt.Fprintf(f, `<th scope="col"%s>%s</th>`, align(k), h)
	}
	f.WriteString("</tr>\n</thead>\n<tbody>\n")
	for _, row := range f.rows {
		f.WriteString("<tr>")
		for k, c := range row {
			key := c.text
			if c.number {
				key = fmt.Sprint(c.key)
			}
			fmt.Fprintf(f, `<td data-sort="%s"%s>%s</td>`, key, align(k), c.text)
		}
		f.WriteString("</tr>\n")
	}
	f.WriteString("</tbody>\n</table>")
	return f.writeTo(w)
}

// TableFormat is a file format of tables.
type TableFormat string

// The file formats of tables.
const (
	TableMarkdown TableFormat = "markdown"
	TableLaTeX    TableFormat = "latex"
	TableCSV      TableFormat = "csv"
	TableText     TableFormat = "text"
	TableHTML     TableFormat = "html"
)

// TableFormats are the names of the formats.
var TableFormats = enum.Of("table format", TableMarkdown, TableLaTeX, TableCSV, TableText, TableHTML)

// TableEndings are the file extensions of tables.
var TableEndings = []string{".md", ".tex", ".csv", ".txt", ".html"}

// UnmarshalText reads the name of a format.
func (f *TableFormat) UnmarshalText(text []byte) error { return TableFormats.Unmarshal(f, text) }

// MarshalText returns the name of the format.
func (f TableFormat) MarshalText() ([]byte, error) { return []byte(f), nil }

// TableFormatOf returns the format for the extension of a file's name, "" if no
// format has it.
func TableFormatOf(path string) TableFormat {
	if i := slices.Index(TableEndings, strings.ToLower(filepath.Ext(path))); i >= 0 {
		return TableFormat(TableFormats.Names()[i])
	}
	return ""
}

// Write writes the table in a format; "" means Markdown.
func (t *Table) Write(w io.Writer, f TableFormat) error {
	f, err := TableFormats.Parse(string(f))
	if err != nil {
		return err
	}
	return map[TableFormat]func(io.Writer) error{
		TableMarkdown: t.WriteMarkdown, TableLaTeX: t.WriteLaTeX, TableCSV: t.WriteCSV, TableText: t.WriteText, TableHTML: t.WriteHTML,
	}[f](w)
}

// Save writes the table to a file in the format for its extension. The file is
// written completely or not at all.
func (t *Table) Save(path string) error {
	return saveAs(path, "a table", TableEndings, func(w io.Writer, ending string) error { return t.Write(w, TableFormatOf(ending)) })
}
