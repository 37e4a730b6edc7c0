package kernelext

import (
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Table shows rows under headers: see ShowTable.
func Table(headers []string, rows [][]any) error {
	return ShowTable(&figure.Table{Headers: headers, Rows: rows})
}

// ShowTable shows a table as HTML, sorted by a click on a header, and as plain text,
// which goes to standard output outside a notebook. See figure.Table for the format of
// values.
func ShowTable(t *figure.Table) error {
	var text, markup strings.Builder
	if err := t.WriteText(&text); err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		_, err := fmt.Print(text.String())
		return err
	}
	if err := t.WriteHTML(&markup); err != nil {
		return err
	}
	if err := front.Send(front.Bundle{
		protocol.MIMETextHTML:  sortable(markup.String(), "semrob-table-"+gonbui.UniqueId()),
		protocol.MIMETextPlain: text.String(),
	}, nil, ""); err != nil {
		return err
	}
	return front.Flush()
}

// sortable adds the script that sorts a table. A front end that removes scripts, as from
// untrusted notebooks, shows the table unsorted.
func sortable(table, id string) string {
	return `<div id="` + html.EscapeString(id) + `">` + table + "</div>\n<script>\n" +
		strings.Replace(sortScript, "ID", id, 1) + "</script>"
}

// sortScript sorts by the column whose header is clicked or receives Enter, and in the
// other direction the next time. data-sort is the sort key of a cell; in a column of
// numbers, cells that are not numbers come last.
const sortScript = `(() => {
  const box = document.getElementById("ID"), body = box && box.querySelector("tbody");
  if (!body) return;
  const heads = [...box.querySelectorAll("th")];
  const key = (row, k) => row.cells[k].dataset.sort;
  const sort = (k) => {
    const down = heads[k].getAttribute("aria-sort") === "ascending";
    heads.forEach((h) => h.removeAttribute("aria-sort"));
    heads[k].setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows], numbers = rows.some((r) => r.cells[k].style.textAlign === "right");
    const compare = (a, b) => {
      if (!numbers) return key(a, k).localeCompare(key(b, k)) * (down ? -1 : 1);
      const x = parseFloat(key(a, k)), y = parseFloat(key(b, k));
      if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
      return (x - y) * (down ? -1 : 1);
    };
    rows.sort(compare).forEach((r) => body.appendChild(r));
    heads.forEach((h) => { h.querySelector("span").textContent = { ascending: " \u25b2", descending: " \u25bc" }[h.getAttribute("aria-sort")] || ""; });
  };
  heads.forEach((h, k) => {
    h.tabIndex = 0;
    h.style.cursor = "pointer";
    h.title = "sort";
    h.appendChild(document.createElement("span"));
    h.addEventListener("click", () => sort(k));
    h.addEventListener("keydown", (e) => { if (e.key === "Enter") sort(k); });
  });
})();
`
