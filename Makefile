# Everything here needs only make and Python >= 3.10; pip fetches the rest into .venv.
# `make PYTHON=/path/to/python3.12 …` chooses another interpreter.

VENV ?= .venv
BIN := $(VENV)/bin
APP := examples/notebook/app.py
SCRIPT := examples/notebook/script.txt

CANDIDATES := python3.13 python3.12 python3.11 python3.10 python3 python
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))
PYTHON ?= $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(USABLE)' >/dev/null 2>&1 && echo $(name))))

PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install

.PHONY: help chat test test-all coverage lint pictures bench torture compile clean

help:
	@echo 'make chat    talk to $(APP); without a terminal, play $(SCRIPT)'
	@echo 'make test    run every test; make test ARGS="-k notebook" some of them'
	@echo 'make test-all  the same with five times as many random examples, as the build server does'
	@echo 'make coverage how much of the code the tests in one process reach'
	@echo 'make lint    ruff, mypy, the layers'
	@echo 'make bench   the speed budgets'
	@echo 'make torture kill it 200 times in the middle of its work, and look what is lost'
	@echo 'make clean   remove $(VENV) and every cache; .capsule/ stays'

# Each line is a run of its own through the pipe, so that one sees the app remember.
chat: $(VENV)/.installed compile
	@if [ -t 0 ]; then \
		$(BIN)/capsule chat $(APP); \
	else \
		new=--new; \
		while IFS= read -r line; do \
			printf '> %s\n' "$$line"; \
			printf '%s\n' "$$line" | $(BIN)/capsule chat $(APP) --as demo $$new || exit $$?; \
			new=; \
		done < $(SCRIPT); \
	fi

# Many tests wait for processes and terminals: one worker more than there are cores uses what they leave.
WORKERS = $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

test: $(VENV)/.developing compile
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

test-all: export HYPOTHESIS_PROFILE = full
test-all: test

# Without the folders that start the program: their processes are not measured, see pyproject.toml. Failures under the
# tracer are told after the report.
IN_PROCESS := channels collections data http model render runtime store testing transcript ui

coverage: $(VENV)/.developing compile
	rm -f .coverage .coverage.*
	@status=0; \
	$(BIN)/coverage run -m pytest -n $(WORKERS) $(addprefix tests/,$(IN_PROCESS)) $(ARGS) || status=$$?; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report && exit $$status

lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pictures: $(VENV)/.developing
	$(BIN)/python docs/pictures/make.py

bench: $(VENV)/.developing compile
	$(BIN)/python -m benchmarks $(ARGS)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'No Python >= 3.10 found; name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo 'installing into $(VENV)'
	@$(PIP) --editable .
	@touch $@

$(VENV)/.developing: pyproject.toml | $(BIN)/python
	@echo 'installing into $(VENV), with what tests and checks need'
	@$(PIP) --editable '.[dev]'
	@touch $(VENV)/.installed $@

torture: $(VENV)/.developing compile
	$(BIN)/python -m tests.torture $(ARGS)

# Where PYTHONDONTWRITEBYTECODE is set nobody else would, and every start would compile everything anew.
compile: $(VENV)/.installed
	@$(BIN)/python -m compileall -q cpsl cpsl_cli

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -prune -exec rm -rf {} +
