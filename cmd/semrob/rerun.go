package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// exitError is an error with an exit status.
type exitError struct {
	status int
	error
}

func (e exitError) Unwrap() error { return e.error }

func (a *app) newRerun() *cobra.Command {
	var out string
	var check bool
	var dirs []string
	var allow []string
	cmd := &cobra.Command{
		Use:   "rerun FILE",
		Short: "Compute a result again from its file alone",
		Long: "Compute a result again from the record in its file: a map, regions, worst views, a verification, or the\n" +
			"table of a study. Meshes, weights and maps are found by name in the file's folder, the working folder\n" +
			"and --dir, or by content below --dir.\n\n" +
			"With --check the exit status is 0 if the new result is the same bit for bit, 1 if it differs, and 2 if\n" +
			"the two cannot be compared: another version or kind of device, a missing file, or no record.",
		Example: "  semrob rerun map.npz --check\n  semrob rerun regions.npz --dir meshes --out again.npz",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" && !check {
				return fmt.Errorf("no use for the new result: give --check, --out NEW, or both")
			}
			if err := cmp.Or(checkOutput("out", out, filepath.Ext(args[0])), checkDistinct(out, args[0])); err != nil {
				return err
			}
			if strings.EqualFold(filepath.Ext(args[0]), ".parquet") {
				return a.rerunTable(cmd.Context(), args[0], out, check, dirs, allow)
			}
			lab, err := a.lab()
			if err != nil {
				return err
			}
			lab.Allow = allow
			again, err := lab.Rerun(cmd.Context(), args[0], dirs...)
			if check && incomparable(err) {
				return exitError{2, err}
			}
			if err != nil {
				return err
			}
			if out != "" {
				if err := again.Save(out); err != nil {
					return err
				}
			}
			if !check {
				return nil
			}
			return a.compare(args[0], again)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "file for the new result")
	flags.BoolVar(&check, "check", false, "compare the new result with the file, bit for bit")
	allowFlag(flags, &allow)
	flags.StringArrayVar(&dirs, "dir", nil, "folder to search for meshes, weights and maps (repeatable)")
	return cmd
}

// incomparable reports whether a result cannot be computed again here.
func incomparable(err error) bool {
	for _, reason := range []error{subject.ErrVersion, subject.ErrNotFound, subject.ErrChanged, subject.ErrUserParameter, question.ErrNoRecord, plan.ErrOlder, network.ErrNotAllowed} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// compare compares the new result with the file.
func (a *app) compare(path string, again *semrob.Rerun) error {
	if err := again.Comparable(); err != nil {
		return exitError{2, fmt.Errorf("%s: %w", path, err)}
	}
	differences, err := again.Differences()
	if err != nil {
		return err
	}
	return a.printDifferences(path, differences)
}

// rerunTable computes the table of a study again.
func (a *app) rerunTable(ctx context.Context, path, out string, check bool, dirs []string, allow []string) error {
	old, err := results.Open(path)
	if err != nil {
		return err
	}
	lab, err := a.lab() // for its progress
	if err != nil {
		return err
	}
	again, err := sweep.Rerun(ctx, old, subject.NewDirs([]string{filepath.Dir(path), "."}, dirs), lab.Progress, allow...)
	if check && incomparable(err) {
		return exitError{2, fmt.Errorf("%s %w: %w", path, semrob.ErrIncomparable, err)}
	}
	if err != nil {
		return fmt.Errorf("computing %s again: %w", path, err)
	}
	if out != "" {
		if err := again.Save(out); err != nil {
			return err
		}
	}
	if !check {
		return nil
	}
	if !slices.Equal(old.Devices, again.Devices) {
		return exitError{2, fmt.Errorf("%s: %w: made on %q, not on %q", path, semrob.ErrIncomparable, old.Devices, again.Devices)}
	}
	differences, err := sweep.Differences(old, again)
	if err != nil {
		return err
	}
	return a.printDifferences(path, differences)
}

// printDifferences prints the differences, or that there are none.
func (a *app) printDifferences(path string, differences []string) error {
	if len(differences) == 0 {
		_, err := fmt.Fprintf(a.stdout, "%s: the same, bit for bit\n", path)
		return err
	}
	const most = 20
	for i, line := range differences {
		if i == most {
			fmt.Fprintf(a.stdout, "… and %d more\n", len(differences)-most)
			break
		}
		fmt.Fprintln(a.stdout, line)
	}
	return exitError{1, fmt.Errorf("%s: %d parts differ", path, len(differences))}
}
