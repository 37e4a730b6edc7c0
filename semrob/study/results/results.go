// Package results holds what came out of a study: one table with a row for
// each network, object, seed, method and start, as Parquet or CSV that pandas
// and DuckDB read without this code, with regions and maps as .npz beside it.
//
//	table, err := results.Open("studies/lite/results.parquet")
//	for _, row := range table.Rows { … }
//
// It links neither the queue nor a network, so that a notebook cell which shows
// a finished study stays small.
package results

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Version is counted up whenever the columns change.
const Version = 1

// SetAside is the Status of the rows of an item that failed every time it was
// tried; Row.Error says why. The other statuses are those of package region.
const SetAside = "set aside"

// Table is the table of a study.
type Table struct {
	// Study is the study's name.
	Study string
	// Space lists the axes of starts and bounds, with their domains.
	Space objective.Space
	// Rows are in the order of the plan: networks, objects, seeds, methods,
	// starts.
	Rows []Row
}

// Row is what came of one start of one method on one object seen by one
// network. Numbers that there are none of are NaN, and empty (null) in files.
type Row struct {
	// Network is the network's name, Weights the fingerprint of architecture and
	// weights (network.Network.Fingerprint), Preprocess "standard" or "raw".
	Network, Weights, Preprocess string
	// Object identifies the object within the study; Group is the folder or
	// name that its class was given by in the plan, for tables by class.
	Object, Group string
	// Class is the index of the class that the network should see, ClassName its
	// label.
	Class     int
	ClassName string
	// MeshHash is the SHA-256 of the mesh's file, or of vertices and faces for a
	// generated mesh.
	MeshHash string
	// Method is the method's name, such as "oir-b", MethodSettings its numbers and
	// the descent's as JSON, Mode "default" or "published".
	Method, MethodSettings, Mode string
	// Seed is that of random starts and of random corners.
	Seed uint64
	// Start counts the starts from 0; StartPoint is [axis].
	Start      int
	StartPoint []float64
	// A and B are the final bounds, [axis], in the units of the axes; B may lie
	// beyond the end of a periodic axis (see region.Bounds).
	A, B []float64
	// Status says why the run ended (region.Status), or SetAside; Detail is a
	// sentence where the status needs one.
	Status, Detail string
	// Iterations counts the steps, Evaluations the values of f asked for.
	Iterations, Evaluations int
	// Fraction is vol(region ∩ domain)/vol(domain), 0…1: the row's term in SRVR.
	// NaN where the bounds are not finite.
	Fraction float64
	// InitialF is f at the start.
	InitialF float64
	// MapMean is the mean of f over the object's map, MapAccuracy the share of
	// the map's points where the class was the network's first answer, both
	// 0…1. NaN where the study has no maps.
	MapMean, MapAccuracy float64
	// Versions of the code that made the numbers, as "region=3 render=… ".
	Versions string
	// RegionsFile and MapFile are paths of .npz files, from the table's folder.
	RegionsFile, MapFile string
	// Error says why an item was set aside.
	Error string
}

// Absent is what stands for a number that there is none of.
var Absent = math.NaN()

// Save writes the table to a file ending in .parquet or .csv, which is whole or
// absent.
func (t *Table) Save(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".parquet":
		return t.saveParquet(path)
	case ".csv":
		return t.saveCSV(path)
	}
	return fmt.Errorf("a table of results cannot be written to %s: its name must end in .parquet or .csv", path)
}

// Open reads a table that Save wrote. A CSV file does not hold the domains of
// the axes nor the study's name: Space has the axes' names only then.
func Open(path string) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table of results: %w", err)
	}
	defer file.Close()
	var t *Table
	switch strings.ToLower(filepath.Ext(path)) {
	case ".parquet":
		t, err = readParquet(file)
	case ".csv":
		t, err = readCSV(file)
	default:
		err = fmt.Errorf("its name must end in .parquet or .csv")
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not hold results of a study: %w", path, err)
	}
	return t, nil
}
