# make        set up what is missing, run the study in config.yaml, say where the report is
# make help   every target
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
STUDY ?= .
CORES ?= all
SNAKEMAKE := $(BIN)/snakemake --directory "$(STUDY)" --cores $(CORES) --rerun-incomplete

.DEFAULT_GOAL := run
.PHONY: run setup check questionnaire test lint demo_data lock messages clean help

run: setup $(STUDY)/config.yaml  ## Set up, run the study (STUDY=examples/NAME for another one), write the report
	@$(BIN)/python -m surveysem unlock --directory "$(STUDY)"
	@$(SNAKEMAKE)
	@echo "Report: $(STUDY)/results/report/index.html"

%/config.yaml:
	@echo "no file $@: STUDY names no study's folder"; exit 1

setup: $(READY)  ## Make .venv with everything pinned, and nothing more

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))" || { echo "Python 3.11 to 3.13 is needed; found: $(PYTHON). Name another: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

check: setup  ## Say everything that is wrong with config.yaml and its files, at once
	@$(BIN)/python -m surveysem check --directory "$(STUDY)"

questionnaire: setup $(STUDY)/config.yaml  ## Write the questionnaire that the instrument makes (STUDY=FOLDER)
	@$(SNAKEMAKE) questionnaire
	@echo "Questionnaire: $(STUDY)/results/questionnaire/"

test: setup  ## Run all tests
	$(BIN)/python -m pytest

lint: setup  ## ruff, snakefmt, snakemake --lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

demo_data: setup  ## Make the synthetic survey in data/raw/ again, from data/demo/population.yaml
	$(BIN)/snakemake --cores 1 demo_data

lock: setup  ## Renew requirements.lock from environment.yml (needs uv on the PATH)
	$(BIN)/python workflow/scripts/lock.py environment.yml requirements.lock

messages: setup  ## Renew the report's message catalogues after its texts changed
	cd workflow/surveysem/report && \
	BABEL="$(CURDIR)/$(BIN)/pybabel -q" && \
	$$BABEL extract -F locale/babel.cfg -k _ --no-location --omit-header -o locale/messages.pot . && \
	for po in locale/*.po; do \
		$$BABEL update --omit-header --no-fuzzy-matching --ignore-obsolete -w 100 \
			-i locale/messages.pot -o $$po -l $$(basename $$po .po); \
	done && rm locale/messages.pot

clean:  ## Remove results/ and logs/ (not data, not .venv)
	rm -rf "$(STUDY)/results" "$(STUDY)/logs"

help:  ## This list
	@grep -hE '^[a-z_]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z_]+):.*## /\1\t/' | expand -t 12
