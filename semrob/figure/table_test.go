package figure

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
)

func sampleTable() *Table {
	return &Table{
		Caption: "SRVR & accuracy",
		Headers: []string{"network", "SRVR (%)", "runs", "f"},
		Rows: [][]any{
			{"Alex_Net|1", Quantity{Value: 1.234, Lower: 0.5, Upper: 2.25, Decimals: 2}, 360, 0.123456},
			{"<ResNet50>", Quantity{Value: -13, Decimals: 1}, 7, math.NaN()},
		},
	}
}

func TestTableForms(t *testing.T) {
	want := map[string]string{
		".txt": "SRVR & accuracy\n\n" +
			"network             SRVR (%)  runs       f\n" +
			"──────────  ─────────────────  ────  ──────\n" +
			"Alex_Net|1  1.23 [0.50, 2.25]   360  0.1235\n" +
			"<ResNet50>              −13.0     7       –\n",
		".md": "SRVR & accuracy\n\n" +
			"| network       |          SRVR (%) | runs |      f |\n" +
			"| ------------- | ----------------: | ---: | -----: |\n" +
			"| Alex_Net\\|1   | 1.23 [0.50, 2.25] |  360 | 0.1235 |\n" +
			"| &lt;ResNet50> |             −13.0 |    7 |      – |\n",
		".tex": "\\begin{table}\n\\centering\n\\caption{SRVR \\& accuracy}\n\\begin{tabular}{lrrr}\n\\toprule\n" +
			"network & SRVR (\\%) & runs & f \\\\\n\\midrule\n" +
			"Alex\\_Net|1 & 1.23 [0.50, 2.25] & 360 & 0.1235 \\\\\n" +
			"<ResNet50> & $-$13.0 & 7 & -- \\\\\n\\bottomrule\n\\end{tabular}\n\\end{table}\n",
		".csv": "network,SRVR (%),SRVR (%) lower,SRVR (%) upper,runs,f\n" +
			"Alex_Net|1,1.234,0.5,2.25,360,0.123456\n" +
			"<ResNet50>,-13,,,7,\n",
	}
	want[".txt"] = strings.Replace(want[".txt"], "network             SRVR (%)", "network              SRVR (%)", 1)
	for ending, text := range want {
		t.Run(ending, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "table"+ending)
			if err := sampleTable().Save(path); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != text {
				t.Errorf("%s:\n%s\nwant\n%s", ending, got, text)
			}
		})
	}
	var markup strings.Builder
	if err := sampleTable().WriteHTML(&markup); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<caption>SRVR &amp; accuracy</caption>", "&lt;ResNet50&gt;</td>", `data-sort="1.234"`, `data-sort="NaN"`, `data-sort="360"`} {
		if !strings.Contains(markup.String(), part) {
			t.Errorf("the HTML lacks %s: %s", part, markup.String())
		}
	}
	var text strings.Builder
	if err := sampleTable().WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	if records, err := csv.NewReader(strings.NewReader(text.String())).ReadAll(); err != nil || len(records) != 3 {
		t.Errorf("a CSV reader finds %v (%v)", records, err)
	}
}

func TestTableErrors(t *testing.T) {
	for want, table := range map[string]*Table{
		"no headers":              {},
		"row 0 has 1 cells for 2": {Headers: []string{"a", "b"}, Rows: [][]any{{1}}},
	} {
		t.Run(want, func(t *testing.T) {
			for _, write := range []func(*strings.Builder) error{
				func(b *strings.Builder) error { return table.WriteText(b) },
				func(b *strings.Builder) error { return table.WriteMarkdown(b) },
				func(b *strings.Builder) error { return table.WriteLaTeX(b) },
				func(b *strings.Builder) error { return table.WriteCSV(b) },
				func(b *strings.Builder) error { return table.WriteHTML(b) },
			} {
				if err := write(new(strings.Builder)); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %v, want one with %q", err, want)
				}
			}
		})
	}
	var unknown *enum.UnknownError
	if err := sampleTable().Save(filepath.Join(t.TempDir(), "table.doc")); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, TableEndings) {
		t.Errorf("an unknown extension gives %v", err)
	}
	if err := sampleTable().Write(io.Discard, "docx"); !errors.As(err, &unknown) || unknown.Name != "docx" {
		t.Errorf("an unknown format gives %v", err)
	}
}

// TestTableTextIsInert: text from files, such as names of objects, must not become
// HTML in Markdown or formulas in a spreadsheet.
func TestTableTextIsInert(t *testing.T) {
	table := &Table{
		Caption: "<b>caption</b>", Headers: []string{"<i>object</i>", "=f", "srvr"},
		Rows: [][]any{{"<script>alert(1)</script>", "=HYPERLINK(\"x\")", "-8 %"}, {"@SUM(A1)", "+a", -1.5}},
	}
	var markdown, text strings.Builder
	if err := table.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(markdown.String(), "<") {
		t.Errorf("the Markdown contains HTML:\n%s", markdown.String())
	}
	if err := table.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	want := [][]string{{"<i>object</i>", "'=f", "srvr"}, {"<script>alert(1)</script>", "'=HYPERLINK(\"x\")", "-8 %"}, {"'@SUM(A1)", "'+a", "-1.5"}}
	if err != nil || !reflect.DeepEqual(records, want) {
		t.Errorf("the CSV is %q (%v), want %q", records, err, want)
	}
}

// Numbers that were written with their unit stand and sort as numbers; a number
// among names is a name.
func TestTextThatIsNumbers(t *testing.T) {
	var text, markup strings.Builder
	table := &Table{Headers: []string{"object", "share", "mean"}, Rows: [][]any{
		{"teapot", "25.4 %", "0.62"}, {"435", "−8 %", "–"}, {"cup", "1,080 %", "0.9"},
	}}
	if err := table.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	const want = "object    share  mean\n──────  ───────  ────\nteapot   25.4 %  0.62\n435        −8 %     –\ncup     1,080 %   0.9\n"
	if text.String() != want {
		t.Errorf("the text is\n%s\nwant\n%s", text.String(), want)
	}
	if err := table.WriteHTML(&markup); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`data-sort="1080"`, `data-sort="-8"`, `data-sort="0.62"`, `data-sort="teapot"`} {
		if !strings.Contains(markup.String(), part) {
			t.Errorf("the HTML lacks %s: %s", part, markup.String())
		}
	}
}
