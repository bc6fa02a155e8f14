# make run    the whole pipeline over the simulated world: no account, no key
# make test   the tests       make lint   style and types      make bench   ratios
# make conformance   every stream of every source against every case, as a matrix
# make test-all   the same with the sweeps that are marked slow      make test-nights   the longest whole runs
# make up     Airflow's UI and scheduler with the DAGs, until Ctrl-C
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
export DO_NOT_TRACK = 1
export GX_ANALYTICS_ENABLED = false
export DBT_SEND_ANONYMOUS_USAGE_STATS = false

.PHONY: help setup run test test-all conformance test-nights bench up lint format lock clean

help:
	@sed -n '/^SHELL/q; s/^# //p' Makefile

# The lock is installed by a current installer inside the venv: older pips refuse it. Bytecode is compiled once here,
# because every Airflow task is a process of its own that would compile it again.
$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

setup: $(VENV)/.ready

run: setup
	@$(BIN)/python -m journey.demo

# Two workers, a file stays on one, the longest come first (tests/conftest.py); what costs much is made once for both (tests/once.py).
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder

test: setup
	@$(BIN)/python -m pytest $(WORKERS) $(addprefix --ignore=,$(NIGHTS)) $(PYTEST_ARGS)

conformance: setup
	@$(BIN)/python -m pytest -q tests/extractors/test_conformance.py $(PYTEST_ARGS)

# The real scheduler, and runs of single sources.
NIGHTS := $(addprefix tests/e2e/test_,green_run.py refused_partitions.py scheduler.py)

test-nights: setup
	@$(BIN)/python -m pytest $(WORKERS) $(NIGHTS) $(PYTEST_ARGS)

test-all: setup
	@$(BIN)/python -m pytest $(WORKERS) -m "slow or not slow" $(PYTEST_ARGS)

bench: setup
	@$(BIN)/python -m benchmarks

up: setup
	@$(BIN)/python -m journey.up

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint -q dbt_project/models

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock:
	@$(BIN)/uv pip compile --universal --no-strip-extras --generate-hashes --no-emit-index-url --all-extras -p 3.11 \
		--upgrade pyproject.toml -o requirements.lock -q

clean:
	rm -rf data $(VENV)
