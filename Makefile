# make run      score the shipped zoo and print the table; the second time from the store
# make test     all checks: installs what they need on Debian when root
# make lint     vet and formatting alone
# make notebooks  execute all notebooks in place
# make jupyter  open the notebooks in a browser
# make bench    speed, in Go and side by side with NumPy, SciPy and scikit-learn

PYTHON   ?= /usr/bin/python3
PACKAGES := python3-numpy python3-scipy python3-sklearn libopenblas0-pthread jupyter-nbconvert jupyter-client \
            slurmctld slurmd slurm-client munge chromium \
            python3-pil python3-torch python3-torchvision libjpeg-turbo-progs python3-venv
# ONNX Runtime, which runs networks.
RUNTIME  := onnxruntime==1.32.0
# MLflow, which opens what is exported to it.
MLFLOW   := mlflow-skinny==2.22.1
GOIMPORTS := bin/goimports
SOURCES  := $(shell git ls-files '*.go' '*.s' go.mod go.sum results/data 2>/dev/null || find . -name '*.go')

.PHONY: run test lint bench notebooks jupyter kernel packages
.DELETE_ON_ERROR:

run: bin/sfdalab
	bin/sfdalab run experiments/specs/zoo.yaml

# With the git revision, which runs record.
bin/sfdalab: $(SOURCES)
	go build -buildvcs=auto -o $@ ./cmd/sfdalab

test: export PATH := $(dir $(shell command -v go)):$(dir $(PYTHON)):$(PATH)
test: packages lint
	go test ./...
	go -C tools test ./...

lint: $(GOIMPORTS)
	go vet ./...
	go -C tools vet ./...
	@unformatted=$$($(GOIMPORTS) -l $$(git ls-files '*.go')); \
		[ -z "$$unformatted" ] || { echo "not formatted: $$unformatted" >&2; exit 1; }

$(GOIMPORTS): tools/go.mod
	GOBIN=$(CURDIR)/bin go -C tools install tool
	touch $@

# Jupyter comes from the system, the Go kernel from tools/go.mod.
notebooks jupyter kernel: export PATH := $(CURDIR)/bin:$(PATH)
notebooks jupyter kernel: export JUPYTER_DATA_DIR := $(CURDIR)/bin/jupyter

notebooks: packages kernel
	cd notebooks && jupyter-nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False --ExecutePreprocessor.timeout=600 *.ipynb

jupyter: kernel
	@command -v jupyter-notebook >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq jupyter-notebook >/dev/null; } || \
		{ echo "install Jupyter first: apt install jupyter-notebook, or pip install notebook" >&2; exit 1; }
	jupyter-notebook $$([ "$$(id -u)" = 0 ] && echo --allow-root) notebooks

kernel: $(GOIMPORTS)
	@mkdir -p $(CURDIR)/bin/jupyter
	$(CURDIR)/bin/gonb --install --force_deps

bench: bin/sfdalab packages
	go test -run '^$$' -bench . ./...
	go run ./cmd/bench -python $(PYTHON)

# What tests run beside Go: Python metrics and notebooks, a Slurm cluster, a browser.
packages:
	@missing=; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "some tests are skipped: install$$missing" >&2; fi
	@for p in $(RUNTIME) $(MLFLOW); do [ -e bin/venv/$$p ] || \
		{ $(PYTHON) -m venv bin/venv && bin/venv/bin/pip install -q $$p && touch bin/venv/$$p; } || \
		echo "some tests are skipped: $$p cannot be installed" >&2; done
