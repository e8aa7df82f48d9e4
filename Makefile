# Everything a person needs here, each a word: make help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
WHAT ?=

.DEFAULT_GOAL := help
.PHONY: help setup system demo test quick bench fuzz lint lock clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "make %-8s %s\n", $$1, $$2}'

$(STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

setup: $(STAMP) ## Make the environment (once; a second time is instant)

system: ## Install what the tests need from Debian: browser, PostgreSQL, Prometheus, Alertmanager
	@bash scripts/system.sh

demo: setup ## Watch an outage unfold, with nothing set up and no account anywhere
	@$(BIN)/tocsin demo

test: setup system ## Every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(WHAT)

quick: setup ## The inner loop, under a minute
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not real and not browser and not postgres" -x $(WHAT)

bench: setup system ## Loads and measures, beside Debian's Alertmanager in the same run
	@$(BIN)/python -m bench.run $(WHAT)

lint: setup ## Style and types; warnings are errors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

lock: ## Lock the versions anew, with hashes and no address (needs uv)
	@bash scripts/lock.sh

clean: ## Remove what was made here
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
