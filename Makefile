# tonne. `make help` is the contributor's manual; `make demo` and `make test` need nothing set up.
# Needs make, git and Python 3.11 or newer. Everything else is installed into .venv, by hash.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input install

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo serve cluster test check format lint types walls quick fix cover faults bench bench-cluster bench-paper wire lock clean

help:  ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY)  ## install into .venv what the lock names; after it .venv/bin/tonne works
	@echo "setup: ready ($$($(BIN)/python --version), $(BIN)/tonne)"

demo: $(READY)  ## the main job from end to end, then its proof (DATA=DIR: on files of your own)
	@$(BIN)/tonne demo $(if $(DATA),--data '$(DATA)')

serve: $(READY)  ## a registry on one file, at loopback
	@$(BIN)/tonne serve

cluster: $(READY)  ## Kafka, PostgreSQL and every service on this machine (BROKERS=3: a quorum)
	@$(BIN)/tonne cluster $(if $(BROKERS),--brokers $(BROKERS))

test: $(READY)  ## the whole suite (ARGS='-k name' for a part of it)
	@$(BIN)/python -m pytest $(ARGS)

check: $(READY)  ## before every commit, in seconds: format, lint, types, walls, quick tests
	@$(MAKE) --no-print-directory --keep-going --output-sync=target -j2 types quick lint format walls

format: $(READY)
	@$(BIN)/ruff format --check --quiet . || { echo "format: run make fix"; exit 1; }
	@echo "format  ok"

lint: $(READY)
	@$(BIN)/ruff check --quiet --output-format=concise .
	@echo "lint    ok"

types: $(READY)
	@$(BIN)/mypy --no-error-summary $(wildcard libs services tests)
	@echo "types   ok"

walls: $(READY)
	@out=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$out"; exit 1; }
	@echo "walls   ok"

quick: $(READY)
	@$(BIN)/python -m pytest -q --no-header $(wildcard tests/laws tests/rooms tests/house)

fix: $(READY)  ## let ruff write what it can: format and safe repairs
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

cover: $(READY)  ## branches of the core that no law and no story takes (must be none)
	@$(BIN)/coverage run -m pytest -q --no-header $(wildcard tests/laws tests/rooms)
	@$(BIN)/coverage report

faults: $(READY)  ## kill, stop, cut off and lie to a real cluster, and check it (ARGS='--faults F1 --minutes 30')
	@$(BIN)/python -m tests.faults $(ARGS)

bench: $(READY)  ## the figures, with the machine, the spread and the floor of the same run
	@$(BIN)/tonne bench ledger

bench-cluster: $(READY)  ## the same for a ledger on real Kafka and PostgreSQL
	@$(BIN)/tonne bench cluster

bench-paper: $(READY)  ## the same for signed documents
	@$(BIN)/tonne bench paper

wire: $(READY)  ## write the schema and the golden bytes of every event and command
	@$(BIN)/tonne wire

lock:  ## choose versions anew and write requirements.lock: what runs, every extra, the tools
	@$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip --quiet install uv
	@build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --group dev --all-extras --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    pyproject.toml -o requirements.lock >/dev/null
	@set -e; pin="build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements.lock"; \
	  $$pin --extra kafka --extra postgres --extra hsm pyproject.toml -o deploy/requirements.txt >/dev/null; \
	  echo hatchling | $$pin - -o deploy/requirements-build.txt >/dev/null
	@echo "lock: $$(grep -c '==' requirements.lock) packages; see git diff requirements.lock"

clean:  ## remove .venv and everything that can be made again
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -prune -exec rm -rf {} +

# The stamp: nothing is installed again until the lock or the project file changes. A .venv that
# was moved or copied with its folder would run the old folder's code, and one whose Python has
# gone runs nothing: both are made anew.
SOUND := $(shell [ -x $(BIN)/python ] && grep -q ' $(CURDIR)/$(VENV)$$' $(VENV)/pyvenv.cfg && echo yes)

$(READY): requirements.lock pyproject.toml $(if $(SOUND),,unsound)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "tonne needs Python 3.11 or newer; '$(PYTHON)' is $$({ $(PYTHON) --version || echo not there; } 2>/dev/null)."; \
	  echo "Name another one: make PYTHON=/path/to/python3.13 ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "setup: $$(grep -c '==' requirements.lock) packages, by hash, into $(VENV) (half a minute the first time)"
	@[ -n "$(SOUND)" ] && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: unsound
unsound:
