#!/bin/sh
# Lints the files in this folder: Dockerfiles with hadolint, YAML with yamllint,
# Kubernetes manifests against the API's schema, the compose file against the
# Compose specification's, shell scripts with shellcheck. The tools come from
# PyPI into a virtual environment, .build/docker-lint in the clone.
set -eu
cd "$(dirname "$0")"
venv=../.build/docker-lint
if ! cmp -s lint-requirements.txt "$venv/requirements.txt"; then
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check -r lint-requirements.txt
	cp lint-requirements.txt "$venv/requirements.txt"
fi
bin=$venv/bin
"$bin/hadolint" --config hadolint.yaml Dockerfile Dockerfile.cuda
"$bin/shellcheck" install.sh lint.sh
"$bin/yamllint" --strict -d '{extends: default, rules: {line-length: {max: 130}, document-start: disable, comments: {min-spaces-from-content: 1}, braces: {max-spaces-inside: 1}}}' .
"$bin/kubernetes-validate" --strict --quiet -k 1.34 kubernetes/namespace.yaml kubernetes/worker.yaml
"$bin/check-jsonschema" --builtin-schema vendor.compose-spec compose.yaml
