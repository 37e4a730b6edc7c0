package figure

import (
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

// cells checks the table and returns its formatted values, and which columns are
// numeric.
func (t *Table) cells() (rows [][]tableCell, numeric []bool, err error) {
	numeric = make([]bool, len(t.Headers))
	if len(t.Headers) == 0 {
		return nil, nil, fmt.Errorf("writing a table: it has no headers")
	}
	rows = make([][]tableCell, len(t.Rows))
	words := make([]bool, len(t.Headers)) // some cell is neither a number nor empty
	for i, row := range t.Rows {
		if len(row) != len(t.Headers) {
			return nil, nil, fmt.Errorf("writing a table: row %d has %d cells for %d headers", i, len(row), len(t.Headers))
		}
		for k, v := range row {
			c := newTableCell(v)
			rows[i] = append(rows[i], c)
			_, text := v.(string)
			numeric[k] = numeric[k] || c.number && !text
			words[k] = words[k] || !c.number && c.text != "" && c.text != "–"
		}
	}
	for k := range numeric {
		numeric[k] = numeric[k] || !words[k] && len(rows) > 0
	}
	return rows, numeric, nil
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
	rows, numeric, err := t.cells()
	if err != nil {
		return err
	}
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString(t.Caption + "\n\n")
	}
	widths := t.widths(rows)
	line := func(texts func(k int) string) {
		b.WriteString(strings.TrimRight(strings.Join(padded(texts, widths, numeric), "  "), " ") + "\n")
	}
	line(func(k int) string { return t.Headers[k] })
	line(func(k int) string { return strings.Repeat("─", widths[k]) })
	for _, row := range rows {
		line(func(k int) string { return row[k].text })
	}
	return written(io.WriteString(w, b.String()))
}

// widths returns the widths of the columns in characters.
func (t *Table) widths(rows [][]tableCell) []int {
	widths := make([]int, len(t.Headers))
	for k, h := range t.Headers {
		widths[k] = utf8.RuneCountInString(h)
		for _, row := range rows {
			widths[k] = max(widths[k], utf8.RuneCountInString(row[k].text))
		}
	}
	return widths
}

func padded(texts func(k int) string, widths []int, numeric []bool) []string {
	out := make([]string, len(widths))
	for k, w := range widths {
		text := texts(k)
		fill := strings.Repeat(" ", max(0, w-utf8.RuneCountInString(text)))
		if out[k] = text + fill; numeric[k] {
			out[k] = fill + text
		}
	}
	return out
}

// markdownEscape keeps text inside its cell and shows HTML tags as text.
var markdownEscape = strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")

// WriteMarkdown writes the table as a pipe table with the caption above it. Text is
// escaped: it contains no HTML.
func (t *Table) WriteMarkdown(w io.Writer) error {
	rows, numeric, err := t.cells()
	if err != nil {
		return err
	}
	escape := markdownEscape.Replace
	headers := make([]string, len(t.Headers))
	for k, h := range t.Headers {
		headers[k] = escape(h)
	}
	for i := range rows {
		for k := range rows[i] {
			rows[i][k].text = escape(rows[i][k].text)
		}
	}
	widths := t.widths(rows)
	for k, h := range headers {
		widths[k] = max(widths[k], 3, utf8.RuneCountInString(h))
	}
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString(escape(t.Caption) + "\n\n")
	}
	line := func(texts func(k int) string) {
		b.WriteString("| " + strings.Join(padded(texts, widths, numeric), " | ") + " |\n")
	}
	line(func(k int) string { return headers[k] })
	line(func(k int) string {
		if numeric[k] {
			return strings.Repeat("-", widths[k]-1) + ":"
		}
		return strings.Repeat("-", widths[k])
	})
	for _, row := range rows {
		line(func(k int) string { return row[k].text })
	}
	return written(io.WriteString(w, b.String()))
}

// latexEscape escapes LaTeX's special characters.
var latexEscape = strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`,
	"{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`,
	"−", `$-$`, "–", "--", "°", `$^\circ$`, "…", `\dots{}`, "≥", `$\ge$`, "≤", `$\le$`, "α", `$\alpha$`, "β", `$\beta$`, "λ", `$\lambda$`, "η", `$\eta$`)

// WriteLaTeX writes the table as a tabular with booktabs, inside a table environment
// if it has a caption.
func (t *Table) WriteLaTeX(w io.Writer) error {
	rows, numeric, err := t.cells()
	if err != nil {
		return err
	}
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString("\\begin{table}\n\\centering\n\\caption{" + latexEscape.Replace(t.Caption) + "}\n")
	}
	columns := make([]byte, len(numeric))
	for k := range columns {
		if columns[k] = 'l'; numeric[k] {
			columns[k] = 'r'
		}
	}
	b.WriteString("\\begin{tabular}{" + string(columns) + "}\n\\toprule\n")
	line := func(texts func(k int) string) {
		for k := range t.Headers {
			if k > 0 {
				b.WriteString(" & ")
			}
			b.WriteString(latexEscape.Replace(texts(k)))
		}
		b.WriteString(" \\\\\n")
	}
	line(func(k int) string { return t.Headers[k] })
	b.WriteString("\\midrule\n")
	for _, row := range rows {
		line(func(k int) string { return row[k].text })
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	if t.Caption != "" {
		b.WriteString("\\end{table}\n")
	}
	return written(io.WriteString(w, b.String()))
}

// WriteCSV writes the table for programs: numbers with all digits, a Quantity with
// an interval as three columns, the last two with the suffixes " lower" and
// " upper", and no caption. Text that a spreadsheet would take for a formula, as it
// begins with =, +, -, @, a tab or a carriage return, gets a leading apostrophe.
func (t *Table) WriteCSV(w io.Writer) error {
	if _, _, err := t.cells(); err != nil {
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
	out := csv.NewWriter(w)
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
	return written(0, out.WriteAll(records))
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
	rows, numeric, err := t.cells()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("<table>\n")
	if t.Caption != "" {
		b.WriteString("<caption>" + html.EscapeString(t.Caption) + "</caption>\n")
	}
	align := func(k int) string {
		if numeric[k] {
			return ` style="text-align:right;font-variant-numeric:tabular-nums"`
		}
		return ` style="text-align:left"`
	}
	b.WriteString("<thead>\n<tr>")
	for k, h := range t.Headers {
		fmt.Fprintf(&b, `<th scope="col"%s>%s</th>`, align(k), html.EscapeString(h))
	}
	b.WriteString("</tr>\n</thead>\n<tbody>\n")
	for _, row := range rows {
		b.WriteString("<tr>")
		for k, c := range row {
			key := c.text
			if c.number {
				key = fmt.Sprint(c.key)
			}
			fmt.Fprintf(&b, `<td data-sort="%s"%s>%s</td>`, html.EscapeString(key), align(k), html.EscapeString(c.text))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>")
	return written(io.WriteString(w, b.String()))
}

func written(_ int, err error) error {
	if err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
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
	switch f, err := TableFormats.Parse(string(f)); {
	case err != nil:
		return err
	case f == TableLaTeX:
		return t.WriteLaTeX(w)
	case f == TableCSV:
		return t.WriteCSV(w)
	case f == TableText:
		return t.WriteText(w)
	case f == TableHTML:
		return t.WriteHTML(w)
	}
	return t.WriteMarkdown(w)
}

// Save writes the table to a file in the format for its extension. The file is
// written completely or not at all.
func (t *Table) Save(path string) error {
	write := map[string]func(io.Writer) error{}
	for _, ending := range TableEndings {
		write[ending] = func(w io.Writer) error { return t.Write(w, TableFormatOf(ending)) }
	}
	return saveAs(path, "a table", TableEndings, write)
}
