# Every target does its own set-up: a virtual environment here, and Debian packages for the tests where that is allowed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
ROOMS := mdm enrollment profiles push webui

.PHONY: help demo serve test test-fast check bench fuzz lock system-packages clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: $(STAMP) ## Run a server with a simulated valise of 12 iPads, and show where to look
	$(BIN)/valise demo

test: $(STAMP) system-packages ## Run every test
	$(BIN)/python -m pytest -q -n auto --dist loadfile

test-fast: $(STAMP) ## Run the tests that take no time
	$(BIN)/python -m pytest -q -m "not slow and not browser"

check: $(STAMP) ## Run ruff, mypy and the import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## Measure, print tables, write bench/results/*.json
	$(BIN)/python -m bench

fuzz: $(STAMP) ## Throw bad input at every device route for a while (FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.run --seconds $${FUZZ_SECONDS:-600}

lock: ## Pin the dependencies anew
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --extra test --no-emit-index-url --no-emit-trusted-host --no-header \
		--output-file requirements.lock pyproject.toml

system-packages: ## Install the Debian packages that the tests use, when root or sudo allows it
	@sh tests/system-packages.sh

$(STAMP): requirements.lock pyproject.toml setup.py
	$(PYTHON) -c 'import sys; sys.exit("Valise needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV) || { echo "Install python3-venv first: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

clean: ## Remove what was made here
	rm -rf $(VENV) build dist *.egg-info demo-data .mypy_cache .ruff_cache .pytest_cache
