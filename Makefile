# Each target sets up what it needs. Any Python from 3.10 to 3.13 will do; name one with PYTHON=...
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
NETWORKS := models/embedded/.complete
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python3.10 python)
SUITABLE := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))

# No news, no look for updates, no list of extensions from the network; in a container everybody is root
LAB := --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate --LabApp.extension_manager=readonly \
	$(if $(filter 0,$(shell id -u)),--allow-root)

export PATH := $(CURDIR)/$(BIN):$(PATH)
export MPLBACKEND := Agg
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help setup repro test lab bench figures lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) $(NETWORKS) ## Create the environment in .venv and fetch the networks

repro: setup ## Run the pipeline; DATA=folder chooses your own images/ and videos/
	@$(if $(DATA),python -m anonlab data "$(DATA)")
	@python -m anonlab check
	@dvc repro
	@python -m anonlab summary

figures: setup ## Draw the figures again, and whatever they depend on
	@python -m anonlab check
	@dvc repro figures

test: setup ## Check style, types and behaviour
	ruff check .
	ruff format --check .
	mypy
	pytest

lab: setup ## Open the project in JupyterLab
	jupyter lab $(LAB)

bench: setup ## Measure speed and memory, as ratios in one run
	python -m benchmarks

lock: ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate \
		--extra dev --output-file requirements.lock pyproject.toml

clean: ## Remove everything that the pipeline made, and its caches
	rm -rf .items build runs data/anonymized data/pose data/actions data/metrics data/*.parquet data/scenarios.json \
		.dvc/cache .dvc/tmp dvc.lock metrics.json figures/fig*

# A stamp is written last, so an interrupted set-up starts over.
$(STAMP): requirements.lock pyproject.toml
	@python=; for each in $(CANDIDATES); do \
		if "$$each" -c '$(SUITABLE)' 2>/dev/null; then python=$$each; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "anonlab needs Python 3.10 to 3.13; install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi; \
	rm -rf $(VENV); \
	if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --seed --python "$$("$$python" -c 'import sys; print(sys.executable)')" $(VENV) && \
		uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
		"$$python" -m venv $(VENV) || { \
			echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@# DVC wants git; a downloaded zip has none
	@if ! git rev-parse --git-dir >/dev/null 2>&1; then \
		printf '[core]\n    no_scm = true\n' > .dvc/config.local; fi
	@touch $@

$(NETWORKS): $(STAMP) anonlab/models/weights.py
	@python -m anonlab.models fetch embedded
	@touch $@
