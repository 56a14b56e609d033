# `make demo` and `make test` do all of their own set-up in .venv. Needs Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCHMARKS := submit triage pages mail lighthouse desk

.DEFAULT_GOAL := help
.PHONY: help demo test lint format soak locale clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/ready-to-run ## An invented clinic on this computer; Ctrl-C stops it
	@exec $(BIN)/reporter demo $(DEMO)

test: lint ## Style, types and all tests; at the end, what was missing for them
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not slow'
	@$(BIN)/python -m tests.missing

lint: $(VENV)/ready-to-test ## Style and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/ready-to-test ## Lay out the code
	$(BIN)/ruff format .

soak: $(VENV)/ready-to-test ## The long forms of the proofs, and the benchmarks
	$(BIN)/python -m pytest -n 0 -m slow
	REPORTER_EXAMPLES=10 $(BIN)/python -m pytest -n 2 -m 'examples and not slow'
	@for one in $(BENCHMARKS); do echo "== $$one"; $(BIN)/python benchmarks/$$one.py || exit 1; done

locale: $(VENV)/ready-to-test ## Collect the texts, merge them into the Spanish files, compile
	@set -e; catalogue() { \
		$(BIN)/pybabel -q extract -F $$1/babel.cfg --no-location -k _l -k lazy_gettext \
			-o $(VENV)/$$2.pot $$3 $$4; \
		$(BIN)/pybabel -q update --ignore-pot-creation-date --no-fuzzy-matching --no-wrap \
			-l es -D $$2 -i $(VENV)/$$2.pot -d $$1; \
		$(BIN)/pybabel compile -l es -D $$2 -d $$1 --statistics; \
	}; \
	catalogue reporter/web/locale messages reporter/web templates; \
	catalogue reporter/mail/locale mail reporter/mail templates/email

clean: ## Throw away what can be made again, and the demo's data
	rm -rf $(VENV) build dist *.egg-info demo-data .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python is missing: install Python 3.11 or newer, or say make PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
			"Install a newer one, or say make PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >$(VENV).log 2>&1 || { rm -rf $(VENV); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Debian's python3-venv …"; \
			{ apt-get update && apt-get install -y python3-venv; } >$(VENV).log 2>&1 && \
			$(PYTHON) -m venv $(VENV); \
		else \
			echo "Python cannot make a virtual environment here. On Debian or Ubuntu:" \
				"sudo apt-get install python3-venv"; rm -f $(VENV).log; exit 1; \
		fi; }
	@rm -f $(VENV).log

# One stamp for each set of packages; a changed setup.cfg installs anew.
$(VENV)/ready-to-run: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/ready-to-test: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/ready-to-run
