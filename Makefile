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

.PHONY: bench-feeds
bench-feeds: build-server ## measure the first load of all feeds from their simulators, and kill it ten times
	@$(FRESH) -- go run ./localdev/bench/feeds -data $(SHARED_DATA)

.PHONY: seed-big
seed-big: build-server ## fill the local database, which must be empty, with 2,000 releases and half a million findings; `make run` then serves them
	@go run ./localdev/run -- bash -euo pipefail -c 'bin/threatwerk migrate; go run ./localdev/bench/big seed'

.PHONY: bench-big
bench-big: build-server ## measure every list, sort, filter and search on such a portfolio, in a database that goes afterwards
	@$(FRESH) --fast -- bash -euo pipefail -c 'bin/threatwerk migrate; go run ./localdev/bench/big seed; go run ./localdev/bench/big measure'

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

COMPOSE := docker compose
# UP_FLAGS=--no-build takes the images that are there; PROFILES=scale starts three backends.
UP_FLAGS ?= --build
PROFILES ?=
WITH_PROFILES := $(addprefix --profile ,$(PROFILES))

.PHONY: up
up: ## start the containers, wait until they are healthy, print the address; PROFILES=scale for three backends
	VERSION=$(VERSION) $(COMPOSE) $(WITH_PROFILES) up $(UP_FLAGS) --detach --wait
	@echo; echo "ThreatWerk: http://localhost:$${PORT:-8080}   mail that it sends: http://localhost:$${MAIL_PORT:-8025}"

.PHONY: down
down: ## stop the containers; their data stays (docker compose down --volumes removes it)
	$(COMPOSE) --profile scale --profile feeds down

.PHONY: check-compose
check-compose: ## make up in a project of its own, register, push, read findings and mail, make down
	@localdev/compose/check

.PHONY: images
images: ## build both images as the deployment guide does
	docker build --target prod --build-arg VERSION=$(VERSION) -t threatwerk-backend:$(VERSION) -f Dockerfile.backend .
	docker build --target prod -t threatwerk-frontend:$(VERSION) -f Dockerfile.frontend ./frontend

# PREVIOUS=v26.05 lets the rolling upgrade begin with that version; without it, both are this one.
PREVIOUS ?=

.PHONY: previous-image
previous-image:
	$(if $(PREVIOUS),git archive $(PREVIOUS) | docker build --target prod --build-arg VERSION=$(PREVIOUS) -t threatwerk-backend:$(PREVIOUS) -f Dockerfile.backend -)

.PHONY: test-integration
test-integration: images previous-image ## build both images and test them in containers: verification, rolling upgrade, an ending task
	BACKEND_IMAGE=threatwerk-backend:$(VERSION) FRONTEND_IMAGE=threatwerk-frontend:$(VERSION) $(if $(PREVIOUS),PREVIOUS_BACKEND_IMAGE=threatwerk-backend:$(PREVIOUS)) \
	  go test -tags integration -count=1 -timeout 20m -v ./localdev/integration

.PHONY: lint-templates
lint-templates: ## look over the CloudFormation templates; needs cfn-lint
	cfn-lint --config-file cloudformation/.cfnlintrc

.PHONY: lambda
lambda: ## build bin/lambda-amd64.zip and bin/lambda-arm64.zip for runtime provided.al2023
	for arch in amd64 arm64; do \
	  mkdir -p bin/lambda-$$arch && CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" \
	    -o bin/lambda-$$arch/bootstrap ./runtime/lambda && (cd bin/lambda-$$arch && zip -q -X ../lambda-$$arch.zip bootstrap); \
	done

.PHONY: sbom
sbom: build-server ## write bin/threatwerk.cdx.json, the SBOM of our own binary
	go run ./localdev/sbom -o bin/threatwerk.cdx.json bin/threatwerk

.PHONY: clean
clean: ## remove what was built; the local databases stay (.local)
	rm -rf bin frontend/dist
