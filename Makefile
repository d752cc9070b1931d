# The commands a newcomer needs. `make run` and `make test` work on a machine with Python 3.11+, git and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: help run test check lint types lock browsers extension clean bench-cue bench-detection bench-memory bench-concurrency bench-console calibrate faults

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: $(VENV)/.installed ## Start everything with the sample desk (PORT=8000)
	@exec $(BIN)/cuelight demo --port $(PORT)

BROWSER_TESTS := tests/extension
SERVER_TESTS := tests/stores tests/faults tests/channels tests/desks tests/cli
TYPES := $(BIN)/mypy && PYTHONPATH=api $(BIN)/lint-imports && \
	$(BIN)/node extension/dev/node_modules/typescript/bin/tsc --project extension/jsconfig.json

test: $(VENV)/.dev extension/dev/node_modules/.installed browsers lint ## Everything: lint, types, layers, unit, API, browser journeys
	@# Much of it waits: for a browser, for a server that was killed. So three parts run side by side; the last is seen
	@# as it goes, the others when all are done.
	@shown=$$(mktemp -d); trap 'kill $$(jobs -p) 2>/dev/null; rm -rf $$shown' EXIT; \
	$(BIN)/pytest $(BROWSER_TESTS) >$$shown/browsers 2>&1 & browsers=$$!; \
	{ $(TYPES) && $(BIN)/pytest $(SERVER_TESTS); } >$$shown/servers 2>&1 & servers=$$!; \
	$(BIN)/pytest $(addprefix --ignore=,$(BROWSER_TESTS) $(SERVER_TESTS)); failed=$$?; \
	wait $$servers || failed=1; cat $$shown/servers; \
	wait $$browsers || failed=1; cat $$shown/browsers; \
	exit $$failed

check: lint types ## Lint, types and layers

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev extension/dev/node_modules/.installed
	$(TYPES)

browsers: $(VENV)/.dev
	@$(BIN)/python tests/get_browser.py

extension: $(VENV)/bin/python ## Pack the extension for both stores into dist/
	@$(BIN)/python extension/dev/pack.py dist

lock: $(VENV)/.dev ## Renew the lock files after a change of pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --group dev pyproject.toml -o requirements-dev.lock

bench-cue: $(VENV)/.dev browsers ## How long an agent waits for a cue, and what it costs the desk (a minute)
	$(BIN)/python -m bench.cue

bench-detection: $(VENV)/.dev ## Detection of impostors beside the baselines (about 15 minutes)
	$(BIN)/python -m bench.detection bench

bench-memory: $(VENV)/.dev ## Bytes a customer, and time as the store grows to a million (about 8 minutes)
	$(BIN)/python -m bench.memory

bench-concurrency: $(VENV)/.dev ## 10,000 chats of 500 customers at once through two API processes on a Cluster (2 minutes)
	$(BIN)/python -m bench.concurrency

bench-console: $(VENV)/.dev ## Replay of 100,000 decisions to the page, and every page with a million stored (3 minutes)
	$(BIN)/python -m bench.console

calibrate: $(VENV)/.dev ## Fit the default policy on calibration seeds (VERSION=2026-12-01.1)
	$(BIN)/python -m bench.detection.calibrate --version $(VERSION)

faults: $(VENV)/.dev ## What becomes of decisions and cues when something breaks (13 to 15 minutes)
	$(BIN)/python -m bench.faults

clean: ## Remove what was built; var/ (your data) stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis extension/dev/node_modules dist

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Cuelight needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	$(BIN)/pip install --disable-pip-version-check -q --no-deps -e .
	@$(BIN)/python -m compileall -q api
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --disable-pip-version-check -q --no-deps -e .
	@$(BIN)/python -m compileall -q api
	@touch $@ $(VENV)/.installed

extension/dev/node_modules/.installed: extension/dev/package-lock.json | $(VENV)/.dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --prefix extension/dev --ignore-scripts --no-audit --no-fund --silent
	@touch $@
