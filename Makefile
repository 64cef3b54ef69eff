# Everything a developer runs. `make` alone lists it.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv/bin
MANAGE := $(VENV)/python manage.py
PYTEST_ARGS ?= -n auto
CODE := clinic patients scheduling scripts tests $(wildcard bench) manage.py
# The engine and the tools know no database: once is enough.
PURE_TESTS := tests/engine tests/architecture tests/scripts
export PORT

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix build lock messages screenshots bench

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

setup:
	@$(PYTHON) scripts/bootstrap.py

demo: setup ## set up, fill a demo clinic, serve it on http://127.0.0.1:8000 (PORT=... for another)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo
	@$(MANAGE) runserver --noreload 127.0.0.1:$(PORT)

test: setup check ## set up, all checks, then all tests on SQLite and on PostgreSQL
	$(VENV)/pytest $(PYTEST_ARGS)
	@$(VENV)/python scripts/postgres.py run -- $(VENV)/pytest $(PYTEST_ARGS) $(addprefix --ignore=,$(PURE_TESTS)) || { \
	  code=$$?; \
	  if [ $$code -eq 77 ] && [ "$$CI" != true ]; then echo "PostgreSQL tests skipped: see the line above."; \
	  else exit $$code; fi; }

check: setup ## format, lint, types, layers, migrations, translations, templates
	$(VENV)/ruff format --check --output-format concise $(CODE)
	$(VENV)/ruff check $(CODE)
	$(VENV)/mypy clinic patients scheduling scripts
	$(VENV)/lint-imports --no-cache
	$(MANAGE) check --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run --verbosity 1
	$(VENV)/python scripts/check_translations.py
	$(VENV)/djlint templates --lint --quiet

fix: setup ## format the code and mend what the linter can mend
	$(VENV)/ruff format $(CODE)
	$(VENV)/ruff check --fix $(CODE)

build: ## build the front end, the icons and the translations again
	@$(PYTHON) scripts/bootstrap.py build icons messages

lock: setup ## resolve requirements/*.in anew into hashed locks
	$(VENV)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate requirements/run.in -o requirements/run.lock
	$(VENV)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate requirements/pdf.in -o requirements/pdf.lock
	$(VENV)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate requirements/dev.in -o requirements/dev.lock
	$(VENV)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate requirements/bench.in -o requirements/bench.lock

messages: setup ## collect the texts to translate into locale/it
	$(MANAGE) makemessages --locale it --no-location --no-wrap --ignore node_modules --ignore ".venv*" --ignore static --ignore tests

screenshots: setup ## take the pictures of docs/images from a fresh demo clinic
	$(VENV)/python scripts/screenshots.py

bench: setup ## measure (BENCH_ARGS="--size M" and more: docs/performance.md)
	@$(PYTHON) scripts/peers.py
	$(VENV)/python -m bench $(BENCH_ARGS)
