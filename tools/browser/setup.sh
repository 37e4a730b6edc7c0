#!/bin/sh
# Installs Chromium, Node and npm on Debian and Ubuntu, for the test of the widgets
# in a real browser. The test installs playwright-core, which drives Chromium, with
# npm.
set -eu
export DEBIAN_FRONTEND=noninteractive
if [ "$(id -u)" != 0 ]; then
	exec sudo "$0"
fi
apt-get update
apt-get install --yes --no-install-recommends chromium nodejs npm
