package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/hubtest"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
)

func repository(t *testing.T, name string) hub.Repository {
	t.Helper()
	r, err := hub.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFetch(t *testing.T) {
	weights := bytes.Repeat([]byte("weights "), 1000)
	h := hubtest.New(t, map[string][]byte{"a.pth": []byte("other"), "model.safetensors": weights, "config.json": []byte("{}")})
	for _, name := range []string{"hf:owner/name", "hf:owner/name@v2"} {
		r := repository(t, name)
		var reported int64
		r.Progress = func(done, total int64) { reported = done }
		first, others, err := r.Fetch(t.Context(), []string{"model.safetensors", "*.pth"}, "config.json", "labels.json")
		if err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(first); err != nil || !bytes.Equal(data, weights) {
			t.Errorf("%s: %d bytes, error %v", name, len(data), err)
		}
		if data, err := os.ReadFile(others["config.json"]); err != nil || string(data) != "{}" || len(others) != 1 {
			t.Errorf("%s: others %v, error %v", name, others, err)
		}
		if name == "hf:owner/name" && reported == 0 {
			t.Error("no progress was reported")
		}
	}
	if n := len(h.Requests); n != 4 { // two descriptions, two files; the second revision has the same
		t.Errorf("%d requests: %v", n, h.Requests)
	}
	h.Close() // the cache needs no connection
	if first, others, err := repository(t, "hf:owner/name").Fetch(t.Context(), []string{"model.safetensors"}, "config.json"); err != nil || first == "" || len(others) != 1 {
		t.Errorf("from the cache: %s, %v, error %v", first, others, err)
	}
	if _, _, err := repository(t, "hf:owner/name@v3").Fetch(t.Context(), []string{"model.safetensors"}); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("without a connection: error %v", err)
	}
	t.Setenv("HF_HUB_OFFLINE", "1")
	if _, _, err := repository(t, "hf:owner/name@v3").Fetch(t.Context(), []string{"model.safetensors"}); err == nil || !strings.Contains(err.Error(), "HF_HUB_OFFLINE") {
		t.Errorf("offline: error %v", err)
	}
}

// TestResume breaks the connection again and again.
func TestResume(t *testing.T) {
	weights := []byte(strings.Repeat("0123456789", 1000))
	h := hubtest.New(t, map[string][]byte{"model.safetensors": weights})
	h.CutAfter = 4000
	r := repository(t, "hf:owner/name")
	for range 2 {
		if _, _, err := r.Fetch(t.Context(), []string{"model.safetensors"}); err == nil || !strings.Contains(err.Error(), "run again to continue") {
			t.Fatalf("a broken connection: error %v", err)
		}
	}
	first, _, err := r.Fetch(t.Context(), []string{"model.safetensors"})
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(first); err != nil || !bytes.Equal(data, weights) {
		t.Errorf("%d bytes, error %v", len(data), err)
	}
	all := strings.Join(h.Requests, "\n")
	for _, part := range []string{"bytes=4000-", "bytes=8000-"} {
		if !strings.Contains(all, part) {
			t.Errorf("the requests do not continue at %s:\n%s", part, all)
		}
	}
}

func TestRefuses(t *testing.T) {
	h := hubtest.New(t, map[string][]byte{"model.safetensors": []byte("weights")})
	h.Damage = true
	r := repository(t, "hf:owner/name")
	for range 2 { // the download is discarded
		if _, _, err := r.Fetch(t.Context(), []string{"model.safetensors"}); err == nil || !strings.Contains(err.Error(), "its checksum is") {
			t.Errorf("a damaged file: error %v", err)
		}
	}
	if _, _, err := r.Fetch(t.Context(), []string{"*.pth"}); err == nil || !strings.Contains(err.Error(), "none of *.pth") {
		t.Errorf("no weights: error %v", err)
	}
	if _, _, err := repository(t, "hf:owner/other").Fetch(t.Context(), []string{"*"}); err == nil || !strings.Contains(err.Error(), "no such repository") {
		t.Errorf("no repository: error %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.Fetch(cancelled, []string{"model.safetensors"}); err == nil {
		t.Error("a cancelled context: no error")
	}
	for _, name := range []string{"hf:name", "hf:../../etc", "hf:owner/name@../x", "hf:owner/name/more", "owner/name"} {
		if _, err := hub.Parse(name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestFoldersWithPatternLetters has a cache whose folder's name is a pattern.
func TestFoldersWithPatternLetters(t *testing.T) {
	h := hubtest.New(t, map[string][]byte{"model.safetensors": []byte("weights")})
	t.Setenv("HF_HUB_CACHE", filepath.Join(t.TempDir(), "cache [2]*?"))
	r := repository(t, "hf:owner/name")
	if _, _, err := r.Fetch(t.Context(), []string{"*.safetensors"}); err != nil {
		t.Fatal(err)
	}
	h.Close()
	if first, _, err := r.Fetch(t.Context(), []string{"*.safetensors"}); err != nil || !r.Cached([]string{"*.safetensors"}) {
		t.Errorf("from the cache: %s, %v", first, err)
	}
}

// TestHostileAnswers has a hub whose answers describe no repository.
func TestHostileAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"null": "null", "no file": `{"sha": "0123456", "siblings": [null]}`, "files are null": `{"sha": "0123456", "siblings": null}`,
		"negative size": `{"sha": "0123456", "siblings": [{"rfilename": "m.safetensors", "blobId": "0123456", "size": -5}]}`,
		"LFS of -1":     `{"sha": "0123456", "siblings": [{"rfilename": "m.safetensors", "lfs": {"sha256": "0123456", "size": -1}}]}`,
		"no checksum":   `{"sha": "0123456", "siblings": [{"rfilename": "m.safetensors", "size": 5}]}`,
		"path":          `{"sha": "0123456", "siblings": [{"rfilename": "../m.safetensors", "blobId": "0123456", "size": 5}]}`,
		"commit":        `{"sha": "../../x", "siblings": []}`, "a list": "[]", "nothing": "", "text": "<html>",
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, answer) }))
			defer server.Close()
			t.Setenv("HF_ENDPOINT", server.URL)
			t.Setenv("HF_HUB_CACHE", t.TempDir())
			t.Setenv("HF_HUB_OFFLINE", "")
			if first, _, err := repository(t, "hf:owner/name").Fetch(t.Context(), []string{"*.safetensors", "../*.safetensors"}); err == nil {
				t.Errorf("it gave %s", first)
			}
		})
	}
}

// TestSilentHub has hubs that send headers, or a part of a file, and then nothing.
func TestSilentHub(t *testing.T) {
	hub.SetSilence(t, 100*time.Millisecond)
	for name, after := range map[string]int{"the description": 0, "a file": 1} {
		t.Run(name, func(t *testing.T) {
			h := hubtest.New(t, map[string][]byte{"model.safetensors": bytes.Repeat([]byte("w"), 1<<20)})
			requests, done := 0, make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests++; requests <= after {
					h.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Length", fmt.Sprint(1<<20))
				_, _ = w.Write(make([]byte, 1000))
				w.(http.Flusher).Flush()
				<-done
			}))
			defer server.Close()
			defer close(done)
			t.Setenv("HF_ENDPOINT", server.URL)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, _, err := repository(t, "hf:owner/name").Fetch(ctx, []string{"model.safetensors"})
			if err == nil || !strings.Contains(err.Error(), "sends nothing any more") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestSlowHub has a hub that sends a little, again and again: it is waited for.
func TestSlowHub(t *testing.T) {
	hub.SetSilence(t, 2*time.Second)
	weights := bytes.Repeat([]byte("w"), 5)
	h := hubtest.New(t, map[string][]byte{"model.safetensors": weights})
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests == 1 {
			h.ServeHTTP(w, r)
			return
		}
		for _, b := range weights {
			_, _ = w.Write([]byte{b})
			w.(http.Flusher).Flush()
			time.Sleep(500 * time.Millisecond)
		}
	}))
	defer server.Close()
	t.Setenv("HF_ENDPOINT", server.URL)
	if _, _, err := repository(t, "hf:owner/name").Fetch(t.Context(), []string{"model.safetensors"}); err != nil {
		t.Error(err)
	}
}
