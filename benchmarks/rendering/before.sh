#!/bin/sh
# Compares the CPU time of loading, preparing and drawing with an earlier version, in
# one run, alternating, with the same benchmarks and the same number of rounds:
#
#   benchmarks/rendering/before.sh REVISION [ROUNDS]
#
# It prints, for each benchmark, the CPU seconds of both versions, the least of
# ROUNDS (default 3), and their ratio.
set -eu
revision=$1 rounds=${2:-3}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'git worktree remove --force "$work/before" >/dev/null 2>&1; rm -rf "$work"' EXIT
git worktree add --detach "$work/before" "$revision" >/dev/null 2>&1
for package in mesh render; do
	go test -c -o "$work/$package.after" ./semrob/$package
	# The earlier version runs today's benchmarks, as far as it has what they use.
	(cd "$work/before" && cp "$OLDPWD/semrob/$package/bench_test.go" semrob/$package/ && go test -c -o "$work/$package.before" ./semrob/$package)
done
# seconds prints the CPU time of a benchmark, the least of all rounds.
seconds() {
	binary=$1 name=$2 count=$3
	least=
	for _ in $(seq "$rounds"); do
		(cd "semrob/${binary%.*}" && /usr/bin/env bash -c 'TIMEFORMAT=%U; time "$0" -test.run "^$" -test.bench "^$1\$" -test.benchtime "$2" >/dev/null 2>&1' "$work/$binary" "$name" "$count") 2>"$work/time"
		least=$(printf '%s\n' "${least:-1e9}" "$(cat "$work/time")" | sort -g | head -1)
	done
	printf '%s' "$least"
}
while read -r package name count; do
	before=$(seconds "$package.before" "$name" "$count")
	after=$(seconds "$package.after" "$name" "$count")
	awk -v n="$name" -v b="$before" -v a="$after" 'BEGIN { printf "%-28s before %7.2f s, after %7.2f s, ratio %.2f\n", n, b, a, a / b }'
done <<-BENCHMARKS
	render BenchmarkRasterize40k 20x
	render BenchmarkRenderLook40k 20x
	mesh BenchmarkSmoothNormals4M 1x
BENCHMARKS
