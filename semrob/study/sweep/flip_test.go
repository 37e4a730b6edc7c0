package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// storeFiles returns the files of a stopped server whose names contain part.
func storeFiles(t *testing.T, folder, part string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(folder, sweep.ServerFolder), func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && strings.Contains(path, part) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files of %s: %v", part, err)
	}
	return paths
}

// flip changes a bit of a file.
func flip(t *testing.T, path string, at int64, bit int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) == 0 {
		return
	}
	data[at%int64(len(data))] ^= 1 << bit
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFlippedBits flips bits in every kind of file of a finished study's server.
// Running the study again gives the same table, or an error, in a limited time.
func TestFlippedBits(t *testing.T) {
	p := prepare(t, "networks: [{analytic: gaussian}]\nobjects: [{mesh: cup, class: a}, {mesh: vase, class: b}]\nmethods: [naive, oir-b]\nsettings: {iterations: 20}\n")
	finished := t.TempDir()
	want := run(t, p, finished, 1)
	flips := 1
	if os.Getenv("SEMROB_LONG") != "" {
		flips = 15
	}
	rng := rand.New(rand.NewPCG(5, uint64(os.Getpid())))
	for _, part := range []string{"-results/msgs/", "-results/meta", "-work/", "-files/", "-errors/", ""} {
		t.Run(part, func(t *testing.T) {
			for range flips {
				folder := t.TempDir()
				if err := os.CopyFS(folder, os.DirFS(finished)); err != nil {
					t.Fatal(err)
				}
				files := storeFiles(t, folder, part)
				path, at, bit := files[rng.IntN(len(files))], rng.Int64N(1<<40), rng.IntN(8)
				flip(t, path, at, bit)
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				start := time.Now()
				table, err := sweep.Run(ctx, p, sweep.Options{Folder: folder, Workers: 1, Report: func(s string) { t.Log(s) }})
				cancel()
				t.Logf("%s bit %d of byte %d: %.1f s, error %v", strings.TrimPrefix(path, folder), bit, at, time.Since(start).Seconds(), err)
				if ctx.Err() != nil && time.Since(start) > 29*time.Second {
					t.Errorf("it waited: %v", err)
				}
				if err == nil {
					if lines, err := sweep.Differences(want, table); err != nil || len(lines) > 0 {
						t.Errorf("another table: %v, %v", lines, err)
					}
				}
				kept, failed := results.Open(filepath.Join(folder, sweep.TableFile))
				if failed != nil || len(kept.Items) < len(want.Items) {
					t.Errorf("the table is worse than before: %v", failed)
				}
			}
		})
	}
}

// TestTheTableIsKept has runs with fewer finished items than the table.
func TestTheTableIsKept(t *testing.T) {
	text := "networks: [{analytic: gaussian}]\nobjects: [{mesh: cup, class: a}%s]\nmethods: [naive]\nsettings: {iterations: 20}\n"
	both, one := prepare(t, fmt.Sprintf(text, ", {mesh: vase, class: b}")), prepare(t, fmt.Sprintf(text, ""))
	folder := t.TempDir()
	run(t, both, folder, 1)
	items := func() int {
		table, err := results.Open(filepath.Join(folder, sweep.TableFile))
		if err != nil {
			t.Fatal(err)
		}
		return len(table.Items)
	}
	t.Run("smaller plan", func(t *testing.T) {
		var fewer *sweep.FewerError
		if _, err := sweep.Run(t.Context(), one, sweep.Options{Folder: folder, Workers: 1}); !errors.As(err, &fewer) || fewer.Old != 2 || items() != 2 {
			t.Errorf("error %v, %d items in the table", err, items())
		}
	})
	t.Run("lost results", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(folder, sweep.ServerFolder)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var fewer *sweep.FewerError
		var stopped *sweep.InterruptedError
		if _, err := sweep.Run(ctx, both, sweep.Options{Folder: folder}); !errors.As(err, &stopped) || !errors.As(stopped.Cause, &fewer) || items() != 2 {
			t.Errorf("error %v, %d items in the table", err, items())
		}
	})
	t.Run("force", func(t *testing.T) {
		if _, err := sweep.Run(t.Context(), one, sweep.Options{Folder: folder, Workers: 1, Force: true}); err != nil || items() != 1 {
			t.Errorf("error %v, %d items in the table", err, items())
		}
	})
}
