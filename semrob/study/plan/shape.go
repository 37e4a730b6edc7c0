package plan

import (
	"bytes"
	"fmt"

	"github.com/semrob/gonb-semrob/internal/limit"
)

// Limits on the shape of a plan's YAML. The parser's memory grows by 16 KB for each
// bracket that is open, and its time with the square of the keys of a mapping.
const (
	mostYAML   = 8 << 20 // bytes
	mostNested = 32
	mostKeys   = 2000
)

// checkShape reports YAML that would take the parser minutes or gigabytes, with its
// line. It may take a bracket or a colon within text for one of YAML's.
func checkShape(data []byte) (line int, err error) {
	if len(data) > mostYAML {
		return 1, fmt.Errorf("the plan is %w: at most %d MiB are supported: give patterns of files (files: …) instead of single ones", limit.ErrTooLarge, mostYAML>>20)
	}
	s := shape{keys: map[int]int{}}
	for text := range bytes.Lines(data) {
		line++
		if err := s.read(bytes.TrimRight(text, "\r\n")); err != nil {
			return line, err
		}
	}
	return 0, nil
}

// shape is the state between two lines.
type shape struct {
	quote byte        // the quotation mark of the text that is open, or 0
	flow  []int       // commas so far in each bracket that is open
	keys  map[int]int // keys so far by their column, of the block mappings that are open
}

func (s *shape) read(line []byte) error {
	at := 0
	if len(s.flow) == 0 && s.quote == 0 {
		nested := 0
		for at < len(line) && (line[at] == ' ' || line[at] == '\t' || isDash(line, at)) {
			if line[at] == '-' {
				if nested++; nested > mostNested {
					return errNested
				}
			}
			at++
		}
		for column := range s.keys {
			// A dash begins a new mapping, and so does the end of an indentation.
			if column > at || column == at && nested > 0 {
				delete(s.keys, column)
			}
		}
		if len(s.keys) > mostNested {
			return errNested
		}
		if at < len(line) && line[at] != '#' && isKey(line[at:]) {
			if s.keys[at]++; s.keys[at] > mostKeys {
				return errKeys
			}
		}
	}
	for ; at < len(line); at++ {
		if err := s.letter(line, at); err != nil {
			return err
		}
		if line[at] == '#' && s.quote == 0 && (at == 0 || line[at-1] == ' ') {
			break
		}
	}
	return nil
}

// letter counts brackets, commas in them, and quotation marks.
func (s *shape) letter(line []byte, at int) error {
	c := line[at]
	switch {
	case s.quote != 0:
		if c == s.quote && (c != '"' || at == 0 || line[at-1] != '\\') {
			s.quote = 0
		}
	case (c == '"' || c == '\'') && (at == 0 || bytes.IndexByte([]byte(" [{,:-"), line[at-1]) >= 0 || c == '\'' && line[at-1] == c):
		s.quote = c // or goes on after two apostrophes, which stand for one
	case (c == '[' || c == '{') && (len(s.flow) > 0 || beginsValue(line[:at])):
		if s.flow = append(s.flow, 0); len(s.flow) > mostNested {
			return errNested
		}
	case (c == ']' || c == '}') && len(s.flow) > 0:
		s.flow = s.flow[:len(s.flow)-1]
	case c == ':' && len(s.flow) > 0:
		if s.flow[len(s.flow)-1]++; s.flow[len(s.flow)-1] > mostKeys {
			return errKeys
		}
	}
	return nil
}

var (
	errNested = fmt.Errorf("the YAML is nested more than %d deep: a plan needs five levels", mostNested)
	errKeys   = fmt.Errorf("a mapping has more than %d keys: a plan needs a dozen, and classes as many as there are folders", mostKeys)
)

func isDash(line []byte, at int) bool {
	return line[at] == '-' && (at+1 == len(line) || line[at+1] == ' ')
}

// beginsValue reports whether a value begins after a part of a line.
func beginsValue(before []byte) bool {
	before = bytes.TrimRight(before, " \t")
	return len(before) == 0 || bytes.IndexByte([]byte(":-?"), before[len(before)-1]) >= 0
}

func isKey(text []byte) bool {
	return text[0] == '?' || bytes.HasSuffix(bytes.TrimRight(text, " "), []byte(":")) || bytes.Contains(text, []byte(": "))
}
