#!/bin/sh
# The kernel's go command: the user's, with one exception.
#
# Before it compiles a cell, GoNB runs "go get" without a package, which looks up
# the latest versions of the cell's imports on the network. Cells are built in a
# workspace that fixes every version, so there is nothing to get.
# "go get PACKAGE@VERSION" works as usual.
case "$*" in
get | "get -t") exit 0 ;;
esac

# The user's go is the first in PATH outside this folder.
here=$(cd "$(dirname "$0")" && pwd -P)
others=
set -f
IFS=:
for folder in $PATH; do
	[ "$folder" -ef "$here" ] || others=$others${others:+:}$folder
done
unset IFS
set +f
PATH=$others
export PATH
if ! command -v go >/dev/null; then
	echo "Go is not in PATH any more: install it, or add it to Jupyter's PATH" >&2
	exit 127
fi
exec go "$@"
