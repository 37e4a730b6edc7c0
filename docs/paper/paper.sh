#!/bin/sh
# Runs the studies of this folder, or continues them, and writes its page.
#
#   docs/paper/paper.sh [--check] [--small] [--objects N] OUT SHAPENET [STUDY…]
#   docs/paper/paper.sh [--check] [--small] [--objects N] [--networks LIST] [--published DIR] OUT SHAPENET paper
#   docs/paper/paper.sh --predict OUT SHAPENET
#   docs/paper/paper.sh --report
#
# SHAPENET is a folder of FOLDER/ID/models/model_normalized.obj, as ShapeNetCore's; objects.csv has the IDs, and those
# that are missing are left out. A study is LOOK-NETWORK, such as white-lite0 (looks: white, materials; networks: lite0,
# lite1, lite2), or promise-NETWORK: guaranteed regions on the network itself. A name that ends in -set, such as
# white-lite0-set, accepts the class's whole set. Without names, all but those are run, one after another. The files of
# each go to OUT/STUDY; what has finished before is kept, so that the same command continues after an interruption. When
# a study has finished, what the page is made of goes to kept/STUDY in this folder.
#
# The study paper is the paper's experiment with weights from the model hub, by default on VGG16, ResNet50 and
# Inception v3. AlexNet's are not there: add its file of torchvision's, as in
# --networks "alexnet=alexnet.pth vgg16 resnet50 inception-v3". --published sets the results beside the published ones,
# in OUT/paper/beside.md.
#
# --check says how much work it is. --objects takes at most N objects of each class: a pilot. --small takes two objects,
# few views and steps, to see in a minute that all works; like --objects, it keeps nothing. --predict predicts SRVR from
# the finished studies of the white look. --report makes tables, figures and page from the kept files, in seconds.
# $SEMROB is the program (default: go run ./cmd/semrob).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
usage() {
	sed -n '4,7s/^# *//p' "$0" >&2
	exit 2
}
check='' small='' most=10 report='' predict='' published='' networks='vgg16 resnet50 inception-v3'
while :; do
	case ${1:-} in
	--check) check=yes ;;
	--small) small=yes ;;
	--report) report=yes ;;
	--predict) predict=yes ;;
	--objects) most=$2 && shift ;;
	--networks) networks=$2 && shift ;;
	--published) published=$(cd "$2" && pwd) && shift ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
semrob() {
	if [ -n "${SEMROB:-}" ]; then
		"$SEMROB" "$@"
	else
		(cd "$here/../.." && go run ./cmd/semrob "$@")
	fi
}
if [ -n "$report" ]; then
	[ $# -eq 0 ] || usage
	cd "$here/../.." && exec go run ./docs/paper/report
fi
[ $# -ge 2 ] || usage
mkdir -p "$1"
out=$(cd "$1" && pwd) shapenet=$(cd "$2" && pwd)
shift 2
if [ -n "$predict" ]; then
	[ $# -eq 0 ] || usage
	for folder in "$out"/white-lite[012]; do
		if [ -e "$folder/results.parquet" ]; then
			set -- "$@" "$folder"
		fi
	done
	mkdir -p "$here/kept"
	semrob study predict "$@" --shapes --meshes "$shapenet" --out "$here/kept/predicted.md"
	exit
fi
if [ $# -eq 0 ]; then
	set -- white-lite0 materials-lite0 white-lite1 materials-lite1 white-lite2 materials-lite2 promise-lite0 promise-lite1 promise-lite2
fi

# objects prints the plan's objects: those of objects.csv whose file is there.
objects() {
	echo objects:
	tail -n +2 "$here/objects.csv" | sort -t, -k1n -k2n | {
		last='' n=0 taken=0
		while IFS=, read -r _ object_number class _ label id; do
			if [ "$class" != "$last" ]; then
				last=$class n=0
			fi
			for file in "$shapenet"/*/"$id"/models/model_normalized.obj; do
				if [ -e "$file" ] && [ "$n" -lt "$most" ] && { [ -z "$small" ] || { [ "$n" -lt 1 ] && [ "$taken" -lt 2 ]; }; }; then
					printf '  - {mesh: "%s", class: %s, name: %s-%s}\n' "$file" "$label" "$class" "$object_number"
					n=$((n + 1)) taken=$((taken + 1))
					break
				fi
			done
		done
	}
}

# shrink makes a plan small, if asked.
shrink() {
	if [ -n "$small" ]; then
		sed 's/^map:.*/map: ["azimuth=0:360:60", "elevation=-10:90:30"]/; s/iterations: 600/iterations: 2/; s/epsilon: 0.05/epsilon: 0.3/' "$1"
	else
		cat "$1"
	fi
}

# plan prints the plan of a study.
plan() {
	echo "study: $1"
	if [ "$1" = paper ]; then
		echo networks:
		for network in $networks; do
			printf '  - {name: "%s", preprocess: raw}\n' "$network"
		done
		shrink "$here/paper.yaml"
		objects
		return
	fi
	accept='' name=${1%-set}
	if [ "$name" != "$1" ]; then
		accept=', accept: set, class-sets: paper'
	fi
	echo "networks: [{name: efficientnet-${name#*-}, preprocess: standard$accept}]"
	case $name in
	materials-*)
		printf 'look: {materials: true, mesh-root: "%s"}\n' "$shapenet"
		shrink "$here/here.yaml"
		;;
	white-*) shrink "$here/here.yaml" ;;
	promise-*) shrink "$here/promise.yaml" ;;
	esac
	objects
}

# note writes when a run began or ended, for the page.
note() {
	echo "$1 $(date +%s)" >>"$out/$study/runs.txt"
}
trap 'exit 130' INT TERM

for study; do
	case ${study%-set} in
	white-lite[012] | materials-lite[012] | promise-lite[012] | paper) ;;
	*)
		echo "paper.sh: no study is named $study" >&2
		usage
		;;
	esac
done
for study; do
	mkdir -p "$out/$study"
	plan "$study" >"$out/$study.yaml"
	if [ "$study" = paper ]; then
		for network in $networks; do
			case $network in
			*=*) ;;
			*) semrob network fetch "$network" ;;
			esac
		done
	fi
	if [ -n "$check" ]; then
		semrob study plan "$out/$study.yaml" --check
		continue
	fi
	note begin
	trap 'note end' EXIT
	semrob study run "$out/$study.yaml" --out "$out/$study"
	trap - EXIT
	note end
	if [ "$study" = paper ]; then
		semrob study table "$out/paper" --out "$out/paper/table.md"
		if [ -n "$published" ]; then
			semrob study beside "$out/paper" --data "$published" --by class --out "$out/paper/beside-classes.md"
			semrob study beside "$out/paper" --data "$published" --out "$out/paper/beside.md"
			cat "$out/paper/beside.md"
		fi
	elif [ -z "$small" ] && [ "$most" -ge 10 ]; then
		(cd "$here/../.." && go run ./docs/paper/report --keep "$out/$study")
	fi
done
