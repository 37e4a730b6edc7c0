package backend

import (
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// Kind describes the kind of device that computes, such as "xla:cpu onednn 0.115
// linux/amd64 avx512". Results are the same to the last bit on the same kind.
func (b *Backend) Kind() string {
	words := []string{"go"}
	switch {
	case b.IsGPU():
		words = []string{"xla:cuda", b.version, b.Compute.DeviceDescription(0)}
	case b.IsXLA():
		words = []string{"xla:" + b.Plugin.Name, b.version}
		if b.oneDNN {
			words = append(words, "onednn")
		}
	}
	words = append(words, runtime.GOOS+"/"+runtime.GOARCH)
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512BF16:
		words = append(words, "avx512-bf16")
	case cpu.X86.HasAVX512F:
		words = append(words, "avx512")
	case cpu.X86.HasAVX2:
		words = append(words, "avx2")
	}
	return strings.Join(words, " ")
}
