package front

import (
	"fmt"
	"html"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// Bar draws a state with the browser's progress element, which follows the theme
// and passes the sanitiser of untrusted notebooks.
func Bar(s progress.State) string {
	element := fmt.Sprintf(`<progress value="%d" max="%d" style="width:16em;vertical-align:middle"></progress> `, min(s.Done, s.Total), s.Total)
	switch {
	case s.Total <= 0 && s.Over:
		element = ""
	case s.Total <= 0:
		element = `<progress style="width:16em;vertical-align:middle"></progress> `
	}
	what := ""
	if s.What != "" {
		what = html.EscapeString(s.What) + " "
	}
	return `<div style="font-variant-numeric:tabular-nums">` + what + element + html.EscapeString(s.Counts()) + `</div>`
}
