#!/bin/sh
# Builds for platforms that this machine is not: links for Linux arm64, compiles
# for macOS arm64 (linking needs Apple's SDK). Zig's C compiler comes from the
# Python package index; a cross compiler for Linux arm64 is used if there is one.
set -eu
cd "$(dirname "$0")/.."
trap 'rm -f ./-.o' EXIT # zig cc leaves it when Go tries out compiler flags

zig=$PWD/.build/zig/ziglang/zig
if ! [ -x "$zig" ]; then
	rm -rf .build/zig
	python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --no-deps --target .build/zig ziglang==0.17.1
fi
export CGO_ENABLED=1 GOARCH=arm64

linux="$zig cc -target aarch64-linux-gnu"
if command -v aarch64-linux-gnu-gcc >/dev/null; then linux=aarch64-linux-gnu-gcc; fi
echo "Linking for linux/arm64 …"
GOOS=linux CC=$linux go build -o .build/semrob-linux-arm64 ./cmd/semrob

echo "Compiling for darwin/arm64 …"
# Unlike go build, this compiles commands without linking them.
GOOS=darwin CC="$zig cc -target aarch64-macos" go list -export -f '' ./... >/dev/null
