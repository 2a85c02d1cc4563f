# What a newcomer runs. Works with GNU make 3.81 (macOS) and any Python >= 3.11.

VENV := .venv
BIN := $(VENV)/bin
PYTHON = $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	echo $$python; break; fi; done)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Stamps: what is installed is as old as these.
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
# `make test` runs its tiers in the order they stand, also under -j.
.NOTPARALLEL:
.PHONY: help demo test venv check unit contract flights faults-short faults system
.PHONY: fuzz fuzz-long bench bench-console soak real secrets clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: $(RUN) ## watch the simulated ISS and Soyuz in a browser (options: make demo ARGS="...")
	@$(BIN)/stationwatch demo $(ARGS)

test: check unit real contract fuzz flights faults-short system ## every check and test, the fast ones first

venv: $(DEV) ## .venv with everything for development

check: $(DEV) ## style, types and the import rules
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(DEV) ## unit and property tests
	$(BIN)/pytest -q -n auto --ignore=tests/contract --ignore=tests/flights --ignore=tests/faults --ignore=tests/system tests

contract: $(DEV) ## the suite every store must pass
	$(BIN)/pytest -q tests/contract

fuzz: $(DEV) ## bad input of every kind, led by coverage: 20 s a target
	$(BIN)/python -m tests.fuzz --seconds 20

fuzz-long: SECONDS = 600
fuzz-long: $(DEV) ## the same at length (make fuzz-long SECONDS=3600 ARGS="wire gate")
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $$(date +%s) $(ARGS)

flights: $(DEV) ## whole scenarios: what happens in them, and how early it is seen
	$(BIN)/pytest -q -n auto tests/flights

faults-short: $(DEV) ## each fault once, under load: nothing lost, every alarm told
	$(BIN)/pytest -q tests/faults

faults: $(DEV) ## the same at length (hours): docs/faults.md
	FAULTS=long $(BIN)/pytest -q tests/faults

system: $(DEV) ## the whole product on a real broker, InfluxDB and browser
	$(BIN)/pytest -q tests/system

bench: $(DEV) real ## speed and cost, each beside its physical limit: an hour (ARGS="--only influx")
	$(BIN)/python -m bench $(ARGS)

bench-console: $(DEV) ## the console under load: strips, browsers, an hour of stream
	$(BIN)/python -m bench.console

soak: MINUTES = 30
soak: $(DEV) ## half an hour at twice nominal with browsers and replays: what grows?
	$(BIN)/python -m bench.soak --minutes $(MINUTES) $(ARGS)

real: ## install what the tests of the real thing need (Debian, as root)
	@sh tests/install-real.sh

secrets: $(RUN) ## write .env and secrets/, what docker-compose.yml needs
	@$(BIN)/python deploy/make_env.py

clean: ## remove .venv and every cache; recordings and .env stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): pyproject.toml constraints.txt
	@$(or $(PYTHON),$(error stationwatch needs Python 3.11 or later)) -c 'import ensurepip' \
		|| { echo 'Python cannot make a virtual environment: install python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo 'Installing stationwatch into $(VENV) (once) ...'
	@$(INSTALL) -e .
	@touch $@

$(DEV): $(RUN)
	@$(INSTALL) -e '.[dev]'
	@touch $@
