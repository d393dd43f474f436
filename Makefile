# The verbs that people and CI share. `make` alone prints them.

PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
PYTEST := $(BIN)/python -m pytest

UV := 0.13.9
LOCK_BIN := $(subst .venv,.venv-lock,$(BIN))
COMPILE := $(LOCK_BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(UPGRADE)

# With this variable set, each of the many Pythons below would compile every library again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help learn demo build test acceptance lint bench lock

help: ## print these verbs
	@sed -n 's/^\([a-z]*\): ## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

learn: ## set up, then open JupyterLab on the first lesson (NO_BROWSER=1: only print the address)
	@$(PYTHON) tools/set_up.py
	@$(BIN)/hindcast learn

demo: ## play a trainer's whole round: thirty made-up learners, four units, about a minute
	@$(PYTHON) tools/set_up.py
	@$(BIN)/hindcast demo

build: ## make course/ from solutions/ (UNIT=06_reading_classifications for one unit)
	@$(PYTHON) tools/set_up.py --dev
	@$(BIN)/hindcast build $(UNIT)

test: ## set up and run every test, the notebooks included, on all cores (UNIT=06_reading_classifications: one unit)
	@$(PYTHON) tools/set_up.py --dev
	@$(PYTEST) -n logical --dist loadscope --no-loadscope-reorder $(if $(UNIT),--unit $(UNIT))

acceptance: ## the tests that take longer: a fresh machine, a real browser, hostile hand-ins, kills
	@$(PYTHON) tools/set_up.py --dev
	@$(PYTEST) -m acceptance

lint: ## read code and notebooks with ruff, and the package's types with mypy
	@$(PYTHON) tools/set_up.py --dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: ## measure ours beside the stock tools, in one run
	@$(PYTHON) tools/set_up.py --dev
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/replay.py
	@$(BIN)/python benchmarks/grade.py
	@$(BIN)/python benchmarks/cohort.py
	@$(BIN)/python benchmarks/collect.py

lock: ## make both locks anew from pyproject.toml; pins stay (UPGRADE=--upgrade: the newest versions)
	$(PYTHON) -m venv --clear .venv-lock
	$(LOCK_BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(COMPILE) --group build pyproject.toml -o requirements.lock
	$(COMPILE) --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	rm -rf .venv-lock
