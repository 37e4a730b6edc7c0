// Package csvsafe protects text in CSV files from being run as a formula by
// spreadsheets.
package csvsafe

import "strings"

// triggers are the first characters of text that spreadsheets may take for a
// formula.
const triggers = "=+-@\t\r"

// Escape prefixes text with an apostrophe if it begins like a formula, or like
// escaped text, so that Unescape restores it.
func Escape(text string) string {
	if begins := strings.TrimLeft(text, "'"); begins != "" && strings.Contains(triggers, begins[:1]) {
		return "'" + text
	}
	return text
}

// Unescape undoes Escape.
func Unescape(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && Escape(rest) == text {
		return rest
	}
	return text
}
