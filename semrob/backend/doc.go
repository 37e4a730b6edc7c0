// Package backend finds, installs and opens XLA, the compute engine of semrob,
// through its PJRT plugins.
//
// A plugin is a shared library. [Open] uses the first of
//
//  1. an installed plugin, found in $PJRT_PLUGIN_LIBRARY_PATH, then in go-xla's
//     default folders (~/.local/lib/go-xla, /usr/local/lib/go-xla, the system's
//     library folders); a CUDA plugin comes first if there is an NVIDIA GPU;
//  2. the CPU plugin of go-xla's official release;
//  3. the same plugin from a Python wheel, fetched with pip;
//  4. the pure Go backend, some 250 times slower, with a one-line notice.
//
// $GOMLX_BACKEND overrides the choice: "go", "xla:cpu", "xla:cuda",
// "xla:/absolute/path/to/plugin.so". If $GOMLX_NO_AUTO_INSTALL is set, nothing
// is downloaded. A backend requested by name that cannot be opened is an error,
// never a fallback. A broken plugin is a [*PluginError].
//
// Before loading a plugin, this package adds flags that the plugin supports to
// $XLA_FLAGS: on a CPU, oneDNN for convolutions and matrix products; on a GPU, no
// Triton kernels for matrix products, and a folder in the user's cache for the
// results of autotuning. Flags already in $XLA_FLAGS stay. float32 is exact on a
// GPU too: TF32, a few times faster but with logits off by almost 1 %, is used
// only with $GOMLX_BACKEND="xla:cuda,tf32=true".
//
// Compiled programs are kept on disk ([Backend.Programs]), so that the next process
// loads what an earlier one compiled: a cell of a notebook, a command, a worker. On
// x86 this leaves out programs with oneDNN's operations, such as a network on the CPU,
// because XLA cannot serialise those. They compile in each process.
//
// The XLA bindings are go-xla (github.com/gomlx/go-xla), the successor of gopjrt
// by the same author. Its automatic installation is disabled here: it uses the
// network even if a plugin is installed, cannot be cancelled, and writes to
// standard output.
package backend
