# kms-login. `make help` lists the targets.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
AWS_PORT ?= 4566
LOCAL_STATE ?= .local/aws
FUZZ_CASES ?= 8000
export PORT AWS_PORT LOCAL_STATE

BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run table unlock end-sessions deploy resources package destroy forms test fuzz timing bench cost screenshots lint format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(READY) ## serve on http://127.0.0.1:8000 with a local AWS (PORT=, AWS_PORT=, LOCAL_STATE=)
	@$(BIN)/python -m tools.run_local

table: $(READY) ## print the table of the service that `make run` serves
	@$(BIN)/python -m tools.show_table

unlock: $(READY) ## let UNAME= log in again after too many wrong passwords (of STAGE=, or of `make run`)
	@$(BIN)/python -m tools.user unlock

end-sessions: $(READY) ## end all sessions of UNAME= (of STAGE=, or of `make run`)
	@$(BIN)/python -m tools.user end-sessions

deploy: $(READY) ## deploy to AWS: STAGE=dev (KEY_ADMIN=, KEY_USER=, THROTTLE_RATE=, THROTTLE_BURST=)
	@$(BIN)/python -m tools.deploy

resources: $(READY) ## only key and tables of STAGE=, recorded for a bare `chalice deploy` or `package`
	@$(BIN)/python -m tools.deploy resources

package: $(READY) ## the app of STAGE= as zip and SAM template, for CloudFormation
	@$(BIN)/python -m tools.package

destroy: $(READY) ## remove the app of STAGE= from AWS; key, tables and users stay
	@$(BIN)/python -m tools.deploy destroy

forms: $(READY) ## the forms as files for another site, which send to the service at ADDRESS=
	@$(BIN)/python -m tools.forms

bench: $(READY) ## measure beside the tutorial's handlers, in half a minute (FULL=1: all, in five minutes; OWN_WHEEL=)
	@$(BIN)/python -m tools.bench

cost: $(READY) ## dollars for what `make bench` measured, beside Cognito for USERS=100000
	@$(BIN)/python -m tools.cost

test: $(READY) ## run every test
	@$(BIN)/python -m pytest

fuzz: $(READY) ## send the service tens of thousands of hostile requests (FUZZ_CASES=)
	@FUZZ_CASES=$(FUZZ_CASES) $(BIN)/python -m pytest tests/fuzz

timing: $(READY) ## whether times tell a wrong password from an unknown user (a minute; TIMING_REQUESTS=)
	@$(BIN)/python -m tools.timing

screenshots: $(READY) ## take the pictures of docs/screenshots/ anew (with CHROMIUM=, or the one on the PATH)
	@$(BIN)/python -m tests.browser.screenshots

lint: $(READY) ## check style, lint and types
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy

format: $(READY) ## rewrite the code in the project's style
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m ruff check --fix --exit-zero .

clean: ## remove the virtual environment and caches; the local AWS keeps its users
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is not Python 3.11 or newer. Say which is: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "$(PYTHON) cannot make a virtual environment. On Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (once; re-used until requirements*.txt change) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@# For the tests that deploy: they build the real zip without the network.
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check -r requirements.txt -d $(VENV)/wheels
	@touch $(READY)
