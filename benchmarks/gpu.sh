#!/bin/sh
# Measures everything about GPUs in docs/speed.md and docs/scale.md, on a machine with
# an NVIDIA GPU and go-xla's CUDA plugin (`semrob doctor` says whether both are there).
# Tables go to the folder in the first argument, by default .build/gpu. It takes about
# an hour; give names of parts to run only these:
#
#	benchmarks/gpu.sh .build/gpu tests views precision cells shared
set -eu
cd "$(dirname "$0")/.."
out=${1:-.build/gpu}
[ $# -gt 0 ] && shift
parts=${*:-tests views precision map cells shared}
mkdir -p "$out"
out=$(cd "$out" && pwd)
export GOMLX_BACKEND="${GOMLX_BACKEND:-xla:cuda}"

go build -o "$out/semrob" ./cmd/semrob
go build -o "$out/views" ./benchmarks/views
go build -o "$out/ours" ./benchmarks/networks/ours
{ nvidia-smi; "$out/semrob" doctor; } >"$out/machine.txt" 2>&1 || true
grep -q 'XLA on the GPU' "$out/machine.txt" || {
	echo "No GPU is used; see $out/machine.txt" >&2
	exit 1
}
views="$out/views -faces 40000 -rounds 5 -views 4096"

for part in $parts; do
	echo "== $part" >&2
	case $part in
	tests) # the whole suite on the GPU: what fails is in tests.txt
		go test ./... >"$out/tests.txt" 2>&1 || true
		grep -E '^(--- FAIL|FAIL|panic)' "$out/tests.txt" >"$out/failed.txt" || true
		;;
	views) # mesh to probability, and gradients; the aims: ResNet50 10,000 bfloat16, 5,000 float32 or TF32, Lite0 15,000
		for network in efficientnet-lite0 resnet50 inception-v3 vit-b-16; do
			for batch in 64 128 256; do
				for flight in 1 3; do
					$views -network $network -batch $batch -in-flight $flight direct
					$views -network $network -batch $batch -in-flight $flight -precision bfloat16 direct
					GOMLX_BACKEND="$GOMLX_BACKEND,tf32=true" $views -network $network -batch $batch -in-flight $flight direct
				done
			done
		done >"$out/views.txt" 2>&1
		$views latency >"$out/latency.txt" 2>&1
		;;
	precision) # first answers that stay, largest change of a probability; float32 against the CPU's: at most 1e-4
		$views precision >"$out/precision.txt" 2>&1
		$views -save "$out/float32.gob" precision
		GOMLX_BACKEND="$GOMLX_BACKEND,tf32=true" $views -save "$out/tf32.gob" precision
		GOMLX_BACKEND=xla:cpu "$out/views" -faces 40000 -views 4096 -save "$out/cpu.gob" precision
		for other in tf32 cpu; do
			$views -against "$out/$other.gob" precision
		done >>"$out/precision.txt" 2>&1
		;;
	map) # a whole map of 4,080 views, twice: compiling, and with kept programs; aim: 2 s after compiling
		for run in first second; do
			echo "$run"
			SEMROB_CACHE=$(mktemp -d) /usr/bin/time -f '%e s, %U s CPU' "$out/semrob" map --mesh teapot --class teapot --out "$out/map.npz"
		done >"$out/map.txt" 2>&1
		$views map >>"$out/map.txt" 2>&1
		;;
	cells) # compiling: programs of an empty folder, then kept ones; cells of a notebook; aim: 3 s
		for network in efficientnet-lite0 resnet50 vit-b-16; do
			for direction in forward gradient; do
				programs=$(mktemp -d)
				for run in compiles loads; do
					echo "$network $direction $run"
					SEMROB_PROGRAMS=$programs "$out/ours" $network $direction </dev/null
				done
			done
		done >"$out/compiling.txt" 2>&1
		go test -count=1 -v -run CellTimes ./kernelext/kernelspec >"$out/cells.txt" 2>&1 || true
		;;
	shared) # workers that share the card: items/s and views/s with 1, 2 and 4
		GOMLX_BACKEND="$GOMLX_BACKEND,memory_fraction=0.2" go run ./benchmarks/study >"$out/shared.txt" 2>&1
		;;
	*)
		echo "$part is not a part: tests, views, precision, map, cells or shared" >&2
		exit 1
		;;
	esac
done
echo "Tables are in $out" >&2
