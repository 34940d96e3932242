# Every target sets up what it needs in .venv, and finds it ready in later runs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check

# A stamp is written only after the whole step before it has succeeded.
VENV_READY := $(VENV)/.ready-venv
RUN_READY := $(VENV)/.ready-run
TEST_READY := $(VENV)/.ready-test

# The environment contains absolute paths: a copied or moved checkout needs a new one.
ifneq ($(shell cat $(VENV_READY) 2>/dev/null),$(CURDIR))
$(shell rm -f $(VENV_READY))
endif

# Data files that the package may not carry, if they are beside the checkout.
ifneq ($(wildcard ../shared/data),)
export GROUPSPARSE_DATA ?= $(abspath ../shared/data)
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint types wheel clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(RUN_READY)  ## install the package and run the demonstration
	@$(BIN)/groupsparse demo

test: $(TEST_READY)  ## install the package with its test tools and run the tests
	@$(BIN)/pytest -n auto

lint: $(TEST_READY)  ## check style, formatting and spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell

# mypy does not see an editable install of this layout. A link gives the checkout its import name.
types: $(TEST_READY)  ## check types
	@mkdir -p $(VENV)/typing
	@ln -sfn ../.. $(VENV)/typing/groupsparse
	@cd $(VENV)/typing && ../bin/mypy --config-file ../../pyproject.toml -p groupsparse

# setuptools would pack leftovers of an earlier run, even files deleted since.
wheel: $(TEST_READY)  ## build the source distribution, and from it the wheel, into dist/
	@rm -rf build dist groupsparse.egg-info
	@log="$$($(BIN)/python -m build --outdir dist . 2>&1)" || { echo "$$log" >&2; exit 1; }
	@rm -rf groupsparse.egg-info
	@ls dist/*

clean:  ## remove the environment and everything that runs and builds created
	rm -rf $(VENV) build dist out docs/_build groupsparse.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV_READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "groupsparse needs Python 3.11 or newer; '$(PYTHON)' is" \
	    "$$($(PYTHON) --version 2>/dev/null || echo 'not found')." \
	    "Name another one with: make PYTHON=/path/to/python3.11" >&2; \
	  exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo '$(CURDIR)' > $@

$(RUN_READY): pyproject.toml $(VENV_READY)
	@echo "Installing groupsparse into $(VENV) (the first time takes a few minutes)"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(TEST_READY): pyproject.toml $(VENV_READY)
	@echo "Installing groupsparse and its test tools into $(VENV) (the first time takes a few minutes)"
	@$(PIP_INSTALL) --editable '.[test]'
	@touch $(RUN_READY) $@
