package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/kernelext/kernelspec"
	"github.com/semrob/gonb-semrob/semrob/backend"
)

func (a *app) newSetup() *cobra.Command {
	var notebook bool
	o := kernelspec.Options{Log: a.stderr}
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Install the XLA plugin if it is missing, and Jupyter with the GoNB kernel",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plugin, err := a.ensurePlugin(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "XLA plugin: %s\n", plugin.Path)
			if !notebook {
				return nil
			}
			if err := kernelspec.Install(cmd.Context(), o); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, "Notebooks: ready")
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&notebook, "notebook", false, "also set up Jupyter and the GoNB kernel in the clone")
	flags.StringVar(&o.Venv, "venv", "", "the virtual environment (default .venv in the clone)")
	flags.BoolVar(&o.Completion, "completion", false, "also build gopls, for completion in JupyterLab")
	return cmd
}

// ensurePlugin installs the XLA plugin if it is missing.
func (a *app) ensurePlugin(ctx context.Context) (backend.Plugin, error) {
	var options backend.InstallOptions
	if !a.quiet {
		options.Progress = backend.ProgressTo(a.stderr)
	}
	return backend.Ensure(ctx, options)
}

func (a *app) newDoctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Report what is installed, what is missing, and how to fix it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := backend.Diagnose(cmd.Context())
			report = append(report, checkNotebooks(cmd), a.checkCache())
			if _, err := report.WriteTo(a.stdout); err != nil {
				return err
			}
			if !report.OK() {
				return fmt.Errorf("some checks failed: see the lines marked NO")
			}
			return nil
		},
	}
}

// checkNotebooks reports whether notebooks can run. The check is always OK, since
// notebooks are optional.
func checkNotebooks(cmd *cobra.Command) backend.Check {
	if err := kernelspec.Check(cmd.Context(), kernelspec.Options{}); err != nil {
		return backend.Check{Name: "notebooks", OK: true, Detail: err.Error(), Mend: "semrob setup --notebook, in the clone"}
	}
	return backend.Check{Name: "notebooks", OK: true, Detail: "Jupyter and the GoNB kernel are ready in the clone's .venv"}
}

// checkCache reports the folder of results, and whether it is writable.
func (a *app) checkCache() backend.Check {
	check := backend.Check{Name: "results"}
	lab, err := a.lab()
	if err == nil {
		err = lab.Store.Check()
	}
	if err != nil {
		check.Detail, check.Mend = err.Error(), "--cache-dir FOLDER, or set $SEMROB_CACHE"
		return check
	}
	check.OK, check.Detail = true, "stored in "+lab.Store.Dir
	return check
}
