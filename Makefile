# `make` prints what there is. Every target sets up what it needs by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.base: requirements/base.txt tools/system.sh
	@sh tools/system.sh run
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt tools/system.sh
	@sh tools/system.sh test
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.base

locale/hi/LC_MESSAGES/django.mo: locale/hi/LC_MESSAGES/django.po
	@msgfmt -o $@ $<

run: $(VENV)/.base locale/hi/LC_MESSAGES/django.mo ## serve the demonstration on http://127.0.0.1:$(PORT)
	@exec $(BIN)/python tools/run.py

test: $(VENV)/.dev locale/hi/LC_MESSAGES/django.mo ## the whole suite, on SQLite and on PostgreSQL + Redis
	@$(BIN)/python tools/test.py

lint: $(VENV)/.dev ## style, types, imports, templates, migrations
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/djlint --quiet --lint templates
	@DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run
	@DEBUG=1 $(BIN)/python manage.py check

fmt: $(VENV)/.dev ## format the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.dev locale/hi/LC_MESSAGES/django.mo ## measure the goals of docs/speed.md, in ratios
	@$(BIN)/python -m bench

soak: $(VENV)/.dev locale/hi/LC_MESSAGES/django.mo ## long suites: workers killed at random
	@$(BIN)/python tools/test.py -m soak

drill: $(VENV)/.dev ## measure backup and restore, of the demonstration and of ten nations with files
	@$(BIN)/python -m bench.drill

demo: $(VENV)/.base ## start the demonstration over: forget its data and build it anew
	@$(BIN)/python tools/demo.py

pictures: $(VENV)/.dev locale/hi/LC_MESSAGES/django.mo ## take the pictures in docs/pictures
	@$(BIN)/python -m tools.pictures

messages: $(VENV)/.dev ## gather the strings to translate
	@$(BIN)/python manage.py makemessages -l hi --no-obsolete --no-location --ignore .venv --ignore var
	@msgfmt --statistics -o locale/hi/LC_MESSAGES/django.mo locale/hi/LC_MESSAGES/django.po

lock: $(VENV)/.dev ## resolve the packages anew
	@cd requirements && for set in base dev; do ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file $$set.txt $$set.in; done

.PHONY: help run test lint fmt bench soak drill demo pictures messages lock
