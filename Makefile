# What there is to remember: make demo, make test. Needs Python 3.11 or later, make and a package index.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
# Processes of the test suite; each has servers of its own.
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
# The tests run in a shuffled order, the same for everybody; any other number shuffles anew.
SEED   ?= 20261123
RULES  := */rules.py,*/rules/*.py
# The portfolio of `make bench`; a million takes ten minutes, LOANS=100000 half a minute.
LOANS  ?= 1000000

export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export UV_SYSTEM_CERTS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: help install demo test check bench run migrate lock content-weights snapshot clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo     install everything here, start PostgreSQL, Valkey, API and workers with three lenders'
	@echo 'make test     everything that must hold: format, lint, types, contracts, architecture, tests, coverage'
	@echo 'make check    the same without the slow tests'
	@echo 'make bench    measure beside bare twins'
	@echo 'make run      API and workers on DATABASE_URL and REDIS_URL'
	@echo 'make migrate  bring control plane and tenants up to date'
	@echo 'make install  only prepare $(VENV), with the dunwell command in it'
	@echo 'make content-weights   learn the weights of the content check anew from its corpus'
	@echo 'make lock     resolve the dependencies anew; make snapshot writes down the schema'

install: $(VENV)/ok

# uv comes first, alone, by pip and by hash; it then installs the rest. Where it cannot reach what
# pip is configured to reach, pip does the work.
$(VENV)/ok: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dunwell needs Python 3.11 or later: make PYTHON=… install")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing into $(VENV) …'
	@awk '/^uv==/ {on=1; print; next} on && /--hash/ {print; next} {on=0}' requirements.lock | sed '$$ s/ \\$$//' > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r $(VENV)/uv.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock \
		|| { echo 'uv did not get through; pip tries …'; $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock; }
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	@exec $(BIN)/dunwell demo

run: install
	@$(BIN)/dunwell run workers & workers=$$!; trap 'kill $$workers 2>/dev/null; wait' EXIT; $(BIN)/dunwell run api

migrate: install
	@exec $(BIN)/dunwell migrate

test: lint
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -n $(JOBS) --dist loadfile --randomly-seed=$(SEED) --cov --cov-report=
	@$(BIN)/coverage report --include='$(RULES)' --fail-under=100
	@$(BIN)/coverage report --format=total | sed 's/^/Coverage of everything, by branch: /;s/$$/ %/'

check: lint
	$(BIN)/pytest -n $(JOBS) --dist loadfile --randomly-seed=$(SEED) -m 'not slow'

.PHONY: lint
lint: install
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

bench: install
	@exec $(BIN)/python -m tests.bench --loans $(LOANS)

RESOLVE := VIRTUAL_ENV=$(VENV) $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

lock: install
	$(RESOLVE) --upgrade --group dev pyproject.toml --output-file requirements.lock
	$(RESOLVE) --no-annotate --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock

# What it installs goes again with the next `make install`; the weights say from which corpus they were learned.
content-weights: install
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --group learning
	@$(BIN)/python -m tests.contact.content.learn

snapshot: install
	-@DUNWELL_WRITE_SNAPSHOT=1 $(BIN)/pytest -q -k the_schema_is_the_one tests/architecture/test_schema.py

clean:
	rm -rf $(VENV) .dunwell .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist .coverage*
