package figure

import (
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Table is rows of values under headers, to be written as plain text,
// Markdown, LaTeX (with booktabs), CSV and HTML.
//
// Numbers stand to the right, and so does a column of strings that are numbers,
// with at most a unit behind them ("0.62", "25.4 %"). A float64 is written with four significant digits, in
// CSV in full; NaN is a dash, in CSV an empty field.
type Table struct {
	// Caption says what the table shows; it may be empty.
	Caption string
	Headers []string
	// Rows hold a value for each header: strings, numbers, Quantity or nil.
	Rows [][]any
}

// Quantity is a number in a Table with its own decimals and, where Lower or
// Upper is not 0, its interval, as in "5.27 [4.01, 6.60]".
type Quantity struct {
	Value        float64
	Lower, Upper float64
	// Decimals is the number of decimals that are written.
	Decimals int
}

// String writes the quantity with a true minus sign.
func (q Quantity) String() string {
	if math.IsNaN(q.Value) {
		return "–"
	}
	text := number(q.Value, q.Decimals)
	if q.hasInterval() {
		text += " [" + number(q.Lower, q.Decimals) + ", " + number(q.Upper, q.Decimals) + "]"
	}
	return text
}

func (q Quantity) hasInterval() bool {
	return (q.Lower != 0 || q.Upper != 0) && !math.IsNaN(q.Lower+q.Upper)
}

// tableCell is a value as it is written.
type tableCell struct {
	text   string
	number bool
	key    float64 // what a number sorts by
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

// numberText matches a number with at most a unit behind it.
var numberText = regexp.MustCompile(`^([-+−]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(?:\s?(?:%|°|°²|s|ms|min|pp))?$`)

// cells checks the table and returns its values as they are written, and
// which columns hold numbers.
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

// WriteText writes the table for a terminal.
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

// widths are those of the columns, in characters.
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

// WriteMarkdown writes the table as a pipe table, the caption above it.
func (t *Table) WriteMarkdown(w io.Writer) error {
	rows, numeric, err := t.cells()
	if err != nil {
		return err
	}
	escape := strings.NewReplacer("|", `\|`, "\n", " ").Replace
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

// latexEscape makes text of LaTeX's special characters.
var latexEscape = strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`,
	"{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`,
	"−", `$-$`, "–", "--", "°", `$^\circ$`, "…", `\dots{}`, "≥", `$\ge$`, "≤", `$\le$`, "α", `$\alpha$`, "β", `$\beta$`, "λ", `$\lambda$`, "η", `$\eta$`)

// WriteLaTeX writes the table as a tabular of the package booktabs, inside a
// table with a caption where there is one.
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

// WriteCSV writes the table for programs: numbers in full, a Quantity with an
// interval in three columns, of which the last two end in " lower" and
// " upper"; no caption.
func (t *Table) WriteCSV(w io.Writer) error {
	if _, _, err := t.cells(); err != nil {
		return err
	}
	wide := make([]bool, len(t.Headers))
	for _, row := range t.Rows {
		for k, v := range row {
			if q, ok := v.(Quantity); ok && q.hasInterval() {
				wide[k] = true
			}
		}
	}
	out := csv.NewWriter(w)
	var record []string
	for k, h := range t.Headers {
		if record = append(record, h); wide[k] {
			record = append(record, h+" lower", h+" upper")
		}
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	for _, row := range t.Rows {
		record = record[:0]
		for k, v := range row {
			record = append(record, csvFields(v, wide[k])...)
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("writing a table: %w", err)
		}
	}
	out.Flush()
	return written(0, out.Error())
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
		if fields = []string{full(v.Value)}; v.hasInterval() {
			fields = append(fields, full(v.Lower), full(v.Upper))
		}
	default:
		fields = []string{fmt.Sprint(v)}
	}
	for wide && len(fields) < 3 {
		fields = append(fields, "")
	}
	return fields
}

// WriteHTML writes the table as a fragment of HTML without script or style
// from elsewhere. Every cell tells in data-sort what it sorts by.
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

// TableEndings are the endings of files that Table.Save writes.
var TableEndings = []string{".md", ".tex", ".csv", ".txt", ".html"}

// Save writes the table to the file path as Markdown, LaTeX, CSV, plain text
// or HTML, by the ending. The file appears complete or not at all.
func (t *Table) Save(path string) error {
	write := map[string]func(io.Writer) error{
		".md": t.WriteMarkdown, ".tex": t.WriteLaTeX, ".csv": t.WriteCSV, ".txt": t.WriteText, ".html": t.WriteHTML,
	}[strings.ToLower(filepath.Ext(path))]
	if write == nil {
		return fmt.Errorf("saving a table to %s: the ending %q is unknown: use %s", path, filepath.Ext(path), strings.Join(TableEndings, ", "))
	}
	return atomicfile.Write(path, write)
}
