package main

import (
	"io"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands calls check for every command, by its full name.
func commands(t *testing.T, check func(t *testing.T, cmd *cobra.Command)) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) { check(t, cmd) })
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(io.Discard, io.Discard))
}

func TestHelpFitsOneLine(t *testing.T) {
	const longest = 100
	commands(t, func(t *testing.T, cmd *cobra.Command) {
		if n := utf8.RuneCountInString(cmd.Short); n == 0 || n > longest {
			t.Errorf("the short help has %d characters: %q", n, cmd.Short)
		}
		for _, flags := range []*pflag.FlagSet{cmd.LocalNonPersistentFlags(), cmd.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) {
				_, usage := pflag.UnquoteUsage(f)
				if n := utf8.RuneCountInString(usage); n == 0 || n > longest {
					t.Errorf("the help of --%s has %d characters: %q", f.Name, n, usage)
				}
			})
		}
	})
}
