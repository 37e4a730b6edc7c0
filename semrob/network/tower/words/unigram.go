package words

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/encoding/protowire"
)

// unigram is SentencePiece's unigram model: T. Kudo, "Subword Regularization" (ACL
// 2018). go-huggingface reads the longest piece at each place instead of the likeliest
// pieces of a word, and go-sentencepiece has no unigram models.
type unigram struct {
	ids     map[string]int
	scores  []float64
	longest int // bytes of a piece
	unknown int
	end     int
	least   float64
}

// unknownPenalty is below the least score, as in SentencePiece.
const unknownPenalty = 10

// Types of pieces in the file.
const (
	normalPiece = 1
	userPiece   = 4
)

// OpenSigLIP opens a spiece.model.
func OpenSigLIP(file string) (Tokenizer, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("opening a tokenizer: %w", err)
	}
	u, err := readUnigram(content)
	if err != nil {
		return nil, fmt.Errorf("opening the tokenizer %s: %w", file, err)
	}
	return u, nil
}

// readUnigram reads the pieces of a SentencePiece ModelProto.
func readUnigram(content []byte) (*unigram, error) {
	u := &unigram{ids: map[string]int{}, unknown: -1, end: -1, least: math.Inf(1)}
	for len(content) > 0 {
		number, kind, n := protowire.ConsumeTag(content)
		if n < 0 {
			return nil, errors.New("it is not a SentencePiece model")
		}
		content = content[n:]
		if number != 1 || kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, content); n < 0 {
				return nil, errors.New("it is not a SentencePiece model")
			}
			if number == 2 && kind == protowire.BytesType { // the trainer's settings
				settings, _ := protowire.ConsumeBytes(content)
				if err := isUnigram(settings); err != nil {
					return nil, err
				}
			}
			content = content[n:]
			continue
		}
		piece, n := protowire.ConsumeBytes(content)
		if n < 0 {
			return nil, errors.New("it is cut off")
		}
		content = content[n:]
		if err := u.add(piece); err != nil {
			return nil, err
		}
	}
	if u.unknown < 0 || u.end < 0 || u.longest == 0 {
		return nil, fmt.Errorf("of its %d pieces none is for unknown words, or none for the end", len(u.scores))
	}
	return u, nil
}

// isUnigram refuses the other kinds of models.
func isUnigram(settings []byte) error {
	for len(settings) > 0 {
		number, kind, n := protowire.ConsumeTag(settings)
		if n < 0 {
			return errors.New("its settings are damaged")
		}
		settings = settings[n:]
		if number == 3 && kind == protowire.VarintType {
			if is, _ := protowire.ConsumeVarint(settings); is != 1 {
				return errors.New("it is not a unigram model")
			}
		}
		if n = protowire.ConsumeFieldValue(number, kind, settings); n < 0 {
			return errors.New("its settings are damaged")
		}
		settings = settings[n:]
	}
	return nil
}

// add reads one piece.
func (u *unigram) add(text []byte) error {
	piece, score, is := "", float32(0), uint64(normalPiece)
	for len(text) > 0 {
		number, kind, n := protowire.ConsumeTag(text)
		if n < 0 {
			return errors.New("a piece is damaged")
		}
		text = text[n:]
		switch {
		case number == 1 && kind == protowire.BytesType:
			piece, n = protowire.ConsumeString(text)
		case number == 2 && kind == protowire.Fixed32Type:
			var bits uint32
			bits, n = protowire.ConsumeFixed32(text)
			score = math.Float32frombits(bits)
		case number == 3 && kind == protowire.VarintType:
			is, n = protowire.ConsumeVarint(text)
		default:
			n = protowire.ConsumeFieldValue(number, kind, text)
		}
		if n < 0 {
			return errors.New("a piece is damaged")
		}
		text = text[n:]
	}
	id := len(u.scores)
	u.scores = append(u.scores, float64(score))
	switch {
	case is == 2:
		u.unknown = id
	case piece == "</s>":
		u.end = id
	case (is == normalPiece || is == userPiece) && piece != "":
		u.ids[piece] = id
		u.longest, u.least = max(u.longest, len(piece)), min(u.least, float64(score))
	}
	return nil
}

// space stands for a space in pieces.
const space = "▁"

// canonical is the text as SigLIP's training had it: in lower case, without
// punctuation, with single spaces.
func canonical(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	return strings.Join(strings.Fields(norm.NFKC.String(text)), " ")
}

// Tokens implements Tokenizer.
func (u *unigram) Tokens(text string) ([]int, error) {
	text = canonical(text)
	if text == "" {
		return nil, errors.New("it has no words")
	}
	return append(u.likeliest(space+strings.ReplaceAll(text, " ", space)), u.end), nil
}

// likeliest returns the pieces of a text with the greatest sum of scores (Viterbi).
// Neighbouring unknown characters are one token.
func (u *unigram) likeliest(text string) []int {
	type step struct {
		score    float64
		from, id int
	}
	best := make([]step, len(text)+1)
	for i := range best {
		best[i].score = math.Inf(-1)
	}
	best[0].score = 0
	for from := 0; from < len(text); {
		_, width := utf8.DecodeRuneInString(text[from:])
		alone := false
		for to := from + 1; to <= min(len(text), from+u.longest); to++ {
			id, known := u.ids[text[from:to]]
			if !known {
				continue
			}
			alone = alone || to == from+width
			if score := best[from].score + u.scores[id]; score > best[to].score {
				best[to] = step{score, from, id}
			}
		}
		if !alone {
			if score := best[from].score + u.least - unknownPenalty; score > best[from+width].score {
				best[from+width] = step{score, from, u.unknown}
			}
		}
		from += width
	}
	var reversed []int
	for at := len(text); at > 0; at = best[at].from {
		if id := best[at].id; id != u.unknown || len(reversed) == 0 || reversed[len(reversed)-1] != u.unknown {
			reversed = append(reversed, id)
		}
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return reversed
}

// Pad implements Tokenizer: SigLIP fills prompts with the end.
func (u *unigram) Pad() int { return u.end }
