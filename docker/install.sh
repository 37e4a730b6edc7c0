#!/bin/sh
# Installs semrob from this clone, for both images and for any Debian with Go, a C
# compiler and Python with venv (see packages.txt).
#
#   docker/install.sh [--cuda] PREFIX
#
# installs the command into PREFIX/bin, JupyterLab and the GoNB kernel into
# PREFIX/venv, and the XLA plugin, for all GoMLX programs, into
# ~/.local/lib/go-xla, with --cuda also the CUDA plugin and its libraries. The
# kernel's cells use this clone, so it must not be moved. Running it again installs
# missing parts.
set -eu

cuda=
if [ "${1:-}" = --cuda ]; then
	cuda=yes
	shift
fi
if [ $# -ne 1 ]; then
	echo "usage: docker/install.sh [--cuda] PREFIX" >&2
	exit 2
fi
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

for tool in go cc python3; do
	if ! command -v "$tool" >/dev/null; then
		echo "docker/install.sh needs $tool in PATH: install Go $(sed -n 's/^go //p' go.mod) and the packages in docker/packages.txt" >&2
		exit 1
	fi
done

go build -o "$prefix/bin/semrob" ./cmd/semrob
"$prefix/bin/semrob" setup --quiet --notebook --venv "$prefix/venv"
if [ -n "$cuda" ]; then
	go run ./docker/cuda
fi
"$prefix/bin/semrob" doctor
