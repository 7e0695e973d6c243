# `make run` starts the demonstration, `make test` runs every test; both set up what they need in .venv.
# Needed beforehand: Python 3.11 or newer, make and git.

PORT ?= 8000
DATABASE_URL ?=
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1
export PYTHONUNBUFFERED = 1

# The first that is new enough; an explicit SYSTEM_PYTHON=… wins.
ifndef SYSTEM_PYTHON
SYSTEM_PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
endif
PYTHON := .venv/bin/python
# Without byte code: what is used is compiled on first use, which saves a third of the installation.
INSTALL := $(PYTHON) bin/pip install --quiet --no-compile --constraint constraints.txt
NODE_MODULES := $(patsubst %/package-lock.json,%/node_modules/.package-lock.json,$(wildcard tests/*/package-lock.json))

.PHONY: run test verapdf setup setup-production format messages constraints clean

run: .venv/for-running
	@DEBUG=1 PORT="$(PORT)" SITE_URL="$${SITE_URL:-http://127.0.0.1:$(PORT)}" \
	    $(PYTHON) manage.py serve --demonstration

# make test ARGS="-k calendars" runs some; DATABASE_URL=postgres://… runs them on PostgreSQL.
test: .venv/for-testing $(NODE_MODULES)
	@DATABASE_URL="$(DATABASE_URL)" $(PYTHON) -m pytest -n auto --dist worksteal $(ARGS)

setup: .venv/for-testing $(NODE_MODULES)

# What an update in production needs before migrate and restart.
setup-production: .venv/for-running
	@$(PYTHON) -m compileall -q -j 0 .venv/lib config events network || true
	@DEBUG=0 SECRET_KEY=for-collecting-only $(PYTHON) manage.py collectstatic --noinput --verbosity 0

.venv/bin/python:
	@if [ -z "$(SYSTEM_PYTHON)" ]; then \
	    echo "Python 3.11 or newer is needed. On Debian 12 or Ubuntu 24.04 or newer: sudo apt-get install python3 python3-venv" >&2; \
	    exit 1; fi
	@sh bin/system-packages $(SYSTEM_PYTHON)
	@echo "Making .venv with $$($(SYSTEM_PYTHON) --version)"
	@$(SYSTEM_PYTHON) -m venv --clear --without-pip .venv

.venv/for-running: requirements.txt constraints.txt | .venv/bin/python
	@echo "Installing the requirements"
	@$(INSTALL) --requirement requirements.txt
	@touch $@

.venv/for-testing: requirements-test.txt requirements-pkcs11.txt .venv/for-running
	@echo "Installing the tests' requirements"
	@$(INSTALL) --requirement requirements-test.txt
	@touch $@

# Node's part of the tests; where there is no npm, those tests are skipped by name.
$(NODE_MODULES): %/node_modules/.package-lock.json: %/package-lock.json
	@if command -v npm >/dev/null; then \
	    echo "Installing $*/node_modules"; npm ci --prefix $* --no-audit --no-fund --loglevel=error && touch $@; fi

# veraPDF's verdict on samples of all that is printed, where somebody has veraPDF; VERAPDF=… names the program.
verapdf: .venv/for-testing
	@$(PYTHON) tests/interop/conformance.py

format: .venv/for-testing
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

# Collects what is to be translated, and compiles what is; needs Debian's gettext. tests/test_translations.py says what is missing.
messages: .venv/for-running
	@DEBUG=1 $(PYTHON) manage.py makemessages --all --ignore .venv --ignore node_modules --ignore tests \
	    --no-wrap --no-obsolete --add-location file
	@DEBUG=1 $(PYTHON) manage.py compilemessages --ignore .venv

# Resolves everything anew from the pins in requirements*.txt.
constraints:
	@rm -rf .venv-new && $(SYSTEM_PYTHON) -m venv .venv-new && .venv-new/bin/python -m pip install --quiet -r requirements-test.txt
	@{ echo "# The whole resolved set, test tools included, for Python 3.11 to 3.13. To renew: make constraints"; \
	    .venv-new/bin/python -m pip freeze --exclude pip --exclude setuptools; } > constraints.txt
	@rm -rf .venv-new

# Removes what the commands made, the demonstration's data included.
clean:
	rm -rf .venv var staticfiles tests/*/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
