# Two commands do everything from a fresh clone, set-up included: `make demo` and `make test`.
# Python 3.11 or newer and make are all that must be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FOLDERS := compare compare/commands compare/dual compare/execution compare/mechanism compare/reproduction compare/reproduction/studies compare/solving compare/storage compare/terminal compare/theory problems algorithms algorithms/networks algorithms/training algorithms/kernels reports reports/figures reports/mechanism reports/templates reports/verdicts
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Strict editable mode lays out real links, which type checkers can follow.
EDITABLE := --config-settings editable_mode=strict --editable

.PHONY: demo test lint docs docs-serve gallery install clean

demo: install
	$(BIN)/parity-compare run --algos sgd,langevin,exhaustive,gf2,sq --n 30 --k 3 --noise 0 \
	  --trials 10 --seed 0 --device auto --time-limit 60s --out demo

# The three reports of docs/gallery and their pictures; takes about half an hour.
gallery: install
	$(BIN)/python docs/gallery/make.py

# Two processes, each with whole files: fixtures of a file are made once, and two cores are enough.
test: install
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=tools/docs:examples/plugin/src $(BIN)/mypy tools/docs/*.py examples/plugin/src

# The site in site/: any warning is an error, and every page is looked at once more.
docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python tools/docs/site_check.py site

# The same on a local address, built anew after every change.
docs-serve: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

install: $(VENV)/installed

$(VENV)/dependencies: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "parity-compare needs Python 3.11 or newer; say make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --constraint constraints.txt $(EDITABLE) '.[dev]'
	@touch $@

# A new file must be linked into the installed package; an edited one already is.
$(VENV)/installed: $(VENV)/dependencies $(FOLDERS)
	$(INSTALL) --no-deps --no-build-isolation $(EDITABLE) .
	@touch $@

clean:
	rm -rf $(VENV) build site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
