package subject

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// Description is a subject on a space, with everything that decides f pinned by
// content. On one kind of device, equal Keys mean equal f.
//
// Subject is normalised: names are resolved, and values without effect on the space
// are left out.
type Description struct {
	Subject
	// MeshHash is the hash of the visible part of the mesh. It is "" in items of
	// studies, which pin MeshFiles instead.
	MeshHash string `json:"mesh_hash,omitempty"`
	// MeshFiles are the mesh's file, first, and the files that it names; nil for a
	// generated mesh. MeshRoot is relative to the same folder as their paths.
	MeshFiles []File `json:"mesh_files,omitempty"`
	// Fingerprint identifies the network's architecture and weights.
	Fingerprint string `json:"network_fingerprint"`
	// Weights, LabelsFile and BackgroundFile are the files named by Network,
	// Open.Labels and Background; nil if there are none.
	Weights        *File `json:"network_file,omitempty"`
	LabelsFile     *File `json:"labels_file,omitempty"`
	BackgroundFile *File `json:"background_file,omitempty"`
	// Class and Label are the class's index and label. For a set of classes, Classes are
	// their indices, ascending, Class is the first of them, and Label is the set's name.
	Class   int    `json:"class"`
	Classes []int  `json:"classes,omitempty"`
	Label   string `json:"label"`
	// Size is the height and width of the network's images, in pixels.
	Size int `json:"size"`
	// User are the user-defined parameters.
	User []UserParameter `json:"user_parameters,omitempty"`
	// Gradients is the gradient used by white-box methods; nil for the derivative at
	// the point.
	Gradients *rendered.Smoothing `json:"gradients,omitempty"`
	Space     objective.Space     `json:"space"`
	Versions  Versions            `json:"versions"`
}

// Versions are those of the code that computes f. They grow when its values change.
type Versions struct {
	Render  string `json:"render"`
	Network int    `json:"network"`
}

// CurrentVersions returns the versions of this program.
func CurrentVersions() Versions { return Versions{Render: render.Version, Network: network.Version} }

// String returns the versions on one line.
func (v Versions) String() string { return fmt.Sprintf("render=%s network=%d", v.Render, v.Network) }

// ErrVersion is wrapped by errors about a description of another version, for which
// this program would compute other values.
var ErrVersion = errors.New("made by another version")

// ErrUserParameter is wrapped by errors about a description with user-defined
// parameters, whose functions are not part of it.
var ErrUserParameter = errors.New("is a function of another program: compute it with that program")

// Check returns an error for a description of another version (ErrVersion), or with
// parts that this program cannot compute (ErrUserParameter).
func (d *Description) Check() error {
	if own := CurrentVersions(); d.Versions != own {
		return fmt.Errorf("%w: %s, not %s", ErrVersion, d.Versions, own)
	}
	if len(d.User) > 0 && len(d.Parameters) == 0 {
		return fmt.Errorf("the user-defined parameter %s %w", d.User[0].Name, ErrUserParameter)
	}
	return d.Space.Check()
}

// Key returns the part of the description that decides f, as JSON. Files are
// identified by content, not by path.
func (d Description) Key() string {
	if d.MeshHash != "" {
		d.Mesh, d.MeshFiles, d.MeshRoot = filepath.Base(d.Mesh), nil, ""
	}
	d.Network, d.Weights = d.networkName(), nil
	content := func(f *File, path *string) *File {
		*path = ""
		if f == nil {
			return nil
		}
		return &File{Hash: f.Hash}
	}
	if d.Classes != nil {
		d.Label = "" // the same set may have several names
	}
	d.LabelsFile = content(d.LabelsFile, &d.Open.Labels)
	d.BackgroundFile = content(d.BackgroundFile, &d.Background)
	return d.json()
}

// networkName returns the network's name, without the folder of a file.
func (d *Description) networkName() string {
	before, path, after, ok := network.SplitFile(d.Network)
	if d.Weights == nil || !ok {
		return d.Network
	}
	return before + filepath.Base(path) + after
}

// json returns the description as JSON: equal descriptions are equal bytes.
func (d Description) json() string {
	text, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("a description as JSON: %v", err)) // names and finite numbers
	}
	return string(text)
}

// On returns the description of a subject without user-defined parameters on a
// space.
func (d Description) On(space objective.Space) (Description, error) { return d.on(space, nil) }

// WithoutGradients returns the description for methods that use no gradient, whose
// results do not depend on its choice.
func (d Description) WithoutGradients() Description {
	d.Gradients = nil
	return d
}

// on returns the description on a space. Axes lose their values in Set. It is an
// error if an axis is unknown or has no effect.
func (d Description) on(space objective.Space, user []rendered.UserParameter) (Description, error) {
	if err := space.Check(); err != nil {
		return d, err
	}
	set := map[string]float64{}
	defaults := render.DefaultScene()
	for name, value := range d.Set {
		if userNamed(user, name) != nil || space.Index(name) >= 0 {
			continue
		}
		standard, err := defaults.Get(name)
		if err != nil {
			return d, err
		}
		if value != standard {
			set[name] = value
		}
	}
	for _, axis := range space {
		if userNamed(user, axis.Name) != nil {
			continue
		}
		if _, err := defaults.Get(axis.Name); err != nil {
			return d, err
		}
		if d.Background != "" && strings.HasPrefix(axis.Name, "background-") {
			return d, fmt.Errorf("%s cannot be an axis in front of a background image: leave out one of them", axis.Name)
		}
	}
	if len(set) == 0 {
		set = nil
	}
	d.Set, d.Space, d.User = set, space, describeUser(user, space)
	d.Gradients = d.Subject.Gradients.On(space)
	return d, nil
}

// networkKey and objectKey identify networks and renderers in a Pool.
func (d *Description) networkKey() string {
	open := d.Open
	open.Labels, open.Progress = "", nil
	labels := ""
	if d.LabelsFile != nil {
		labels = d.LabelsFile.Hash
	}
	return fmt.Sprintf("%s %d %+v %s %s %s", d.Fingerprint, d.Size, open, labels, d.Preprocess, d.Precision)
}

func (d *Description) objectKey(options render.Options) string {
	return fmt.Sprintf("%s %+v", d.MeshContent(), options)
}

// MeshContent returns MeshHash or, without it, a hash of MeshFiles.
func (d *Description) MeshContent() string {
	if d.MeshHash != "" {
		return d.MeshHash
	}
	all := sha256.New()
	for _, f := range d.MeshFiles {
		fmt.Fprintln(all, f.Hash)
	}
	return hex.EncodeToString(all.Sum(nil))
}

// Ask returns the subject of the description, except for user-defined parameters.
// Paths are those of the description.
func (d *Description) Ask() Subject {
	s := d.Subject
	s.Class = strconv.Itoa(d.Class)
	if d.Classes != nil {
		s.Class = strings.Trim(strings.ReplaceAll(fmt.Sprint(d.Classes), " ", ","), "[]")
	}
	if d.Gradients != nil {
		s.Gradients = *d.Gradients
	}
	return s
}
