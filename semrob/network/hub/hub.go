// Package hub downloads files from a model hub's repositories. It shares the
// cache of Python's huggingface_hub: either finds the other's files without a
// connection.
package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/gomlx/go-huggingface/hub"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/glob"
)

// Prefix starts the name of a repository, as in "hf:timm/resnet18.tv_in1k".
const Prefix = "hf:"

// Repository is one revision of a repository.
type Repository struct {
	// ID is owner/name.
	ID string
	// Revision is a branch, a tag or a commit; "" means main.
	Revision string
	// Progress, if set, receives the downloaded bytes of a file.
	Progress func(done, total int64)
}

var validName = regexp.MustCompile(`^hf:([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@([\w./-]+))?$`)

// Parse reads "hf:owner/name" or "hf:owner/name@revision".
func Parse(name string) (Repository, error) {
	parts := validName.FindStringSubmatch(name)
	if parts == nil || strings.Contains(name, "..") {
		return Repository{}, fmt.Errorf("%q is not a repository: write hf:owner/name or hf:owner/name@revision", name)
	}
	return Repository{ID: parts[1], Revision: parts[2]}, nil
}

func (r Repository) revision() string { return cmp.Or(r.Revision, "main") }

// String returns the name that Parse reads.
func (r Repository) String() string { return Prefix + r.ID + "@" + r.revision() }

// cacheDir is the cache of huggingface_hub: $HF_HUB_CACHE, hub in $HF_HOME, or in
// the user's cache folder.
func cacheDir() string {
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir
	}
	if dir := os.Getenv("HF_HOME"); dir != "" {
		return filepath.Join(dir, "hub")
	}
	return hub.DefaultCacheDir()
}

func (r Repository) folder() string {
	return filepath.Join(cacheDir(), string(hub.RepoTypeModel)+hub.RepoIdSeparator+strings.ReplaceAll(r.ID, "/", hub.RepoIdSeparator))
}

// cached returns the commit of the revision when it was last fetched, "" if it
// was not.
func (r Repository) cached() string {
	if commit, err := os.ReadFile(filepath.Join(r.folder(), "refs", filepath.FromSlash(r.revision()))); err == nil {
		return strings.TrimSpace(string(commit))
	}
	if _, err := os.Stat(filepath.Join(r.folder(), "snapshots", r.revision())); err == nil {
		return r.revision() // a commit
	}
	return ""
}

// Fetch returns the first of the wanted files that the repository has, and those
// of the also files that it has, by name. A revision in the cache is used without
// asking the hub for changes. wanted are patterns of path.Match.
func (r Repository) Fetch(ctx context.Context, wanted []string, also ...string) (first string, others map[string]string, err error) {
	if commit := r.cached(); commit != "" {
		if first, others := r.inSnapshot(commit, wanted, also); first != "" {
			return first, others, nil
		}
	}
	if os.Getenv("HF_HUB_OFFLINE") == "1" {
		return "", nil, fmt.Errorf("%s is not in the cache %s, and HF_HUB_OFFLINE forbids downloads", r, cacheDir())
	}
	first, others, err = r.download(ctx, wanted, also)
	if err != nil {
		return "", nil, fmt.Errorf("fetching %s: %w", r, err)
	}
	return first, others, nil
}

// Cached reports whether one of the wanted files is in the cache, so that Fetch
// needs no connection. wanted are patterns of path.Match.
func (r Repository) Cached(wanted []string) bool {
	commit := r.cached()
	if commit == "" {
		return false
	}
	first, _ := r.inSnapshot(commit, wanted, nil)
	return first != ""
}

// inSnapshot finds the files in the cache.
func (r Repository) inSnapshot(commit string, wanted, also []string) (first string, others map[string]string) {
	root := filepath.Join(r.folder(), "snapshots", commit)
	others = map[string]string{}
	for _, pattern := range wanted {
		found, err := glob.In(root, filepath.FromSlash(pattern))
		if err == nil && len(found) > 0 && readable(found[0]) {
			first = found[0]
			break
		}
	}
	for _, name := range also {
		if file := filepath.Join(root, filepath.FromSlash(name)); readable(file) {
			others[name] = file
		}
	}
	return first, others
}

// readable follows links, whose targets may have been removed.
func readable(file string) bool {
	about, err := os.Stat(file)
	return err == nil && about.Mode().IsRegular()
}

// maxInfo is the size limit of a repository's description, in bytes.
const maxInfo = 32 << 20

func (r Repository) download(ctx context.Context, wanted, also []string) (first string, others map[string]string, err error) {
	info, err := r.info(ctx)
	if err != nil {
		return "", nil, err
	}
	chosen := choose(info, wanted)
	if chosen == nil {
		return "", nil, fmt.Errorf("it has none of %s: name a repository with such a file", strings.Join(wanted, ", "))
	}
	others = map[string]string{}
	for _, file := range info.Files {
		for _, name := range also {
			if file.Name != name {
				continue
			}
			if others[name], err = r.file(ctx, info.Commit, file); err != nil {
				return "", nil, err
			}
		}
	}
	if first, err = r.file(ctx, info.Commit, chosen); err != nil {
		return "", nil, err
	}
	return first, others, writeText(filepath.Join(r.folder(), "refs", filepath.FromSlash(r.revision())), info.Commit)
}

// choose returns the repository's file that matches the first of the patterns.
func choose(info *description, wanted []string) *fileInfo {
	for _, pattern := range wanted {
		for _, file := range info.Files {
			if ok, err := path.Match(pattern, file.Name); err == nil && ok && filepath.IsLocal(file.Name) {
				return file
			}
		}
	}
	return nil
}

// description is the hub's answer about a repository. Parts may be missing or null.
type description struct {
	Commit string      `json:"sha"`
	Files  []*fileInfo `json:"siblings"`
}

// fileInfo describes a file of a repository.
type fileInfo struct {
	Name string `json:"rfilename"`
	// BlobID is git's SHA-1 of the file with its size.
	BlobID string `json:"blobId"`
	Size   int64  `json:"size"`
	// LFS describes the content of a large file; nil for others.
	LFS *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"`
}

var validCommit = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// info asks the hub for the repository's commit and files.
func (r Repository) info(ctx context.Context) (*description, error) {
	response, err := r.get(ctx, fmt.Sprintf("%s/api/models/%s/revision/%s?blobs=true", endpoint(), r.ID, url.PathEscape(r.revision())), 0)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxInfo))
	if err != nil {
		return nil, err
	}
	return parseDescription(text)
}

func parseDescription(text []byte) (*description, error) {
	info := &description{}
	if err := json.Unmarshal(text, info); err != nil {
		return nil, fmt.Errorf("the hub's answer does not describe a repository: %w", err)
	}
	for _, file := range info.Files {
		if file == nil || file.Name == "" || sizeOf(file) < 0 {
			return nil, errors.New("the hub's answer does not describe a repository: its list of files has one without a name, or of negative size")
		}
	}
	if !validCommit.MatchString(info.Commit) {
		return nil, fmt.Errorf("the hub returned %q, which is not a commit", info.Commit)
	}
	return info, nil
}

// endpoint is the hub's address: $HF_ENDPOINT, or the public hub.
func endpoint() string {
	return strings.TrimSuffix(cmp.Or(os.Getenv("HF_ENDPOINT"), "https://huggingface.co"), "/")
}

// silence is how long a hub may send nothing while it answers; tests shorten it.
var silence = 30 * time.Second

// client gives up on hubs that do not answer; downloads themselves may take long.
var client = &http.Client{Transport: &http.Transport{
	Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
}}

// get requests an address, starting at a byte. The token in $HF_TOKEN goes only
// to the hub: net/http drops it when redirected to another host.
func (r Repository) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	if token := os.Getenv("HF_TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := client.Do(request)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("the hub does not answer: %w", err)
	}
	response.Body = watch(response.Body, ctx, cancel)
	switch code := response.StatusCode; {
	case code == http.StatusOK, code == http.StatusPartialContent && from > 0:
		return response, nil
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		err = errors.New("the hub refused access: the repository may not exist, or needs a token in $HF_TOKEN")
	case code == http.StatusNotFound:
		err = errors.New("the hub has no such repository, revision or file")
	default:
		err = fmt.Errorf("the hub answers %s", response.Status)
	}
	return nil, errors.Join(err, response.Body.Close())
}

// errSilent is the error for a hub that stops sending.
var errSilent = errors.New("the hub sends nothing any more")

// watched is the body of an answer that is given up after silence.
type watched struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func watch(body io.ReadCloser, ctx context.Context, cancel context.CancelCauseFunc) io.ReadCloser {
	return &watched{body, ctx, cancel, time.AfterFunc(silence, func() { cancel(errSilent) })}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.timer.Reset(silence)
	}
	if err != nil && errors.Is(context.Cause(w.ctx), errSilent) {
		err = fmt.Errorf("%w: %s without a byte", errSilent, silence)
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	defer w.cancel(nil)
	return w.ReadCloser.Close()
}

func writeText(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(file, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}
