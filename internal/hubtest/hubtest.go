// Package hubtest imitates a model hub for tests.
package hubtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Commit is the hub's only commit.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// Hub is a server with one repository, or several.
type Hub struct {
	*httptest.Server

	mu sync.Mutex
	// ID of the repository; "" means owner/name.
	ID string
	// Files of the repository by name.
	Files map[string][]byte
	// More are the files of further repositories, by ID.
	More map[string]map[string][]byte
	// CutAfter, if positive, breaks each download after this number of bytes.
	CutAfter int
	// Damage changes the first byte of every download.
	Damage bool
	// Requests are the requested paths, with the Range of a download.
	Requests []string
}

// New starts a hub, and sets up the test's environment to use it and an empty
// cache.
func New(t testing.TB, files map[string][]byte) *Hub {
	t.Helper()
	h := &Hub{Files: files}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	t.Setenv("HF_ENDPOINT", h.URL)
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	t.Setenv("HF_HUB_OFFLINE", "")
	t.Setenv("HF_TOKEN", "")
	return h
}

// ServeHTTP answers like the hub.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Requests = append(h.Requests, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	repositories := maps.Clone(h.More)
	if repositories == nil {
		repositories = map[string]map[string][]byte{}
	}
	if h.Files != nil {
		repositories[cmp.Or(h.ID, "owner/name")] = h.Files
	}
	for id, files := range repositories {
		name, isFile := strings.CutPrefix(r.URL.Path, "/"+id+"/resolve/"+Commit+"/")
		switch {
		case r.URL.Path == "/api/models/"+id+"/revision/main", r.URL.Path == "/api/models/"+id+"/revision/v2":
			describe(w, id, files)
			return
		case isFile && files[name] != nil:
			h.send(w, r, files[name])
			return
		}
	}
	http.NotFound(w, r)
}

func describe(w http.ResponseWriter, id string, files map[string][]byte) {
	type lfs struct {
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}
	type sibling struct {
		Name   string `json:"rfilename"`
		BlobID string `json:"blobId"`
		Size   int    `json:"size"`
		LFS    lfs    `json:"lfs"`
	}
	var siblings []sibling
	for name, data := range files {
		sum := sha256.Sum256(data)
		siblings = append(siblings, sibling{name, Commit, len(data), lfs{hex.EncodeToString(sum[:]), len(data)}})
	}
	json.NewEncoder(w).Encode(map[string]any{"id": id, "sha": Commit, "siblings": siblings})
}

func (h *Hub) send(w http.ResponseWriter, r *http.Request, data []byte) {
	from := 0
	if asked := r.Header.Get("Range"); asked != "" {
		fmt.Sscanf(asked, "bytes=%d-", &from)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)-from))
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	rest := data[from:]
	if h.CutAfter > 0 && len(rest) > h.CutAfter {
		rest = rest[:h.CutAfter]
	}
	if h.Damage && from == 0 {
		rest = append([]byte{^rest[0]}, rest[1:]...)
	}
	w.Write(rest)
}
