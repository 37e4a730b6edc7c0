#!/bin/sh
# Installs what is missing of Chromium, Node and npm on Debian and Ubuntu, for the test
# of the widgets in a real browser. The test installs playwright-core, which drives
# Chromium, with npm.
set -eu
export DEBIAN_FRONTEND=noninteractive
if [ "$(id -u)" != 0 ]; then
	exec sudo "$0"
fi
# Node's own packages contain npm and conflict with Debian's.
missing=
for pair in chromium:chromium node:nodejs npm:npm; do
	command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
apt-get update
# shellcheck disable=SC2086 # a list of names
apt-get install --yes --no-install-recommends $missing
