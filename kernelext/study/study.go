// Package study runs a study in a notebook and shows how far it is, in place:
// items, rate, time left, workers, failures.
//
//	table := kernelext.Must(study.Run(ctx, "plan.yaml", sweep.Options{Workers: 2}))
//
// Stop gives the items in work back to the queue and ends the cell; running it
// again continues, and so does semrob study run in a terminal.
//
// Against kernelext itself, this package links NATS, renderer and networks.
package study

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// Run runs the study of a plan, or continues it, and returns its table. It
// shows its progress under the cell; outside a notebook it writes lines to
// standard error. The zero Options run it in the folder that has the plan's
// name without .yaml, as semrob study run does, with one worker in this process
// where the server is its own. Watch and Report are called as well.
func Run(ctx context.Context, planFile string, o sweep.Options) (*results.Table, error) {
	loaded, err := plan.Load(ctx, planFile)
	if err != nil {
		return nil, err
	}
	prepared, err := loaded.Prepare(ctx, kernelext.NewProgress())
	if err != nil {
		return nil, err
	}
	if o.Folder == "" {
		if o.Folder = strings.TrimSuffix(planFile, filepath.Ext(planFile)); o.Folder == planFile {
			return nil, fmt.Errorf("the plan's file %s has no ending: name the study's folder in Options.Folder", planFile)
		}
	}
	if o.Workers == 0 && o.Started == nil && o.Server.URL == "" {
		o.Workers = 1
	}
	view := NewView(prepared.Study)
	defer view.Close()
	o.Watch, o.Report = both(view.Watch, o.Watch), both(view.Report, o.Report)
	return sweep.Run(ctx, prepared, o)
}

// both calls one function and, where there is one, the other.
func both[T queue.Progress | string](one, other func(T)) func(T) {
	if other == nil {
		return one
	}
	return func(v T) { one(v); other(v) }
}
