# make demo: set everything up and open the example report. make test: set everything up and run the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types constraints bench docs weights figures screenshots clean

# The core install: exactly the pinned, hashed packages, then this tree.
$(VENV)/.core: constraints/core.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints/core.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: constraints/dev.txt $(VENV)/.core
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints/dev.txt
	@touch $@

demo: $(VENV)/.core
	@$(BIN)/attune demo

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/pyright

check: lint types test

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# Pins with hashes and no addresses; the only step that needs uv.
constraints:
	uv export --quiet --no-emit-project --no-default-groups --no-header --no-annotate -o constraints/core.txt
	uv export --quiet --no-emit-project --group dev --no-header --no-annotate -o constraints/dev.txt
	uv export --quiet --no-emit-project --only-group minimal --no-header --no-annotate -o constraints/minimal-test.txt
	rm -f uv.lock

# Pages that are made from the code: docs/reference/cli.md and the table of formats. The tests compare.
docs: $(VENV)/.dev
	$(BIN)/python docs/build.py

# Both sets of weights from the corpora (ATTUNEMENT_DATA names their folder), and the model card. Hours on two cores.
TRAIN := .venvs/train/bin/python
.venvs/train/.done: training/requirements.txt
	@test -x $(TRAIN) || $(PYTHON) -m venv .venvs/train
	@$(TRAIN) -m pip install --quiet --disable-pip-version-check -r training/requirements.txt
	@$(TRAIN) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

weights: .venvs/train/.done
	PYTHONPATH=. $(TRAIN) -m training.build open
	PYTHONPATH=. $(TRAIN) -m training.build research

# Every figure and picture that hangs on cues, blend or network: needs the corpora, Chromium, some minutes. The
# shares of false alarms are printed for `reports/safety.py` and `docs/why/safety.md`.
figures: $(VENV)/.dev .venvs/train/.done
	$(BIN)/python -m benchmarks agreement
	PYTHONPATH=. $(TRAIN) -m training.lexical_page
	PYTHONPATH=. $(TRAIN) -m training.card --out docs/model-card.md
	$(BIN)/python -m benchmarks false_alarms
	$(BIN)/python docs/build.py
	$(BIN)/python docs/screenshots.py --readme

# Pictures of the report in every light, width and case, and the two of the README; needs Chromium.
screenshots: $(VENV)/.dev
	$(BIN)/python docs/screenshots.py --readme

clean:
	rm -rf $(VENV) build dist
