package csvsafe

import "testing"

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "",
		"teapot":            "teapot",
		"a=1":               "a=1",
		"=HYPERLINK(\"x\")": "'=HYPERLINK(\"x\")",
		"@SUM(A1)":          "'@SUM(A1)",
		"+1":                "'+1",
		"-1":                "'-1",
		"\t=1":              "'\t=1",
		"\r=1":              "'\r=1",
		"'quoted'":          "'quoted'",
		"'=1":               "''=1",
		"''=1":              "'''=1",
		"−1":                "−1",
	} {
		t.Run(text, func(t *testing.T) {
			got := Escape(text)
			if got != want {
				t.Errorf("Escape(%q) = %q, want %q", text, got, want)
			}
			if back := Unescape(got); back != text {
				t.Errorf("Unescape(%q) = %q, want %q", got, back, text)
			}
		})
	}
	if got := Unescape("'quoted'"); got != "'quoted'" {
		t.Errorf("text that is not escaped became %q", got)
	}
}
