# Flotilla's menu. `make` alone prints it. Every target installs what it needs; nothing has to be set up by hand.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export NODE_COMPILE_CACHE ?= $(CURDIR)/.cache/node-compile
FOLDERS := contracts runtime kube operator trading gateway agents exec audit crds charts cli local bench test docs examples
MODULES := node_modules/.package-lock.json

.PHONY: help demo limits up down status clean node-up node-down kind kind-down check types lint format format-check unused exceptions unit test integration e2e cluster callout-away kills test-faults mutants crds crds-cost test-schemas test-audit-size charts dashboards docs generated-check judges tools bench bench-exec bench-restart bench-permissions bench-webhook-fill bench-audit bench-up bench-strategy-start bench-operator

help: ## this menu
	@printf 'Flotilla: fleets of trading agents on Kubernetes\n\nFirst:\n'
	@grep -E '^(demo|limits|test|check):.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-22s %s\n", $$1, $$2 }'
	@printf '\nLocal cluster:\n'
	@grep -E '^(up|down|status|clean|node-up|node-down|kind|kind-down):.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-22s %s\n", $$1, $$2 }'
	@printf '\nWork:\n'
	@grep -E '^(types|lint|format|unused|exceptions|unit|integration|e2e|cluster|callout-away|kills|test-faults|mutants|crds|crds-cost|test-schemas|test-audit-size|charts|dashboards|docs|judges|tools|bench[a-z-]*):.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-22s %s\n", $$1, $$2 }'
	@printf '\nSettings: PORT_OFFSET=1000 moves every port, so that two clones run side by side.\n'

$(MODULES): package.json package-lock.json $(wildcard */package.json)
	@echo "installing npm packages"
	@npm ci --no-audit --no-fund --loglevel=error
	@node cli/bin/require-node.js
	@touch $@

demo: $(MODULES) ## the whole story: a fleet trades recorded prices, is halted in mid-flight, the audit log is verified
	@node examples/01-first-fill/demo.ts

limits: $(MODULES) ## every check refuses an order, with the numbers: a minute and a half
	@node examples/02-limits/demo.ts

up: $(MODULES) ## start the local cluster (API server, NATS, Redis, operator, process node)
	@node local/main.ts up

down: $(MODULES) ## stop exactly what `make up` started; data stays
	@node local/main.ts down

status: $(MODULES) ## what runs, and where
	@node local/main.ts status

clean: $(MODULES) ## stop and forget the data
	@node local/main.ts clean

node-up: $(MODULES) ## start a real node: containers, services, DNS, NetworkPolicies (Linux, root); images loaded
	@node local/main.ts node up && node local/main.ts node load-image

node-down: $(MODULES) ## stop the real node and forget it
	@node local/main.ts node down

kind: $(MODULES) ## a kind cluster (Docker) with the image and the charts of this checkout
	@node local/kind/main.ts

kind-down: $(MODULES) ## away with it
	@node local/kind/main.ts down

check: types lint format-check unused generated-check unit ## types, lint, format, unused code, unit tests: under a minute
	@printf '\nchecked. Next: make test\n'

types: $(MODULES) ## type check
	@tsc -p . && echo "types: ok"

lint: $(MODULES) ## oxlint, type-aware
	@oxlint --type-aware --deny-warnings $(FOLDERS)

format: $(MODULES) ## format in place
	@oxfmt $(FOLDERS)

format-check: $(MODULES)
	@oxfmt --check $(FOLDERS) > /dev/null || { echo "format: run make format"; oxfmt --check $(FOLDERS); exit 1; }
	@echo "format: ok"

unused: $(MODULES) ## unused files, exports and dependencies
	@knip --no-config-hints && echo "unused: ok"

exceptions: $(MODULES) ## remove the known exceptions of hygiene rules that are corrected, and count the rest
	@node test/hygiene/main.ts

unit: $(MODULES) ## unit tests
	@node test/run.ts unit

integration: $(MODULES) tools judges ## tests against real servers, folder by folder
	@node test/run.ts integration

e2e: $(MODULES) tools judges ## the stories on a whole local cluster, or by charts on that of FLOTILLA_E2E_KUBECONFIG
	@node test/run.ts $(if $(FLOTILLA_E2E_KUBECONFIG),cluster,e2e)

cluster: $(MODULES) tools judges ## the charts on a real node of this machine (Linux, root): containers, policies, upgrade, uninstall
	@node test/run.ts cluster

callout-away: $(MODULES) tools ## the callout away for 60 s while the fleet trades; AWAY_MS=60000
	@FLOTILLA_CALLOUT_AWAY_MS=$(or $(AWAY_MS),60000) node --test test/outage/callout-away.integration.test.ts

kills: $(MODULES) tools ## kill -9 over gateway, agent, exec and audit; KILLS=100
	@node test/run.ts kills

test-faults: $(MODULES) tools ## the operator behind a proxy that breaks everything once; PLANS=1600 SEED=1
	@FLOTILLA_FAULTS_PLANS=$(or $(PLANS),1600) FLOTILLA_FAULTS_SEED=$(or $(SEED),1) node test/run.ts faults

mutants: $(MODULES) ## one-token mutants of exec, kube, kill switch and audit that tests notice; MODULE= FILE= SAMPLE=40 SEED=1 INTEGRATION=1 REASONS=1
	@node test/mutants/main.ts --module "$(MODULE)" --file "$(FILE)" --sample $(or $(SAMPLE),40) --seed $(or $(SEED),1) $(if $(INTEGRATION),--integration) $(if $(REASONS),--reasons)

test: check tools judges ## everything that must pass before a change lands
	@node test/run.ts integration e2e faults kills cluster
	@printf '\ntested. Next: make demo\n'

crds: $(MODULES) ## regenerate the CRD YAML, and its copies in the charts
	@node crds/main.ts && node charts/main.ts

test-schemas: $(MODULES) tools ## 20,000 random specs of each kind to zod and a real API server; SEED=1 VALUES=20000
	@node crds/testing/agreement/main.ts

test-audit-size: $(MODULES) ## verify an audit log whose checkpoint list is larger than a string can be; MIB=640
	@FLOTILLA_AUDIT_LIST_MIB=$(or $(MIB),640) node --test audit/verify/memory.integration.test.ts

crds-cost: $(MODULES) ## what every CEL rule costs, by the API server's own estimate
	@node local/binaries/main.ts crd-cost && .cache/bin/crd-cost crds/generated/*.yaml | node crds/cost-table.ts

charts: $(MODULES) tools ## regenerate, lint and render the charts, and try them on a real API server
	@node charts/main.ts && node test/run.ts integration --only charts/

dashboards: $(MODULES) ## regenerate dashboards, alerts and Argo CD's Lua, with everything else that charts/ makes from code
	@node charts/main.ts

docs: $(MODULES) ## regenerate the reference pages
	@node docs/main.ts

generated-check: $(MODULES)
	@node crds/main.ts --check && node charts/main.ts --check && node docs/main.ts --check

judges: $(MODULES) ## promtool, prometheus, kstatus, Argo CD's Lua and cyclonus' matcher, which judge what charts/ generates
	@node local/binaries/main.ts promtool prometheus kstatus argo-lua network-judge

tools: $(MODULES) ## the pinned binaries in .cache/bin, from PATH, cache or source
	@node local/binaries/main.ts

bench-permissions: $(MODULES) tools ## revocation, connect, compile and push of accounts, cost on the signal path
	@node bench/permissions.ts

bench-exec: $(MODULES) ## parts of the trading core: booking a trade, the life of an order, a quote, a quote through the simulated exchange
	@node bench/exec.ts

bench-restart: $(MODULES) tools ## exec starts with many past orders: from all executions, and from a checkpoint
	@node bench/restart.ts

bench: bench-exec bench-restart bench-permissions bench-audit bench-webhook-fill bench-up bench-strategy-start bench-operator ## every benchmark

bench-webhook-fill: $(MODULES) tools ## webhook accepted to fill published, against bare JetStream hops
	@node bench/webhook-fill.ts

bench-audit: $(MODULES) tools ## audit append and offline verify
	@node bench/audit.ts

bench-up: $(MODULES) tools ## make up, warm
	@node bench/up.ts

bench-strategy-start: $(MODULES) tools ## Strategy applied to first signal consumed
	@node bench/strategy-start.ts

bench-operator: $(MODULES) tools ## the operator on one core beside client-node and controller-runtime; FLOTILLA_BENCH_IDLE_MINUTES=10
	@node bench/operator.ts
