# `make run` opens the window (without a display: runs the example), `make test` runs the tests,
# `make docs` builds the pages. All set up what they need first, in .venv; afterwards they start in seconds.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DOCS_READY := $(VENV)/docs-ready
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

# What Qt needs of the system; a bare Linux lacks some of it.
QT_LIBRARIES := libegl1 libgl1 libglib2.0-0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 \
	libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 \
	libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 fonts-dejavu-core

# $(call apt,PACKAGES): install with apt as root; otherwise name the one command that does, and stop.
apt = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1); \
	else \
		echo "Missing from the system; this installs it (Debian, Ubuntu), then try again:"; \
		echo "  sudo apt-get install -y $(1)"; \
		exit 1; \
	fi

.PHONY: run test lint docs setup clean

run: setup
	@$(BIN)/python -m ptygui gui --or-demo runs/demo

# Two processes of one thread each, of about as many seconds: in less time, also on two cores.
HALF := tests/gui tests/tasks tests/export
TEST := QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/python -m pytest

test: setup
ifdef ARGS
	@$(TEST) $(ARGS)
else
	@said=$$(mktemp); $(TEST) $(addprefix --ignore=,$(HALF)) >$$said 2>&1 & rest=$$!; \
	$(TEST) $(HALF); half=$$?; \
	wait $$rest; rest=$$?; cat $$said; rm -f $$said; \
	[ $$half = 0 ] && [ $$rest = 0 ]
endif

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-logo && $(BIN)/mypy

# The pages of docs/, into site/index.html. Strict: a broken link or a page left out of mkdocs.yml fails.
docs: $(DOCS_READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "site/index.html"

$(DOCS_READY): $(READY)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: install python3, or say make PYTHON=..."; exit 1; fi
	@if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$(PYTHON) has no venv module."; \
		$(call apt,python$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv); fi
	@echo "Setting up in $(VENV), once: this takes a few minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt torch
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@if [ "$$(uname)" = Linux ] && ! { $(qt_loads); }; then $(call apt,$(QT_LIBRARIES)); fi
	@touch $@

# Whether Qt's Python modules load and no library of its X11 plugin is missing.
qt_loads = $(BIN)/python -c 'import PyQt6.QtGui, PyQt6.QtWidgets, PyQt6.QtSvg' 2>/dev/null && \
	! ldd $(VENV)/lib/python3*/site-packages/PyQt6/Qt6/plugins/platforms/libqxcb.so | grep -q 'not found'

clean:
	rm -rf $(VENV) build dist site *.egg-info
