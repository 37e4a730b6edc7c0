package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/kernelext/kernelspec"
	"github.com/semrob/gonb-semrob/semrob/backend"
)

// kernelFlags select a kernel.
type kernelFlags struct {
	kernelspec.Options
	prefix string
}

func (f *kernelFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Name, "name", kernelspec.KernelName, "the name of the kernel")
	flags.StringVar(&f.prefix, "prefix", "", "the Python environment of the Jupyter (default: every Jupyter of this user)")
	flags.StringVar(&f.Repository, "clone", "", "the clone of semrob that cells import (default: around the current folder)")
}

// read returns the options with the folder of kernels.
func (f *kernelFlags) read() (kernelspec.Options, error) {
	o := f.Options
	var err error
	if f.prefix != "" {
		o.Kernels = filepath.Join(f.prefix, "share", "jupyter", "kernels")
	} else {
		o.Kernels, err = kernelspec.UserKernels()
	}
	return o, err
}

func (a *app) newKernelInstall() *cobra.Command {
	var f kernelFlags
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Build GoNB if it is missing, and register it, so that notebooks can import semrob",
		Long: "install builds a pinned version of GoNB in the clone, and registers it as a Jupyter kernel whose\n" +
			"cells import semrob from that clone and find the XLA plugin. In any notebook this is enough:\n\n" +
			"  import \"github.com/semrob/gonb-semrob/kernelext\"\n" +
			"  import \"github.com/semrob/gonb-semrob/semrob\"\n\n" +
			"The clone must not be moved. semrob setup --notebook installs a separate Jupyter in it instead.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.read()
			if err != nil {
				return err
			}
			o.Log = a.stderr
			plugin, err := a.ensurePlugin(cmd.Context())
			if err != nil {
				return err
			}
			// Jupyter may be started with another home folder or environment.
			o.Env = map[string]string{"PJRT_PLUGIN_LIBRARY_PATH": filepath.Dir(plugin.Path)}
			folder, err := kernelspec.InstallKernel(cmd.Context(), o)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "The kernel %s is ready: %s\n", o.Name, folder)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.Force, "force", false, "replace a kernel of this name that semrob did not register")
	cmd.Flags().BoolVar(&f.Completion, "completion", false, "also build gopls, for completion in JupyterLab")
	return cmd
}

func (a *app) newKernelCheck() *cobra.Command {
	var f kernelFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Run cells in the registered kernel and report failures",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.read()
			if err != nil {
				return err
			}
			steps, err := kernelspec.CheckCells(cmd.Context(), o)
			var report backend.Report
			for _, s := range steps {
				detail := s.Text
				if s.OK {
					first, _, _ := strings.Cut(s.Text, "\n")
					detail = strings.TrimSpace(fmt.Sprintf("%.1f s  %s", s.Took.Seconds(), first))
				}
				report = append(report, backend.Check{Name: s.Name, OK: s.OK, Detail: detail, Mend: s.Mend})
			}
			if _, err := report.WriteTo(a.stdout); err != nil {
				return err
			}
			if err != nil {
				return err
			}
			if !report.OK() {
				return fmt.Errorf("the kernel %s does not work: see the line marked NO", o.Name)
			}
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.Python, "python", "", "a Python with Jupyter (default: the clone's .venv, else $PYTHON or python3)")
	return cmd
}
