package plan

import (
	"os"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// TestPlansPageNamesEveryKey finds keys that docs/plans.md lacks.
func TestPlansPageNamesEveryKey(t *testing.T) {
	page, err := os.ReadFile("../../../docs/plans.md")
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{reader: &reader{}, plan: &Plan{}}
	var keys []string
	for key := range l.common.fields(l) {
		keys = append(keys, key)
	}
	for key := range l.common.promises(l) {
		keys = append(keys, key)
	}
	keys = append(keys, guarantee.Method)
	for _, o := range subject.Options {
		keys = append(keys, o.Key())
	}
	for _, m := range region.Methods() {
		keys = append(keys, m.Name())
	}
	for _, n := range region.Table.Numbers() {
		keys = append(keys, n.Name)
	}
	if len(keys) < 20 {
		t.Fatalf("only %d keys: %v", len(keys), keys)
	}
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			if !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("docs/plans.md does not name %s", key)
			}
		})
	}
}
