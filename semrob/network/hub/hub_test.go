package hub_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/hub"
	"github.com/semrob/gonb-semrob/semrob/network/internal/hubtest"
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
