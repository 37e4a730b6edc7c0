# From a fresh clone: make demo. Needs Go 1.26, a C compiler and Python 3.10+ with
# its venv module; make setup installs everything else, and repairs incomplete
# installations.

VENV := .venv
# go test's time limit for a package.
TEST_TIMEOUT := 30m
LAB_FLAGS :=

# Use the kernel and Jupyter of this environment, whatever is registered or
# configured in the home folder.
JUPYTER_ENV := JUPYTER_PREFER_ENV_PATH=1
LINT := go tool -modfile=tools/go.mod staticcheck

.DEFAULT_GOAL := help
.PHONY: help setup demo notebooks lab test race bench cross lint clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

setup: ## install what is missing: XLA plugin, Jupyter in .venv, the GoNB kernel
	@echo "Building (minutes, the first time) …" && go build ./...
	@go run ./cmd/semrob setup --notebook --venv $(VENV)

demo: setup ## run notebooks/quickstart.ipynb, writing out/quickstart.html and .ipynb
	@$(JUPYTER_ENV) $(VENV)/bin/python tools/run_notebook.py notebooks/quickstart.ipynb out

notebooks: setup ## run every notebook in full (minutes), writing out/*.html and .ipynb
	@failed=; for notebook in notebooks/*.ipynb; do \
		$(JUPYTER_ENV) $(VENV)/bin/python tools/run_notebook.py $$notebook out || failed="$$failed $$notebook"; \
	done; if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

lab: setup ## open JupyterLab on notebooks/ with the kernel ready
	@go run ./cmd/semrob setup --notebook --venv $(VENV) --completion
	@$(JUPYTER_ENV) $(VENV)/bin/jupyter lab --notebook-dir=notebooks --MultiKernelManager.default_kernel_name=gonb $(LAB_FLAGS)

test: setup ## run every test, the notebooks' included
	@go test -timeout $(TEST_TIMEOUT) ./...

# The pure-Go backend of gomlx/compute fails under checkptr, which -race enables.
race: setup ## run every test with the race detector
	@go test -race -gcflags=all=-d=checkptr=0 -timeout $(TEST_TIMEOUT) ./...

bench: setup ## run every benchmark
	@go test -run '^$$' -bench . -benchmem -timeout $(TEST_TIMEOUT) ./...

cross: ## link for Linux arm64, compile for macOS arm64
	@tools/cross.sh

lint: ## check formatting, go vet and staticcheck
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')); \
	if [ -n "$$files" ]; then echo "not formatted (run gofmt -w on them):"; echo "$$files"; exit 1; fi
	@go vet ./...
	@$(LINT) ./...

clean: ## remove the files of setup and demo in this folder
	rm -rf $(VENV) .build out
