package hub_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/semrob/gonb-semrob/semrob/network/hub"
)

// A local server stands in for the hub, with one repository of one file.
func ExampleRepository_Fetch() {
	const commit, weights = "0123456789abcdef0123456789abcdef01234567", "the weights"
	mux := http.NewServeMux()
	mux.HandleFunc("/api/models/owner/name/revision/main", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"sha": %q, "siblings": [{"rfilename": "model.safetensors", "lfs": {"sha256": "%x", "size": %d}}]}`,
			commit, sha256.Sum256([]byte(weights)), len(weights))
	})
	mux.HandleFunc("/owner/name/resolve/"+commit+"/model.safetensors", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, weights)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	cache, err := os.MkdirTemp("", "hub")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(cache)
	for name, value := range map[string]string{"HF_ENDPOINT": server.URL, "HF_HUB_CACHE": cache, "HF_HUB_OFFLINE": ""} {
		old, set := os.LookupEnv(name)
		os.Setenv(name, value)
		defer func() {
			if os.Unsetenv(name); set {
				os.Setenv(name, old)
			}
		}()
	}

	r, err := hub.Parse("hf:owner/name")
	if err != nil {
		fmt.Println(err)
		return
	}
	file, _, err := r.Fetch(context.Background(), []string{"model.safetensors", "*.pth"})
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := os.ReadFile(file)
	fmt.Println(string(data), err)
	fmt.Println("in the cache:", r.Cached([]string{"*.safetensors"}))
	// Output:
	// the weights <nil>
	// in the cache: true
}
