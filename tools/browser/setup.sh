#!/bin/sh
# Installs what the test of the widgets in a real browser needs on Debian and
# Ubuntu: Chromium, Node and npm. playwright-core, which drives Chromium, comes
# through npm when the test first runs.
set -eu
export DEBIAN_FRONTEND=noninteractive
if [ "$(id -u)" != 0 ]; then
	exec sudo "$0"
fi
apt-get update
apt-get install --yes --no-install-recommends chromium nodejs npm
