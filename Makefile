# `make run` starts the demo shop, `make test` runs the tests, `make check` the gates in front of them;
# `make help` lists all.
# Everything lands in .venv; nothing is installed elsewhere.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?= headrace-data
PORT   ?= 8400

# The tests start many processes, which all read the same modules: compile them once.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup run test test-browser check check-check format picture llms words clean bench

setup: $(VENV)/.ready

help:
	@echo "make setup        makes .venv with everything in it"
	@echo "make run          the demo shop, on PORT ($(PORT))"
	@echo "make test         all tests"
	@echo "make test-browser the browser's tests, the long ones too"
	@echo "make check        style, types, contracts, flows: what must hold before a change lands"
	@echo "make check-check  proves that each gate of make check can fail"
	@echo "make format       write everything in its style"
	@echo "make picture      draws the rooms of the engine into docs/architecture.md"
	@echo "make llms         writes the language for language models into docs/llms.txt"
	@echo "make words        looks for new words of the interface, to be said in other languages"
	@echo "make bench        the first workload, measured"
	@echo "make clean        take away what was made"

run: $(VENV)/.ready
	$(BIN)/headrace demo --port $(PORT) --data $(DATA)

test: $(VENV)/.ready
	$(BIN)/pytest -q -n 2 --dist loadgroup

# Everything that a browser can tell, the long parts too.
test-browser: $(VENV)/.ready
	HEADRACE_BROWSER=1 $(BIN)/pytest -q -n 2 --dist loadgroup tests/browser

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/headrace check flows
	$(BIN)/headrace fmt flows --check
	$(BIN)/pytest -q tests/test_house.py

# Proves that each gate can fail.
check-check: $(VENV)/.ready
	$(BIN)/python tests/check_gates.py

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/headrace fmt flows

picture: $(VENV)/.ready
	$(BIN)/python -m tests.picture

llms: $(VENV)/.ready
	$(BIN)/python -m tests.llms

words: $(VENV)/.ready
	$(BIN)/python -m tests.words

bench: $(VENV)/.ready
	$(BIN)/headrace bench w1 --runs 100000

FRONTEND := $(addprefix editor/frontend/,package.json package-lock.json .npmrc parts.js)

$(VENV)/.ready: pyproject.toml constraints.txt hatch_build.py $(FRONTEND)
	@$(PYTHON) -c 'import sys; sys.exit("Headrace needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable .
	@touch $@

clean:
	rm -rf $(VENV) build dist editor/static/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
