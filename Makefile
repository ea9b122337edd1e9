# Cotrast's commands; `make` alone lists them. Each begins with `setup`, which does nothing the second time.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VAR_DIR ?= var
BIN := .venv/bin
# What is installed is remembered by the hash of its list: a stamp's name says for which list it stands.
hash = $(firstword $(shell cat $(1) | cksum))
RUNTIME := .venv/runtime-$(call hash,requirements.txt requirements-data.txt)
TOOLS := .venv/tools-$(call hash,requirements.txt requirements-dev.txt)
STATIC := $(VAR_DIR)/static/.collected
# A database of DATABASE_URL is migrated by hand, once for all hosts; the one in var/ whenever a migration is newer.
MIGRATED := $(VAR_DIR)/.migrated
# What the checkers import, at the versions of requirements.txt.
CHECKERS = $(shell grep -oE '^(emoji|syllapy|langdetect-rs|regex|rapidfuzz)==[0-9.]+' requirements.txt)
LABEL_STUDIO := .venv-label-studio/bin/label-studio
SUPPLY := .venv-supply
# The wheels of requirements-data.txt lack their dependencies on purpose: pip need not say so each time.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-conflicts --no-compile

# Packages are compiled as they are first imported (see PIP), which is half the wait of compiling them all.
unexport PYTHONDONTWRITEBYTECODE
.NOTPARALLEL:
.PHONY: help setup demo web broker worker test test-fast test-slow tests lint messages screens tools label-studio log-tools bench-verify bench-generate bench-cases bench-annotate bench-case-page bench-edits bench-export bench-release bench-agreement bench-strategies bench-leakage bench-repair bench-repair-check bench-router bench-attention

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

setup: $(RUNTIME) ## install, and prepare var/ with its database
	@umask 077; mkdir -p "$(VAR_DIR)" && test -w "$(VAR_DIR)" && { test -s "$(VAR_DIR)/secret_key" \
	    || $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))' > "$(VAR_DIR)/secret_key"; } \
	    || { echo 'Cannot write in $(VAR_DIR)/, where the database, the key and the socket live:' \
	              'make it writable, or name another folder with VAR_DIR=/another/folder'; exit 1; }
	@chmod go= "$(VAR_DIR)" && find "$(VAR_DIR)" -maxdepth 1 -type f -exec chmod go= {} + || true
	@test -e "$(STATIC)" && test -z "$$(find annotator/*/static $(RUNTIME) -newer "$(STATIC)" 2>&1)" \
	    || { $(BIN)/python manage.py collectstatic --noinput --verbosity 0 && touch "$(STATIC)"; }
	@test -n "$(DATABASE_URL)" || { test -e "$(VAR_DIR)/cotrast.sqlite3" && test -e "$(MIGRATED)" \
	    && test -z "$$(find annotator/*/migrations $(RUNTIME) -newer "$(MIGRATED)" 2>&1)"; } \
	    || { $(BIN)/python manage.py migrate --noinput --verbosity 0 && touch "$(MIGRATED)"; }

$(RUNTIME): # the runtime's packages, then the wheels that only carry files
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo 'Cotrast needs Python 3.11 or newer, and $(PYTHON) is not:' \
	              'install one, or say where it is with make setup PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	    || { echo '$(PYTHON) cannot make virtual environments:' \
	              'on Debian and Ubuntu, apt-get install python3-venv'; exit 1; }
	@echo 'Installing the pinned packages into .venv; the first time takes a minute or two.'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@$(PIP) --requirement requirements.txt && $(PIP) --no-deps --requirement requirements-data.txt \
	    || { echo 'pip could not install the pinned packages (its reason is above).' \
	              'The package registry is needed this once; run the same command again.'; exit 1; }
	@rm -f .venv/runtime-* && touch $(RUNTIME)

$(TOOLS): $(RUNTIME) # what only tests need
	@echo 'Installing the tools of the tests.'
	@$(PIP) --requirement requirements.txt --requirement requirements-dev.txt
	@rm -f .venv/tools-* && touch $(TOOLS)

tools: setup $(TOOLS)

demo: setup ## load the demo study and start everything on this machine (PORT=8001 for another port)
	@$(BIN)/python manage.py demo --stop-with-parent

.PHONY: demo-exemplars
demo-exemplars: setup ## repair failing answers of the demo, make a prompt set, and see what it changes
	@$(BIN)/python manage.py demo_exemplars

web: setup ## the web server alone
	@$(BIN)/python manage.py start_web

broker: setup ## the embedded Valkey server alone, between web server and workers (`make demo` has its own)
	@$(BIN)/python manage.py start_broker

.PHONY: webhooks
webhooks: setup ## the process that sends the messages of webhooks (`make demo` has its own)
	@$(BIN)/python manage.py deliver_webhooks

worker: setup ## one generation worker: make worker MODEL=smollm2-135m
	@test -n "$(MODEL)" || { echo 'Say for which language model: make worker MODEL=smollm2-135m'; exit 1; }
	@$(BIN)/python manage.py start_worker $(MODEL)

test: lint tests ## linters, types, migrations and all tests, on the DATABASE_URL and BROKER_URL of the environment

tests: test-fast test-slow

test-fast: tools ## the tests that need no model, browser or broker
	@$(BIN)/python -m pytest -m 'not slow' --numprocesses 2 --ignore tests/workers/engine

test-slow: tools ## the others
	@$(BIN)/python -m pytest -m slow --numprocesses 2 --dist worksteal

.PHONY: fuzz
fuzz: tools ## 3,000 requests made from the description of the API, as five roles
	@FUZZ_REQUESTS=3000 $(BIN)/python -m pytest tests/api/test_fuzz.py --numprocesses 2 --durations 0

.PHONY: fuzz-importers
fuzz-importers: tools ## 100,000 files that are nearly right, for every importer
	@FUZZ_INPUTS=100000 $(BIN)/python -m pytest tests/importers --numprocesses 2 --durations 0

lint: tools ## style, types, migrations, system checks
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy annotator workers manage.py
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check --fail-level WARNING

messages: setup ## collect the sentences of the screens for translation, and compile the translations
	@command -v msgfmt >/dev/null || { echo 'make messages needs GNU gettext:' \
	    'on Debian and Ubuntu, apt-get install gettext'; exit 1; }
	@$(BIN)/python manage.py makemessages --locale zh_Hans --add-location file --no-obsolete --no-wrap \
	    --ignore tests --ignore benchmarks --ignore "$(VAR_DIR)"
	@$(BIN)/python manage.py compilemessages --locale zh_Hans --ignore ".venv*"

screens: tools ## a picture of every page in var/screens, and anew those that the documentation shows
	@COTRAST_SCREENS=1 $(BIN)/python -m pytest -m slow --numprocesses 2 $$(grep -l looked_at tests/web/browser/*.py)

bench-verify: tools ## how fast verdicts are
	@$(BIN)/python benchmarks/verify.py

bench-generate: setup ## how fast generation is
	@$(BIN)/python benchmarks/generate.py

bench-strategies: setup ## every strategy on the demo's prompts with the demo's model; goes on where it was stopped
	@$(BIN)/python benchmarks/strategies.py

bench-cases: setup ## how fast the list of cases is at 100,000 cases (CASES=1000000 for more)
	@$(BIN)/python benchmarks/cases.py --cases $(or $(CASES),100000)

.PHONY: bench-faults
bench-faults: tools ## a run of real answers whose workers are killed over and over, seen to its end
	@$(BIN)/python benchmarks/killed_workers.py

.PHONY: bench-large-run
bench-large-run: setup ## the start, the pages and the claims of a run of 100,000 prompts
	@$(BIN)/python benchmarks/large_run.py

.PHONY: bench-submits bench-load
bench-submits: tools ## 1,000 submits while the web server is killed over and over; nothing may be lost
	@$(BIN)/python benchmarks/killed_web.py

bench-load: tools ## 50 browsers and 200 users of REST for ten minutes: errors, lost labels, memory of the web processes
	@$(BIN)/python benchmarks/load.py

bench-annotate: setup label-studio ## many annotators at once, beside Label Studio on the PostgreSQL server of DATABASE_URL
	@$(BIN)/python benchmarks/side_by_side.py --label-studio $(LABEL_STUDIO)

.PHONY: supply-tools lock sbom audit
supply-tools: # what reads and writes lists of packages, in an environment of its own
	@test -x $(SUPPLY)/bin/cyclonedx-py || { echo 'Installing uv, cyclonedx-bom and pip-audit into .venv-supply, 60 MB.' \
	    && $(PYTHON) -m venv $(SUPPLY) \
	    && $(SUPPLY)/bin/python -m pip install --quiet --disable-pip-version-check \
	        uv==0.13.8 cyclonedx-bom==7.5.0 pip-audit==2.10.1; }

lock: supply-tools ## write requirements.lock anew: every file of every package by its hash
	@grep -hv '^torch==' requirements.txt requirements-data.txt | $(SUPPLY)/bin/uv pip compile --quiet --no-config \
	    --no-deps --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command 'make lock' \
	    --output-file requirements.lock - >/dev/null \
	    || { echo 'The hashes could not be read (the reason is above): the package registry is needed for them.'; exit 1; }

sbom: setup supply-tools ## a bill of materials of what is installed, as CycloneDX in var/sbom.cdx.json; needs no network
	@$(SUPPLY)/bin/cyclonedx-py environment --output-reproducible --of JSON --output-file "$(VAR_DIR)/sbom.cdx.json" $(BIN)/python
	@echo 'The bill of materials is $(VAR_DIR)/sbom.cdx.json.'

audit: supply-tools ## known vulnerabilities of the locked packages, from a public database
	@rm -f "$(VAR_DIR)/audit.json"; mkdir -p "$(VAR_DIR)"; \
	    $(SUPPLY)/bin/pip-audit --requirement requirements.lock --disable-pip --no-deps --timeout 20 \
	        --progress-spinner off --format json --output "$(VAR_DIR)/audit.json" 2>"$(VAR_DIR)/audit.log"; found=$$?; \
	    test -s "$(VAR_DIR)/audit.json" || { tail -1 "$(VAR_DIR)/audit.log"; \
	        echo 'Nothing was looked up: the database of vulnerabilities cannot be reached from here.' \
	             'Run make audit on a machine with access to the internet.'; exit 1; }; \
	    test $$found = 0 && echo 'No vulnerability of a locked package is known.' \
	        || { echo 'Vulnerable packages are named in $(VAR_DIR)/audit.json; pin a repaired version, then make lock.'; exit 1; }

label-studio: # what bench-annotate compares with, in an environment of its own; without it Cotrast is measured alone
	@test -z "$(DATABASE_URL)" || test -x $(LABEL_STUDIO) \
	    || { echo 'Installing Label Studio into .venv-label-studio, 1 GB; the first time takes some minutes.' \
	         && $(PYTHON) -m venv .venv-label-studio \
	         && .venv-label-studio/bin/python -m pip install --quiet --disable-pip-version-check label-studio==1.23.0; } \
	    || { echo 'Label Studio could not be installed (the reason is above): Cotrast is measured alone.'; \
	         rm -rf .venv-label-studio; }

log-tools: # Inspect and lm-eval, with which a test makes real logs, in an environment of their own
	@test -x .venv-logs/bin/inspect || { echo 'Installing Inspect and lm-eval into .venv-logs, 650 MB; the first time takes some minutes.' \
	    && $(PYTHON) -m venv .venv-logs \
	    && .venv-logs/bin/python -m pip install --quiet --disable-pip-version-check inspect-ai==0.3.285 lm-eval==0.4.13; }

.PHONY: dspy-tools
dspy-tools: # DSPy with GEPA, for which docs/examples has a metric, in an environment of its own
	@test -x .venv-dspy/bin/dspy-ready || { echo 'Installing DSPy into .venv-dspy, 310 MB; the first time takes some minutes.' \
	    && $(PYTHON) -m venv .venv-dspy \
	    && .venv-dspy/bin/python -m pip install --quiet --disable-pip-version-check --no-compile dspy==3.4.1 gepa==0.1.4 'litellm!=1.82.7,!=1.82.8' $(CHECKERS) \
	    && .venv-dspy/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps llama-index-core==0.14.25 \
	    && ln -s python .venv-dspy/bin/dspy-ready; }

.PHONY: client-tools
client-tools: # the generator of a typed client (docs/examples/client.md), in an environment of its own
	@test -x .venv-client/bin/openapi-python-client || { echo 'Installing openapi-python-client into .venv-client, 84 MB; it takes a minute.' \
	    && $(PYTHON) -m venv .venv-client \
	    && .venv-client/bin/python -m pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1; }

.PHONY: trl-tools
trl-tools: # TRL and datasets, with which a test reads exported training rows, in an environment of their own
	@test -x .venv-trl/bin/trl || { echo 'Installing TRL and datasets into .venv-trl, 1 GB; the first time takes some minutes.' \
	    && $(PYTHON) -m venv .venv-trl \
	    && .venv-trl/bin/python -m pip install --quiet --disable-pip-version-check $$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' requirements.txt) \
	    && .venv-trl/bin/python -m pip install --quiet --disable-pip-version-check trl==1.16.0 datasets==5.2.0; }

.PHONY: datasets-tools
datasets-tools: # Hugging Face's datasets, with which a test reads a snapshot, in an environment of its own
	@test -d .venv-datasets/lib/python3*/site-packages/datasets || { echo 'Installing datasets into .venv-datasets, 350 MB; it takes a minute.' \
	    && $(PYTHON) -m venv .venv-datasets \
	    && .venv-datasets/bin/python -m pip install --quiet --disable-pip-version-check datasets==5.2.0; }

bench-case-page: tools ## what one annotator waits for on the case page, in Chromium
	@$(BIN)/python benchmarks/case_page.py

bench-edits: setup ## mechanical edits of real responses: repaired shares and edit distances
	@$(BIN)/python benchmarks/edits.py

bench-export: tools ## the stream of a large study's annotations
	@$(BIN)/python benchmarks/export.py

bench-release: tools ## a snapshot of a large study as JSON lines and Parquet, and its import
	@$(BIN)/python benchmarks/release.py

.PHONY: bench-prompts
bench-prompts: setup ## the import of 50,000 prompts
	@$(BIN)/python benchmarks/prompts.py

bench-agreement: setup ## the agreement page and the dashboard of a large study
	@$(BIN)/python benchmarks/agreement.py

bench-repair: setup ## repair led by the checkers beside plain resampling, 40 real answers; goes on where it was stopped
	@$(BIN)/python benchmarks/repair.py

bench-repair-check: tools ## how fast verdicts turn while somebody types in the repair editor
	@$(BIN)/python benchmarks/repair_check.py

bench-leakage: setup ## which prompts count as near to an exemplar: false alarms and rewordings on IFEval
	@$(BIN)/python benchmarks/leakage.py

bench-router: tools ## routers trained on real pairs of answers: every split and baseline, and the decision pipeline
	@$(BIN)/python benchmarks/router.py

.PHONY: bench-diffusion
bench-diffusion: tools ## masked diffusion: the decoder with and without its cache beside the literal reference
	@$(BIN)/python benchmarks/diffusion.py

.PHONY: bench-attention
bench-attention: tools ## the time and memory of an attention trace beside a plain forward pass
	@$(BIN)/python benchmarks/attention.py

.PHONY: bench-route
bench-route: tools ## the time of a request to /api/v1/route, by the features of the router
	@$(BIN)/python benchmarks/route.py
