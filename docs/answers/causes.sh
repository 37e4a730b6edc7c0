#!/bin/sh
# Makes the figures and tables of docs/answers/causes.md: failure slices, sensitivities
# and distributions of bad views of four objects for EfficientNet-Lite0.
#
#     docs/answers/causes.sh OUT MESHES [FLAGS]
#
# MESHES is a folder with toilet_ae9e1ff1.obj, chair_341fcdd8.obj and piano_e83cec.obj;
# the teapot is built in. FLAGS go to every command, such as --quiet. About 40,000 views,
# 22 minutes of CPU time. Run again, it takes stored results.
set -eu
out=$1
meshes=$2
shift 2
mkdir -p "$out"
go build -o "$out/semrob" ./cmd/semrob

slices() { # name mesh class
	name=$1 mesh=$2 class=$3
	shift 3
	"$out/semrob" slices --mesh "$mesh" --class "$class" --axis azimuth --axis elevation --axis distance=2:4 \
		--points 1200 --fresh 100 --views 5 \
		--out "$out/$name-slices.json" --figure "$out/$name-slices.png" --table "$out/$name-slices.md" "$@" >"$out/$name-slices.txt"
}
sensitivity() { # name mesh class
	name=$1 mesh=$2 class=$3
	shift 3
	"$out/semrob" sensitivity --mesh "$mesh" --class "$class" --axis azimuth --axis elevation --axis distance=2:4 \
		--axis roll=-30:30 --axis light-x --axis light-y --axis light-z --group light --points 1024 \
		--out "$out/$name-sensitivity.json" --figure "$out/$name-sensitivity.png" \
		--table "$out/$name-sensitivity.md" "$@" >"$out/$name-sensitivity.txt"
}
distribution() { # name mesh class
	name=$1 mesh=$2 class=$3
	shift 3
	"$out/semrob" worst --distribution --mesh "$mesh" --class "$class" --evaluations 1500 \
		--out "$out/$name-distribution.json" --figure "$out/$name-distribution.png" "$@" >"$out/$name-distribution.txt"
}

slices teapot teapot teapot "$@"
slices toilet "$meshes/toilet_ae9e1ff1.obj" "toilet seat" "$@"
slices chair "$meshes/chair_341fcdd8.obj" "folding chair" "$@"
slices piano "$meshes/piano_e83cec.obj" "grand piano" "$@"
distribution teapot teapot teapot "$@"
distribution toilet "$meshes/toilet_ae9e1ff1.obj" "toilet seat" "$@"
distribution chair "$meshes/chair_341fcdd8.obj" "folding chair" "$@"
distribution piano "$meshes/piano_e83cec.obj" "grand piano" "$@"
sensitivity teapot teapot teapot "$@"
sensitivity toilet "$meshes/toilet_ae9e1ff1.obj" "toilet seat" "$@"
sensitivity chair "$meshes/chair_341fcdd8.obj" "folding chair" "$@"
sensitivity piano "$meshes/piano_e83cec.obj" "grand piano" "$@"
