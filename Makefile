# Two commands do everything: `make demo` and `make test`. Both need only python3 (3.11 or newer) and make.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SHARED ?= $(or $(GEOACCESS_SHARED),../shared)
WORKERS ?= 2

.PHONY: demo test check lint docs lock browser qgis wheel minimum sbom clean

demo: $(VENV)/.installed
	$(BIN)/geoaccess demo --overwrite
	$(BIN)/geoaccess demo malta --overwrite

test: $(VENV)/.installed-test
	GEOACCESS_SHARED="$(SHARED)" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: lint test

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.documentation.typed_examples
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("geoaccess needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-test.lock
	touch $@

# The documentation as a site, into build/site.
docs: $(VENV)/.installed-test
	$(BIN)/python -m tests.documentation.refresh reference/commands.md reference/study-file.md reference/models.md reference/results.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Renew both lock files from pyproject.toml; needs uv (python3 -m pip install uv).
lock:
	uv pip compile pyproject.toml --extra build --extra report --extra dask --extra order --universal \
		--generate-hashes --python-version 3.11 --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --constraint requirements.lock \
		--generate-hashes --python-version 3.11 --no-header --quiet --output-file requirements-test.lock

# The browser tests drive Debian's Chromium.
browser:
	apt-get update && apt-get install --yes --no-install-recommends chromium fonts-dejavu

# The tests that Debian's QGIS runs without windows.
qgis: $(VENV)/.installed-test
	apt-get update && apt-get install --yes --no-install-recommends qgis python3-qgis
	GEOACCESS_REQUIRE_QGIS=1 $(BIN)/python -m pytest tests/maps/test_qgis_itself.py tests/geoaccess/cli/test_qgis_plugin.py

wheel: $(VENV)/.installed-test
	$(BIN)/python -m build --no-isolation --outdir dist

# The oldest versions that pyproject.toml allows, in an environment of their own; needs uv.
minimum:
	mkdir -p build
	uv pip compile pyproject.toml --extra report --extra dask --extra order --resolution lowest-direct \
		--python-version 3.11 --no-header --quiet --output-file build/minimum.txt
	$(PYTHON) -m venv --clear build/minimum
	build/minimum/bin/python -m pip install --quiet --requirement build/minimum.txt
	build/minimum/bin/python -m pip install --quiet pytest pytest-timeout pytest-benchmark hypothesis
	PYTHONPATH=. build/minimum/bin/python -m geoaccess demo -o build/minimum-demo --overwrite
	PYTHONPATH=. GEOACCESS_SHARED="$(SHARED)" build/minimum/bin/python -m pytest -q \
		tests/networks tests/optimise/test_models.py tests/geoaccess/cli/test_cli.py tests/studies

# What the program is shipped with: names, versions, hashes, as CycloneDX.
sbom: $(VENV)/.installed-test
	$(BIN)/cyclonedx-py requirements requirements.lock --output-file dist/sbom.json

clean:
	rm -rf $(VENV) dist build runs
