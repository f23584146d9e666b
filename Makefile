# Everything from a bare machine with Python 3.11 or newer and make; the same on a laptop and in CI.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(p)),$(p))))
PORT ?= 8000
export PORT
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NPM := $(shell command -v npm)
ifneq ($(NPM),)
NODE_OK := $(shell node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null && echo yes)
endif

.PHONY: run test setup setup-dev lint format bench drill messages requirements clean

run: setup
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) seed_demo --if-empty
	@$(MANAGE) welcome
	@$(BIN)/honcho start --port $(PORT) || [ $$? -eq 130 ]

setup: $(VENV)/.installed node_modules/.installed $(VENV)/.messages

setup-dev: setup $(VENV)/.installed-dev

test: setup-dev
	@tools/ensure_chromium
	@SECRET_KEY=$${SECRET_KEY:-only-for-tests} $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(BIN)/lint-imports
	$(BIN)/mypy .
	@SECRET_KEY=$${SECRET_KEY:-only-for-lint} $(MANAGE) makemigrations --check --dry-run

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	-$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

bench: setup-dev
	@SECRET_KEY=$${SECRET_KEY:-only-for-benchmarks} $(BIN)/python -m bench

drill: setup-dev
	@SECRET_KEY=$${SECRET_KEY:-only-for-drills} $(BIN)/python -m bench.drill

KEYWORDS := -k gettext_lazy -k ngettext_lazy:1,2 -k pgettext_lazy:1c,2 -k npgettext_lazy:1c,2,3
messages: setup-dev
	$(BIN)/python -m babel.messages.frontend --quiet extract -F babel.cfg -o $(VENV)/django.pot --no-location --sort-output --project Stepwise $(KEYWORDS) .
	$(BIN)/pybabel update -i $(VENV)/django.pot -d locale -D django --no-fuzzy-matching --ignore-pot-creation-date

requirements: setup-dev
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf $(VENV) node_modules

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Stepwise needs Python 3.11 or newer on the PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Stepwise needs Python 3.11 or newer; $(PYTHON) is older. Say which one with: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing packages …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing packages for tests …"
	@$(PIP) -r requirements.txt -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json $(VENV)/.installed
	@echo "Installing page assets …"
ifeq ($(NODE_OK),yes)
	@npm ci --no-audit --no-fund --loglevel error
else
	@$(PIP) -r requirements-node.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --no-audit --no-fund --loglevel error
endif
	@touch $@

$(VENV)/.messages: $(wildcard locale/*/LC_MESSAGES/*.po) $(VENV)/.installed
	@if ls locale/*/LC_MESSAGES/*.po >/dev/null 2>&1; then $(BIN)/pybabel --quiet compile -d locale -D django; fi
	@touch $@
