// Package words turns prompts into the tokens of a repository's tokenizer: CLIP's
// byte-pair encoding (tokenizer.json) and SigLIP's SentencePiece (spiece.model).
package words

import (
	"errors"
	"fmt"
	"os"

	"github.com/gomlx/go-huggingface/tokenizers/api"
	"github.com/gomlx/go-huggingface/tokenizers/hftokenizer"
)

// Tokenizer turns text into tokens.
type Tokenizer interface {
	// Tokens returns the tokens of a text with those for its begin and end.
	Tokens(text string) ([]int, error)
	// Pad is the token that fills a prompt.
	Pad() int
}

// CLIP's tokens for the begin and the end of a text; the latter also fills it.
const (
	clipBegin = "<|startoftext|>"
	clipEnd   = "<|endoftext|>"
)

// OpenCLIP opens a tokenizer.json.
func OpenCLIP(file string) (Tokenizer, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("opening a tokenizer: %w", err)
	}
	t, err := hftokenizer.NewFromContent(&api.Config{BosToken: clipBegin, EosToken: clipEnd, UnkToken: clipEnd, PadToken: clipEnd}, content)
	if err != nil {
		return nil, fmt.Errorf("opening the tokenizer %s: %w", file, err)
	}
	c := &clip{of: t}
	if err := t.With(api.EncodeOptions{}); err != nil {
		return nil, fmt.Errorf("opening the tokenizer %s: %w", file, err)
	}
	for _, special := range []struct {
		name string
		to   *int
	}{{clipBegin, &c.begin}, {clipEnd, &c.end}} {
		ids := t.Encode(special.name)
		if len(ids) != 1 {
			return nil, fmt.Errorf("opening the tokenizer %s: it has no token %s", file, special.name)
		}
		*special.to = ids[0]
	}
	return c, nil
}

type clip struct {
	of         *hftokenizer.Tokenizer
	begin, end int
}

func (c *clip) Tokens(text string) ([]int, error) {
	ids := c.of.Encode(text)
	if len(ids) == 0 {
		return nil, errors.New("it has no words")
	}
	return append(append([]int{c.begin}, ids...), c.end), nil
}

func (c *clip) Pad() int { return c.end }
