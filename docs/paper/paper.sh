#!/bin/sh
# Runs the studies of this folder, or continues them, and writes its page.
#
#   docs/paper/paper.sh [--check] [--small] OUT SHAPENET [STUDY…]
#   docs/paper/paper.sh --report
#
# SHAPENET is a folder of FOLDER/ID/models/model_normalized.obj, as ShapeNetCore's; objects.csv has the IDs, and those
# that are missing are left out. A study is LOOK-NETWORK, such as white-lite0 (looks: white, materials; networks: lite0,
# lite1, lite2), or promise-NETWORK: guaranteed regions on the network itself. Without names all are run, one after
# another. The files of each go to OUT/STUDY; when it has finished, what the page is made of goes to kept/STUDY here.
#
# --check says how much work it is. --small takes two objects and few views, to see in a minute that all works, and keeps
# nothing. --report makes tables, figures and page from the kept files, in seconds.
# $SEMROB is the program (default: go run ./cmd/semrob).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
check='' small='' report=''
while :; do
	case ${1:-} in
	--check) check=yes ;;
	--small) small=yes ;;
	--report) report=yes ;;
	*) break ;;
	esac
	shift
done
usage() {
	sed -n '4,5s/^# *//p' "$0" >&2
	exit 2
}
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
if [ $# -eq 0 ]; then
	set -- white-lite0 materials-lite0 white-lite1 materials-lite1 white-lite2 materials-lite2 promise-lite0 promise-lite1 promise-lite2
fi

# objects prints the plan's objects: those of objects.csv whose file is there.
objects() {
	echo objects:
	tail -n +2 "$here/objects.csv" | while IFS=, read -r class_number object_number class _ label id; do
		if [ -n "$small" ] && { [ "$object_number" -ne 1 ] || [ "$class_number" -gt 1 ]; }; then
			continue
		fi
		for file in "$shapenet"/*/"$id"/models/model_normalized.obj; do
			if [ -e "$file" ]; then
				printf '  - {mesh: "%s", class: %s, name: %s-%s}\n' "$file" "$label" "$class" "$object_number"
				break
			fi
		done
	done
}

# plan prints the plan of a study.
plan() {
	look=${1%-*} common=here.yaml
	if [ "$look" = promise ]; then
		common=promise.yaml
	fi
	echo "study: $1"
	echo "networks: [{name: efficientnet-${1##*-}, preprocess: standard}]"
	if [ "$look" = materials ]; then
		printf 'look: {materials: true, mesh-root: "%s"}\n' "$shapenet"
	fi
	if [ -n "$small" ]; then
		sed 's/^map:.*/map: ["azimuth=0:360:60", "elevation=-10:90:34"]/; s/iterations: [0-9]*/iterations: 20/; s/epsilon: 0.05/epsilon: 0.3/' "$here/$common"
	else
		cat "$here/$common"
	fi
	objects
}

for study; do
	case $study in
	white-lite[012] | materials-lite[012] | promise-lite[012]) ;;
	*)
		echo "paper.sh: no study is named $study" >&2
		usage
		;;
	esac
	mkdir -p "$out/$study"
	plan "$study" >"$out/$study.yaml"
	if [ -n "$check" ]; then
		semrob study plan "$out/$study.yaml" --check
		continue
	fi
	semrob study run "$out/$study.yaml" --out "$out/$study"
done
