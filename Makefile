# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One command for each thing that people do here. All of them make what they need first; docs/development.md says more.

PYTHON ?= python3
INVENTORY ?=
ARGS ?=
NAME ?= dev
HOSTS ?= 3

TOOLS := tests/tools
RUN := $(TOOLS)/with-venv
FLEET := $(PYTHON) tests/fleet/fleet.py
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help venv dev diagnose demo test lint unit sanity integration molecule scenarios bench fleet-up fleet-down docs dist pin clean
.NOTPARALLEL:

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1:/p' $(firstword $(MAKEFILE_LIST)) | while IFS=: read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

venv: ## Make .venv with pinned ansible-core and jmespath, and this checkout as the collection
	@$(PYTHON) $(TOOLS)/venv.py run

dev: venv
	@$(PYTHON) $(TOOLS)/venv.py dev

diagnose: venv ## Diagnose this machine, or INVENTORY=file; ARGS="..." goes to ansible-playbook
ifeq ($(strip $(INVENTORY)),)
	@$(RUN) $(TOOLS)/on-this-machine netdoctor.connection_reset.diagnose $(ARGS)
else
	@$(RUN) ansible-playbook -i "$(INVENTORY)" netdoctor.connection_reset.diagnose $(ARGS)
endif

demo: venv ## Start three hosts and a router with seeded faults and write their report (as root); ARGS=--keep
	@$(RUN) tests/demo/demo.sh $(ARGS)

test: dev ## Run lint unit sanity integration molecule, and say what passed and what was skipped
	@$(RUN) python $(TOOLS)/suite.py "$(MAKE)"

lint: dev ## Check style, types, YAML, roles, shell, documentation, changelog and licences
	@$(RUN) python $(TOOLS)/lint.py

unit: dev ## Run the unit tests; those of target-side code on every Python from 3.7 found here
	@$(RUN) python $(TOOLS)/unit.py $(ARGS)

sanity: dev ## Run ansible-test sanity with two releases of ansible-core
	@$(RUN) python $(TOOLS)/sanity.py $(ARGS)

integration: dev ## Run the modules on real hosts (as root)
	@$(RUN) python $(TOOLS)/integration.py $(ARGS)

molecule: dev ## Run the role on real hosts (as root)
	@$(RUN) python $(TOOLS)/molecule.py $(ARGS)

scenarios: venv ## Inject real faults on fleets and see whether the diagnosis names them (as root); ARGS="--only NAME"
	@$(RUN) python tests/scenarios/run.py $(ARGS)

bench: venv ## Measure against ip, ss, grep and other modules (as root); ARGS="--quick --only listeners"
	@$(RUN) python -m tests.benchmarks $(ARGS)

fleet-up: ## Start a fleet: NAME=dev HOSTS=3 (as root on Debian)
	@$(PYTHON) $(TOOLS)/fleet_packages.py
	@$(FLEET) up "$(NAME)" --hosts "$(HOSTS)" --router $(ARGS)

fleet-down: ## Stop it: NAME=dev
	@$(FLEET) down "$(NAME)"

docs: dev ## Write the pages of all modules and of the role to build/docs
	@$(RUN) python $(TOOLS)/docs.py

dist: venv ## Build the collection's tarball in build/
	@$(RUN) python $(TOOLS)/dist.py

pin: ## Resolve requirements/constraints.txt anew (needs every Python from 3.7 to 3.13)
	@$(PYTHON) $(TOOLS)/pin.py

clean: ## Remove what the commands above made here (fleets and images stay)
	rm -rf .venv .cache .ansible .mypy_cache .pytest_cache .ruff_cache build connection-reset-report tests/benchmarks/results
	find plugins tests -name __pycache__ -type d -prune -exec rm -rf {} +
