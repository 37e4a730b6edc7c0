package sweep

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"os"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// nowhere finds no file.
type nowhere struct{}

func (nowhere) Find(context.Context, string, []subject.File) (string, error) {
	return "", subject.ErrNotFound
}

// FuzzComputed computes items of formulas, which anybody with a study's credentials can
// write: each ends, with a result or an error.
func FuzzComputed(f *testing.F) {
	file := filepath.Join(f.TempDir(), "plan.yaml")
	if err := os.WriteFile(file, []byte("networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\nmethods: [naive, oir-w]\nsettings: {iterations: 3}\nmap: [\"azimuth=0:360:90\", \"elevation=0:90:30\"]\nregions-on: map\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	p, err := plan.Load(f.Context(), file)
	if err != nil {
		f.Fatal(err)
	}
	prepared, err := p.Prepare(f.Context(), nil)
	if err != nil {
		f.Fatal(err)
	}
	for item := range prepared.Items() {
		f.Add(item.Data())
		if item.Grow != nil {
			item.Grow.OnMap = nil
			f.Add(item.Data())
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		item, err := plan.ParseItem(data)
		if err == nil {
			err = item.CheckVersion()
		}
		if err != nil || item.Analytic == "" || MostWork(item).Total() > 1e6 {
			return
		}
		e := &Engine{Find: nowhere{}}
		if e.admit(item) != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, _ = e.compute(ctx, nil, item)
	})
}
