#!/bin/sh
# Makes the figures and tables of docs/answers.md: maps of answers, sets of classes and
# calibration of four objects for EfficientNet-Lite0. docs/answers/causes.sh makes those
# about causes.
#
#     docs/answers/answers.sh OUT MESHES [FLAGS]
#
# MESHES is a folder with toilet_ae9e1ff1.obj, chair_341fcdd8.obj and piano_e83cec.obj;
# the teapot is built in. FLAGS go to every command that computes, such as --quiet. Six
# maps of 1,200 views: four minutes of CPU time. Run again, it takes stored results.
set -eu
out=$1
meshes=$2
shift 2
mkdir -p "$out"
go build -o "$out/semrob" ./cmd/semrob

map() { # name mesh class [flags]
	name=$1 mesh=$2 class=$3
	shift 3
	"$out/semrob" map --mesh "$mesh" --class "$class" --azimuth 0:360:6 --elevation=-10:90:5 \
		--out "$out/$name.npz" --answers-figure "$out/$name-answers.png" "$@" >"$out/$name.txt"
}

map teapot teapot teapot "$@"
map toilet "$meshes/toilet_ae9e1ff1.obj" "toilet seat" "$@"
map chair "$meshes/chair_341fcdd8.obj" "folding chair" "$@"
map piano "$meshes/piano_e83cec.obj" "grand piano" "$@"
map chair-set "$meshes/chair_341fcdd8.obj" @chair "$@"
map teapot-raw teapot teapot --preprocess raw "$@"
"$out/semrob" figure difference --map "$out/teapot.npz" --map "$out/teapot-raw.npz" --out "$out/difference.png" >"$out/difference.txt"
"$out/semrob" calibrate "$out/teapot.npz" "$out/toilet.npz" "$out/chair.npz" "$out/piano.npz" --along elevation --edges=-10,20,50,90 \
	--figure "$out/reliability.png" --risk-figure "$out/risk.png" --map-figure "$out/overconfidence.png" >"$out/calibration.txt"
