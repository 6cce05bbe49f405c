# Undertone. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

# uv resolves and installs in seconds what takes pip minutes; it is itself installed by pip, pinned like everything else.
$(INSTALLED): pyproject.toml infra/constraints.txt
	@test -x $(BIN)/python || { echo "creating .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing pinned dependencies into .venv (about 2.5 GB on disk)"
	@$(BIN)/python -m pip install --quiet --constraint infra/constraints.txt uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint infra/constraints.txt --editable '.[local,train,bench,dev]'
# What Numba compiles at its first use it keeps: so no worker's first start waits for it.
	@$(BIN)/python -m models.precompile
	@touch $@

install: $(INSTALLED)  ## create .venv with everything that runs here

demo: $(INSTALLED)  ## stream 2,000 real reviews through the local stack and show what happened
	@$(BIN)/undertone demo

up: $(INSTALLED)  ## start the local stack with two workers, until Ctrl-C
	@$(BIN)/undertone up --workers 2

down: $(INSTALLED)  ## stop the local stack
	@$(BIN)/undertone down

check: $(INSTALLED)  ## ruff, strict mypy, unit and contract tests that need no other server
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs=2 types units

types:
	@$(BIN)/mypy

# The tests of a file share what they load: each file on one of the two.
units:
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --hypothesis-profile quick tests/unit

test: $(INSTALLED)  ## everything that can run on this machine, Apache Kafka and ClickHouse included
	@tests/servers/install.sh
# Most of these wait for processes: two at a time, the tests of a file one after the other on the same servers.
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations 15

reference: $(INSTALLED)  ## write infra/drift_thresholds.py, docs/configuration.md and docs/data-contracts.md anew; needs ClickHouse, such as that of make up
	@$(BIN)/python -m retrain.drift.settings_section > .venv/section && mv .venv/section infra/drift_thresholds.py
	@$(BIN)/python -m infra.settings_reference > docs/configuration.md
	@$(BIN)/python -m infra.data_reference > docs/data-contracts.md

chaos: $(INSTALLED)  ## kill, pause and poison everything on three Kafka brokers, into bench/chaos.json and .md: make chaos CHAOS='--only broker'
	@tests/servers/install.sh
	@$(BIN)/python -m tests.chaos $(CHAOS)

# Quix Streams asks for older libraries than ours: they stand before ours in an environment of their own.
PACKAGES = import sysconfig; print(sysconfig.get_path('purelib'))
.venv-bench/installed: bench/quix.txt $(INSTALLED)
	@$(BIN)/python -m venv --without-pip .venv-bench
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --requirement bench/quix.txt
	@$(BIN)/python -c "$(PACKAGES)" > "$$(.venv-bench/bin/python -c "$(PACKAGES)")/behind.pth"
	@touch $@

bench: .venv-bench/installed  ## measure, side by side, into bench/latest.json, .md and .png: make bench BENCH=--quick
	@$(BIN)/python -m bench $(BENCH)

table: $(INSTALLED)  ## train and compare every architecture: make table DATA=folder-of-csv-files (hours)
	@$(BIN)/python -m bench.architectures $(DATA)

.PHONY: help install demo up down check types units test reference chaos bench table
