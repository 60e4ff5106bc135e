# The chores, with nothing installed beforehand but Python 3.11 or newer, git and make.
# uv is taken from the PATH; where there is none, or one that is too old to know dependency groups,
# it is fetched into .uv/ and nowhere else.

PYTHON := $(shell command -v python3 || command -v python)
UV := $(shell uv pip install --help 2>/dev/null | grep -q -e --group && command -v uv)
ifeq ($(UV),)
UV := $(CURDIR)/.uv/bin/uv
endif
RUN := $(UV) run --no-sync
PARALLEL ?= --numprocesses auto --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit project container bench constraints lists clean

help: ## Show what there is to make
	@$(PYTHON) -c "import re; [print(f'{n:12} {t}') for n, t in re.findall(r'^(\w+):.*?## (.*)', open('Makefile').read(), re.M)]"

demo: .venv/installed ## Make one project of each type in demo/, run it, show its results
	$(RUN) python scripts/demo.py

test: lint unit ## What a change has to pass: linters, types, the unit and the render level (minutes)

lint: .venv/installed ## Linters, types, the direction of the imports
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) lint-imports

unit: .venv/installed ## The unit and the render level
	$(RUN) pytest $(PARALLEL)

project: .venv/installed ## Generated projects, from the built wheel, really run (many minutes)
	$(RUN) pytest $(PARALLEL) -m project

container: .venv/installed ## The image of a generated service, built and called; needs docker
	$(RUN) pytest -m container

bench: .venv/installed ## Measure mlscaffold beside its peers
	$(RUN) python benchmarks/scaffold.py

constraints: $(UV) ## Take the newest allowed versions into constraints.txt
	$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --quiet --output-file constraints.txt

lists: .venv/installed ## Write down which files each template makes
	$(RUN) python -m tests.templates.listing

clean: ## Remove what make made
	rm -rf .venv .uv demo dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

# Exact versions: what is tested here is what was tested there.
.venv/installed: pyproject.toml constraints.txt $(UV)
	$(UV) venv --quiet --allow-existing .venv
	$(UV) pip install --quiet --python .venv --constraint constraints.txt --group dev --editable .
	@touch $@

$(CURDIR)/.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.13,<0.14"
