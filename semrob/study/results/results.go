// Package results reads and writes the results of a study: a table with a row for
// each network, object, seed, method and start. Its Parquet and CSV files can be read
// with pandas and DuckDB. Regions and maps are .npz files in the same folder. In CSV
// files, text that begins like a formula (=, +, -, @) has a leading apostrophe.
//
//	table, err := results.Open("studies/lite/results.parquet")
//	for _, row := range table.Rows { … }
//
// The package links neither the queue nor networks, so that notebook cells that show a
// finished study are small.
package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Version is the version of the columns.
const Version = 1

// ErrFormat reports a file that is not a readable table of results.
var ErrFormat = errors.New("not a table of results, or damaged")

// VersionError reports a table that was written by another version.
type VersionError struct{ Version int }

// Error names both versions.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the table has version %d, this program reads version %d: run the study again", e.Version, Version)
}

// SetAside is the Status of the rows of an item that failed at every attempt;
// Row.Error is the reason. The other statuses are those of package region.
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
	// Items are the items of the study that the rows are of, as JSON: everything that
	// decided them. Parquet files have them; CSV files do not.
	Items []json.RawMessage
	// Devices are the kinds of devices that computed them, sorted; formulas and maps
	// have none. Parquet files have them.
	Devices []string
}

// Row is the result of a network, an object, a method and a start. Missing numbers are
// NaN, and empty (null) in files.
type Row struct {
	// Network is the network's name, Weights the fingerprint of architecture and
	// weights (network.Network.Fingerprint), Preprocess the preprocessing, such as
	// "standard" or "raw".
	Network, Weights, Preprocess string
	// Object identifies the object within the study; Group is the folder or name of
	// its class in the plan, for tables by class.
	Object, Group string
	// Class is the index of the object's true class, ClassName its label.
	Class     int
	ClassName string
	// MeshHash is the SHA-256 of the mesh's file, or of vertices and faces if the mesh
	// is generated.
	MeshHash string
	// Method is the method's name, such as "oir-b", MethodSettings the numbers of
	// method and descent as JSON, Mode "default" or "published"; "" for guaranteed
	// regions.
	Method, MethodSettings, Mode string
	// Seed is the seed of random starts and random corners.
	Seed uint64
	// Start counts the starts from 0; StartPoint is [axis].
	Start      int
	StartPoint []float64
	// A and B are the final bounds, [axis], in the units of the axes; B may lie beyond
	// the end of a periodic axis (see region.Bounds).
	A, B []float64
	// Status is the reason why the run ended (region.Status or guarantee.Status), or
	// SetAside; Detail explains it if necessary.
	Status, Detail string
	// Iterations is the number of steps, Evaluations that of evaluations of f.
	Iterations, Evaluations int
	// Fraction is vol(region ∩ domain)/vol(domain), 0…1, the row's term in SRVR; NaN if
	// the bounds are not finite. For guaranteed regions it is the row's term in
	// guaranteed SRVR: 0 unless Status says that the region is proved.
	Fraction float64
	// InitialF is f at the start.
	InitialF float64
	// MapMean is the mean of f over the object's map, MapAccuracy the top-1 share of
	// the map's points, both 0…1; NaN if the study has no maps.
	MapMean, MapAccuracy float64
	// Versions are the versions of the packages that computed the numbers, such as
	// "region=3 render=… ".
	Versions string
	// RegionsFile and MapFile are paths of .npz files relative to the table's folder.
	RegionsFile, MapFile string
	// Error is the reason why an item was set aside.
	Error string
}

// Absent marks a missing number.
var Absent = math.NaN()

// endings are the file extensions of tables.
var endings = []string{".parquet", ".csv"}

// ending returns the extension of a table's file name, or an error if it is unknown.
func ending(path string) (string, error) {
	e := strings.ToLower(filepath.Ext(path))
	if !slices.Contains(endings, e) {
		return "", fmt.Errorf("table of results %s: %w", path, &enum.UnknownError{What: "file extension", Name: e, Known: endings})
	}
	return e, nil
}

// Save writes the table to a .parquet or .csv file, completely or not at all.
func (t *Table) Save(path string) error {
	ending, err := ending(path)
	if err != nil {
		return err
	}
	write := t.writeParquet
	if ending == ".csv" {
		write = t.writeCSV
	}
	return atomicfile.Write(path, write)
}

// Open reads a table written by Save. A CSV file lacks the domains of the axes and the
// study's name: Space then has names only. Errors are ErrFormat or a *VersionError,
// or those of opening the file.
func Open(path string) (*Table, error) {
	ending, err := ending(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table of results: %w", err)
	}
	defer file.Close()
	read := readParquet
	if ending == ".csv" {
		read = func(file *os.File) (*Table, error) { return readCSV(file) }
	}
	t, err := read(file)
	var version *VersionError
	if err != nil && !errors.As(err, &version) {
		err = fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}
