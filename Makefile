# Every habit of this repository has a target; CI uses the same ones. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

GO_PACKAGES := ./handlers/... ./internal/... ./localdev/... ./runtime/...
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
SHARED_DATA ?= $(or $(TW_SHARED_DATA),../shared/data)
# One database for one command; gone afterwards.
FRESH := go run ./localdev/run --fresh

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z-]*:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## start the product with a database of its own and sample data
	@go run ./localdev/run

.PHONY: test
test: ## run everything that CI runs; STAGES=go,lint runs a part
	@$(FRESH) --fast -- go run ./localdev/testsuite $(if $(STAGES),-only $(STAGES))

.PHONY: lint
lint: ## look for bad form and likely mistakes, Go and frontend
	@go run ./localdev/testsuite -only lint

.PHONY: verify
verify: ## say which generated files are stale
	@go run ./localdev/testsuite -only verify

.PHONY: generate
generate: frontend/node_modules/.package-lock.json ## write the generated files: API document and the frontend's types
	@go run ./localdev/generate

.PHONY: format
format: frontend/node_modules/.package-lock.json ## format Go and frontend
	@gofmt -w handlers internal localdev runtime
	@cd frontend && npx --no-install biome check --write .

.PHONY: build
build: build-server build-frontend ## build bin/threatwerk and frontend/dist

.PHONY: build-server
build-server:
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/threatwerk ./runtime/threatwerk

.PHONY: build-frontend
build-frontend: frontend/node_modules/.package-lock.json
	cd frontend && npm run build

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund

.PHONY: bench
bench: build-server ## measure import, upload to findings and memory, on an empty database
	@$(FRESH) -- go run ./localdev/bench -data $(SHARED_DATA)

.PHONY: accuracy
accuracy: build-server ## compare our answers for real documents with other tools'; SAMPLE=50 lists pairs that only we have
	@$(FRESH) --fast -- bash -euo pipefail -c 'bin/threatwerk migrate; \
	  bin/threatwerk import --osv $(SHARED_DATA)/advisories/*/all.zip --kev $(SHARED_DATA)/kev/known_exploited_vulnerabilities.json; \
	  go run ./localdev/accuracy -data $(SHARED_DATA) -least 99.5 $(if $(SAMPLE),-sample $(SAMPLE))'

.PHONY: migration
migration: ## make the next migration: NAME=add_things
	@[[ "$(NAME)" =~ ^[a-z][a-z0-9]*(_[a-z0-9]+)+$$ ]] || { echo "give it a name of verb and object: make migration NAME=add_things" >&2; exit 2; }
	@last=$$(ls migrations | sed -n 's/^\([0-9]\{3\}\)_.*\.sql$$/\1/p' | sort -n | tail -1); \
	  file=migrations/$$(printf '%03d' $$((10#$${last:-0} + 1)))_$(NAME).sql; \
	  printf -- '-- Why:\n-- Does the version before this still run on the new schema?\n\n---- create above / drop below ----\n\n' > $$file; \
	  echo $$file

.PHONY: up
up: ## start the containers (docker compose)
	@test -f docker-compose.yml || { echo "docker-compose.yml is missing: the containers are not described yet; make run starts the product without them" >&2; exit 1; }
	docker compose up --build --detach --wait

.PHONY: down
down: ## stop the containers
	@test -f docker-compose.yml || { echo "docker-compose.yml is missing: there are no containers to stop" >&2; exit 1; }
	docker compose down

.PHONY: clean
clean: ## remove what was built; the local databases stay (.local)
	rm -rf bin frontend/dist
