#!/bin/sh
# Installs semrob from this clone: what both images call, and what works on any
# Debian with Go, a C compiler and Python with venv (packages.txt lists them).
#
#   docker/install.sh [--cuda] PREFIX
#
# puts the command into PREFIX/bin, JupyterLab and the GoNB kernel into
# PREFIX/venv, and the XLA plugin where every GoMLX program finds it,
# ~/.local/lib/go-xla. With --cuda the CUDA plugin and its libraries go there
# too. The kernel's cells use this clone, so it must stay. Run again, it mends
# what is missing.
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
		echo "docker/install.sh needs $tool in PATH: install Go $(sed -n 's/^go //p' go.mod), and the packages of docker/packages.txt" >&2
		exit 1
	fi
done

go build -o "$prefix/bin/semrob" ./cmd/semrob
"$prefix/bin/semrob" setup --quiet --notebook --venv "$prefix/venv"
if [ -n "$cuda" ]; then
	go run ./docker/cuda
fi
"$prefix/bin/semrob" doctor
