// Package backend finds, installs and opens the engine that computes
// everything in semrob: XLA, through its PJRT plugins.
//
// A plugin is one shared library. [Open] takes the first of
//
//  1. an installed plugin: the folders of $PJRT_PLUGIN_LIBRARY_PATH, then the
//     folders go-xla looks in (~/.local/lib/go-xla, /usr/local/lib/go-xla, the
//     system's library folders); a CUDA plugin is preferred where there is an
//     NVIDIA GPU;
//  2. the CPU plugin of go-xla's official release;
//  3. the same plugin out of a Python wheel, fetched with pip;
//  4. the pure Go backend, some 250 times slower, with a one-line notice.
//
// $GOMLX_BACKEND overrides the choice: "go", "xla:cpu", "xla:cuda",
// "xla:/absolute/path/to/plugin.so". With $GOMLX_NO_AUTO_INSTALL set nothing
// is ever downloaded. What was asked for by name and cannot be opened is an
// error, never a fallback.
//
// Before a plugin is loaded, $XLA_FLAGS is given what suits it, where the plugin
// knows it: on a CPU, oneDNN for convolutions and matrix products; on a GPU, no
// Triton kernels for matrix products, and a folder in the user's cache that
// remembers which kernels are the fastest. float32 is float32 on a GPU too:
// TF32, which is a few times faster and moves logits by almost 1 %, is used with
// $GOMLX_BACKEND="xla:cuda,tf32=true" only. What $XLA_FLAGS says already stays.
//
// The XLA bindings are go-xla (github.com/gomlx/go-xla), the successor of
// gopjrt by the same author. go-xla can install its plugin by itself; this
// package switches that off, because it asks the network even when a plugin is
// there, cannot be cancelled, and writes to standard output.
package backend
