# make demo   install what is missing, build, and run validate, plan and apply against a sandbox
# make test   install what is missing and run all tests
# make help   all targets

SHELL := /bin/bash
PREFIX ?= /usr/local
PACKAGES := libyaml-dev libcurl4-openssl-dev libssl-dev zlib1g-dev pkg-config
# For tests: certificates for TLS, faults in system calls, no network; for the soak, a separate disk.
TEST_PACKAGES := openssl strace util-linux git
SOAK_PACKAGES := e2fsprogs mount
# For benchmarks: languages and libraries of other implementations, and an independent rate limiter.
BENCH_PACKAGES := gcc python3 python3-yaml python3-aiohttp nginx-light
STRICT := --explicit-target-dependency-import-check error

.PHONY: help deps build demo test simulate soak fuzz bench lint format check release man install clean

help:
	@echo "make demo     validate, plan and apply against a sandbox on this machine"
	@echo "make test     all tests"
	@echo "make simulate SEED=1  replay one simulated run and print its schedule"
	@echo "make soak     long tests: simulated runs, 100,000 removals with faults, fuzzing"
	@echo "make fuzz     the parsers under libFuzzer; TARGET=state SECONDS=600 for one parser, for longer"
	@echo "make bench    speed and memory compared with other programs; ROWS=plan selects rows, QUICK=1 uses tiny sizes"
	@echo "make check    formatting, house rules, examples"
	@echo "make format   format all sources"
	@echo "make release  an optimized build in .build/release"
	@echo "make man      the man pages in .build/man"
	@echo "make install  release build, man pages and completions below PREFIX ($(PREFIX))"
	@echo "make deps     the system packages only"
	@echo "make clean    delete all build results"

deps:
	@.ci/install-packages $(PACKAGES)

build: deps
	swift build $(STRICT)

demo: build
	examples/demo/demo.sh "$$(swift build --show-bin-path)"

test: deps
	@.ci/install-packages $(TEST_PACKAGES)
	swift build --build-tests $(STRICT)
	swift test --skip-build

simulate: deps
	@swift build --quiet --product simulate
	@"$$(swift build --show-bin-path)/simulate" $(SEED)

SEEDS ?= 100000
soak: SEED ?= $(shell date +%s)
soak: deps
	@.ci/install-packages $(TEST_PACKAGES) $(SOAK_PACKAGES)
	swift build -c release --product simulate
	"$$(swift build -c release --show-bin-path)/simulate" "0..<$(SEEDS)"
	swift build --build-tests $(STRICT)
	SOAK_SEED=$(SEED) swift test --skip-build --filter 'SoakTests|StateEditingCrashTests'
	.ci/fuzz all "$(SECONDS)"

fuzz: deps
	.ci/fuzz "$(TARGET)" "$(SECONDS)"

# Run it alone: other load on the machine changes the figures.
bench: release
	@.ci/install-packages $(BENCH_PACKAGES)
	Tests/Benchmarks/peers/build .build/bench/peers
	/usr/bin/python3 -B Tests/Benchmarks/bench.py --bin .build/release --work .build/bench \
	  --rows "$(ROWS)" $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS))

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

format:
	swift format format --in-place --recursive Package.swift Sources Tests

check: build lint
	.ci/house-rules
	.ci/plan-examples "$$(swift build --show-bin-path)"

release: deps
	swift build -c release $(STRICT) --product imprune
	swift build -c release $(STRICT) --product imprune-sandbox

man: deps
	mkdir -p .build/man
	swift package --allow-writing-to-package-directory generate-manual \
	  --output-directory .build/man --multi-page
	rm -f .build/man/*.help.1

install:
	@[ -x .build/release/imprune ] && [ -d .build/man ] || \
	  { echo "Run 'make release man' first." >&2; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/bin
	install .build/release/imprune .build/release/imprune-sandbox $(DESTDIR)$(PREFIX)/bin/
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	.build/release/imprune --generate-completion-script bash \
	  > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/imprune
	.build/release/imprune --generate-completion-script zsh \
	  > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_imprune
	.build/release/imprune --generate-completion-script fish \
	  > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/imprune.fish
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 .build/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/

clean:
	rm -rf .build
