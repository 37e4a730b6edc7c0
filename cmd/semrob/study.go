package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/glob"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
)

func (a *app) newReplay() *cobra.Command {
	var dir, network string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Grow the published regions of a network again on its published maps",
		Long: "replay grows the published regions of a network again, as the authors did, on its published maps,\n" +
			"and compares the final regions by intersection over union (IoU).\n\n" +
			"A run is comparable if the published one did all 600 iterations and neither it nor the replay left\n" +
			"the map (elevation -10…89°). It is grown if its published region also exceeds 36 deg², and stayed if\n" +
			"that region is below 1 deg².",
		Example: "  semrob study replay --data published --network ResNet50",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			methods, err := a.replay(cmd.Context(), dir, network)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printArray(methods)
			}
			return a.printReplay(methods)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&dir, "data", "", "the folder with maps_NAME.npz and regions_NAME.npz")
	flags.StringVar(&network, "network", "", "the NAME in these file names")
	flags.BoolVar(&asJSON, "json", false, "print a JSON array, an object for each method")
	need(cmd, "data", "network")
	return cmd
}

func (a *app) replay(ctx context.Context, dir, network string) ([]study.MethodReplay, error) {
	mapsFile, regionsFile := networkFile(dir, "maps", network), networkFile(dir, "regions", network)
	maps, err := semmap.LoadPublished(mapsFile)
	if err != nil {
		return nil, withNetworks(err, dir)
	}
	regions, err := study.LoadRegions(regionsFile)
	if err != nil {
		return nil, withNetworks(err, dir)
	}
	methods, err := study.Replay(ctx, maps, regions, study.Options{Progress: a.progress()})
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", regionsFile, mapsFile, err)
	}
	return methods, nil
}

func networkFile(dir, kind, network string) string {
	return filepath.Join(dir, kind+"_"+network+".npz")
}

// withNetworks adds the networks in the folder to the error of a missing file.
func withNetworks(err error, dir string) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var names []string
	found, _ := glob.In(dir, networkFile("", "regions", "*")) // the pattern is well formed
	for _, path := range found {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "regions_"), ".npz"))
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: --data must be a folder with maps_NAME.npz and regions_NAME.npz", err)
	}
	return fmt.Errorf("%w: choose --network %s", err, enum.Choice(names))
}

func (a *app) printReplay(methods []study.MethodReplay) error {
	t := newTable(a.stdout, tabwriter.AlignRight, "method", "comparable", "grown", "median IoU", "lower quartile", "stayed", "stay here")
	for _, m := range methods {
		t.row(m.Method, m.Comparable, m.Grown, fixed(m.MedianIoU, 3), fixed(m.Q25IoU, 3), m.Stayed, m.StayedHere)
	}
	return t.Flush()
}

func (a *app) newSRVR() *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "srvr",
		Short: "Print the semantic robustness volume ratio: the share of the domain in robust regions",
		Long: "srvr prints, for each method, the mean share of the domain that a region covers, in percent.\n" +
			"Inverted regions count as 0, those with a NaN are left out. Regions of a published file are clipped\n" +
			"to azimuth 0…360° and elevation -10…90°; regions found by semrob that wrap around the azimuth count\n" +
			"with their full width.",
		Example: "  semrob study srvr --regions published/regions_ResNet50.npz\n  semrob study srvr --regions regions.npz --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			methods, err := study.SRVRFile(file)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printArray(methods)
			}
			return a.printSRVR(methods)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "regions", "", "an .npz file of regions, published or written by semrob")
	flags.BoolVar(&asJSON, "json", false, "print a JSON array, an object for each method")
	need(cmd, "regions")
	return cmd
}

func (a *app) printSRVR(methods []study.MethodSRVR) error {
	t := newTable(a.stdout, tabwriter.AlignRight, "method", "SRVR %", "regions", "left out")
	for _, m := range methods {
		t.row(m.Method, fixed(m.Percent, 2), m.Regions, m.LeftOut)
	}
	return t.Flush()
}

// printArray prints one JSON array and nothing else.
func (a *app) printArray(value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", text)
	return err
}

// fixed formats x with this many decimals, and NaN as a dash.
func fixed(x float64, decimals int) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.*f", decimals, x)
}
