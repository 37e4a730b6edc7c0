#!/bin/sh
# Runs the repository's study, or continues it, and writes its tables and figures.
#
#   docs/study/study.sh [--check] [--small] [--plan FILE] OUT [MESHES]
#
# MESHES is a folder of files CLASS_ID.obj with the classes below; without it the
# generated meshes are taken. The study's files go to OUT, tables and figures to
# OUT/report, named as those of this folder. --check says how much work it is.
# --small takes few views and iterations, to see in some minutes that all works;
# its numbers mean nothing.
# --plan takes another plan than study.yaml, with everything but its objects.
set -eu
check='' small='' plan=$(dirname "$0")/study.yaml
while :; do
	case ${1:-} in
	--check) check=yes ;;
	--small) small=yes ;;
	--plan) plan=$2 && shift ;;
	*) break ;;
	esac
	shift
done
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	echo "usage: docs/study/study.sh [--check] [--small] [--plan FILE] OUT [MESHES]" >&2
	exit 2
fi
mkdir -p "$1/report"
out=$(cd "$1" && pwd)

{
	if [ -n "$small" ]; then
		sed 's/^map:.*/map: ["azimuth=0:360:45", "elevation=-10:90:25"]/; s/iterations: [0-9]*/iterations: 20, half-width: 10/' "$plan"
	else
		cat "$plan"
	fi
	echo "objects:"
	if [ $# -eq 2 ]; then
		meshes=$(cd "$2" && pwd)
		while read -r prefix class; do
			for file in "$meshes/$prefix"*.obj; do
				if [ -e "$file" ]; then
					printf '  - {files: "%s", class: %s}\n' "$meshes/$prefix*.obj" "$class"
					break
				fi
			done
		done <<-CLASSES
			aeroplane airliner
			bathtub bathtub
			bench park bench
			bottle water bottle
			chair folding chair
			cup cup
			piano grand piano
			rifle assault rifle
			teapot teapot
			toilet toilet seat
			vase vase
		CLASSES
	else
		printf '  - {mesh: %s, class: %s}\n' teapot teapot bottle "water bottle" vase vase cup cup
	fi
} >"$out/plan.yaml"

regions=20 again=2
if [ -n "$small" ]; then
	regions=4 again=1
fi
semrob() { go run ./cmd/semrob "$@"; }
cd "$(dirname "$0")/../.."
semrob study plan "$out/plan.yaml" ${check:+--check}
if [ -n "$check" ]; then
	exit
fi
semrob study run "$out/plan.yaml" --out "$out"
semrob study table "$out" --out "$out/report/networks.md" --figure "$out/report/networks.png"
semrob study table "$out" --by class --part srvr --out "$out/report/classes.md"
semrob study verify "$out/plan.yaml" --folder "$out" --regions "$regions" --again "$again" --out "$out/report/verified.md"
semrob study predict "$out" --out "$out/report/predicted-without-shapes.md"
semrob study predict "$out" --shapes ${2:+--meshes "$meshes"} --out "$out/report/predicted.md" --figure "$out/report/predicted.png"
echo "$out/report has the tables and figures"
