package main

import (
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

func TestDescribe(t *testing.T) {
	foreign := queue.Worker{OtherVersion: true}
	for name, c := range map[string]struct {
		at   queue.Progress
		want string
	}{
		"all well":                     {queue.Progress{Done: 3, Total: 4, InWork: 1, Workers: []queue.Worker{{}}}, "s: 3 of 4 items (75 %), 1 workers, 1 in work"},
		"a worker of another version":  {queue.Progress{Total: 4, Workers: []queue.Worker{foreign}}, "1 worker of another version is connected and gets no work"},
		"workers of another version":   {queue.Progress{Total: 4, Workers: []queue.Worker{foreign, {}, foreign}}, "2 workers of another version are connected and get no work"},
		"a worker that refuses":        {queue.Progress{Total: 4, Workers: []queue.Worker{{Refuses: true}}}, ". 1 worker gives items back: its command line does not allow their networks (--allow)"},
		"failures and items set aside": {queue.Progress{SetAside: 1, Total: 4, Workers: []queue.Worker{{Failed: 3}}}, "3 failures, 1 set aside"},
		"no server":                    {queue.Progress{Total: 4, Trouble: "The server does not respond."}, ". The server does not respond."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := describe("s", c.at, progress.State{Left: -1}); !strings.Contains(got, c.want) {
				t.Errorf("%q lacks %q", got, c.want)
			}
		})
	}
}
