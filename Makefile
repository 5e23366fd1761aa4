# What people type. Everything runs in .venv, which is made and kept up to date as needed.
#
#   make demo          a clinic on this machine: server, data and two stations
#   make test          lint, types, import contracts, tests
#   make test-long     the tests that take a minute or more each, which `make test` leaves out
#   make soak          faults of every kind for MINUTES=5; SEED=n for one run of them again; SIZE="--desks 10" for more
#   make fuzz          what comes from outside, for MINUTES=7, with inputs that a fuzzer makes up; TARGET=csv_files for one
#   make bench         what is measured; a table, and build/bench.json
#   make screenshots   pictures of every screen, in build/screenshots
#   make lint          the quick part of `make test`: all but the tests
#   make venv          just the environment, in .venv
#   make lock          write the lock files anew from pyproject.toml (UPGRADE=1 for newer versions)
#   make clean         remove what make made

STAMP := .venv/.installed
RUN := .venv/bin/python -m

# Start-up counts, and a shell that forbids byte code doubles it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-long lint soak fuzz bench screenshots lock venv libraries window-libraries clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

demo: venv window-libraries
	@$(RUN) compileall -q medidesk
	@.venv/bin/medidesk demo

test: venv libraries
	@$(RUN) tools.checks

test-long: venv libraries
	@QT_QPA_PLATFORM=offscreen $(RUN) pytest -q -n 2 -m long

lint: venv
	@$(RUN) tools.checks lint format types contracts

# A failing seed is named; SEED alone, with the same SIZE, replays it.
soak: venv libraries
	@$(RUN) tests.faults.soak $(SIZE) $(if $(SEED),--seed $(SEED) $(if $(MINUTES),--minutes $(MINUTES)),--minutes $(or $(MINUTES),5))

# The fuzzer is of no use to anything else, and there is not a build of it for every machine: it is kept apart.
FUZZER := build/atheris
fuzz: venv $(FUZZER)/.installed
	@PYTHONPATH=$(FUZZER) $(RUN) tools.fuzz --minutes $(or $(MINUTES),7) $(TARGET)

$(FUZZER)/.installed: requirements-fuzz.lock | venv
	@rm -rf $(FUZZER)
	@$(RUN) pip --disable-pip-version-check install --quiet --no-deps --require-hashes --requirement $< --target $(FUZZER)
	@touch $@

# Off-screen whether there is a screen or not: the same figures and pictures everywhere.
bench: venv libraries
	@QT_QPA_PLATFORM=offscreen $(RUN) benchmarks

screenshots: venv libraries
	@QT_QPA_PLATFORM=offscreen $(RUN) tools.screenshots

LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: venv
	@$(LOCK) pyproject.toml --output-file requirements.lock
	@$(LOCK) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(LOCK) tools/fuzz/requirements.in --output-file requirements-fuzz.lock

venv: $(STAMP)
	@:

# An environment that was moved with its folder, or whose Python is gone, counts as not made; and
# `make PYTHON=python3.13` looks at whether it is of that one.
ifneq ($(shell test -x .venv/bin/python && cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
else ifeq ($(origin PYTHON),command line)
.PHONY: $(STAMP)
endif

$(STAMP): .python-version pyproject.toml requirements-dev.lock tools/bootstrap.py tools/find-python
	@python=$$(tools/find-python) && "$$python" -m tools.bootstrap

# Asked every time, because it takes no time when nothing is missing.
libraries: venv
	@$(RUN) tools.system_libraries

window-libraries: venv
	@$(RUN) tools.system_libraries --window

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -rf *.egg-info
