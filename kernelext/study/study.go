// Package study runs a study in a notebook and shows its progress in place: items,
// rate, time left, workers, failures.
//
//	table := kernelext.Must(study.Run(ctx, "plan.yaml", sweep.Options{Workers: 2}))
//
// Stop returns the items in work to the queue and ends the cell; running it again
// continues the study, and so does semrob study run in a terminal.
//
// Unlike kernelext, this package links NATS, the renderer and the networks.
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

// Run runs the study of a plan, or continues it, and returns its table. It shows its
// progress under the cell; outside a notebook it writes lines to standard error. With
// the zero Options the study's folder has the name of the plan without .yaml, as in
// semrob study run, and the study has its own server and one worker in this process.
// Watch and Report are called too.
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
			return nil, fmt.Errorf("the plan %s has no file extension: set Options.Folder to the study's folder", planFile)
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

// both calls one function and then the other, unless that is nil.
func both[T queue.Progress | string](one, other func(T)) func(T) {
	if other == nil {
		return one
	}
	return func(v T) { one(v); other(v) }
}
