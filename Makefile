PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := rag ui training benchmarks tests

.PHONY: setup chat test check format bench eval browser screenshots model model-eval clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

chat: $(READY)
	$(BIN)/rag chat

test: $(READY) browser
	$(BIN)/pytest

check: $(READY)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

bench: $(READY)
	$(BIN)/python -m benchmarks

# only the half of the gold that nothing is fitted on; RUN=folder compares with an earlier run
eval: $(READY)
	$(BIN)/python -m benchmarks.gold_halves build/gold
	$(BIN)/rag ingest corpus --index indexes/eval
	$(BIN)/rag eval build/gold/test.jsonl --index indexes/eval --gate benchmarks/data/gate.toml --model extractive \
	  $(if $(RUN),--baseline $(RUN))

# the browser tests drive Debian's Chromium; where it cannot be installed they are skipped and say why
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	  || echo "no Chromium: browser tests will be skipped"

# the main states of the page, in three languages and both themes; the four that the README shows go to docs/
screenshots: $(READY) browser
	$(BIN)/python -m benchmarks.screenshots --docs

model: $(READY)
	@test -n "$(DATA)" || { echo "name the data folder: make model DATA=folder"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[training]'
	$(BIN)/python -m training $(DATA)

model-eval: $(READY)
	@test -n "$(DATA)" || { echo "name the data folder: make model-eval DATA=folder"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[training]'
	$(BIN)/python -m training.measure $(DATA)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
