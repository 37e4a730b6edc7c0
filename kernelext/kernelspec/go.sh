#!/bin/sh
# The kernel's go command: the person's own, but for one thing.
#
# Before it compiles a cell, GoNB runs "go get" without a package, which asks the
# network for the latest version of whatever the cell imports. Cells are built in
# a workspace that fixes every version already, so there is nothing to get.
# "go get PACKAGE@VERSION" does what it always does.
case "$*" in
get | "get -t") exit 0 ;;
esac

# The person's go is the first in PATH outside this folder.
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
	echo "Go is not in PATH any more: install it, or start Jupyter where it is" >&2
	exit 127
fi
exec go "$@"
