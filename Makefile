# make demo   install what is missing, build, and run validate, plan and apply against a sandbox
# make test   install what is missing and run all tests
# make help   all targets

SHELL := /bin/bash
PREFIX ?= /usr/local
PACKAGES := libyaml-dev libcurl4-openssl-dev libssl-dev zlib1g-dev pkg-config
# For tests: certificates for TLS, signatures, faults in system calls, no network; for the soak, a separate disk and an object store.
TEST_PACKAGES := openssl openssh-client strace util-linux git curl
SOAK_PACKAGES := e2fsprogs mount python3 python3-venv
# For releases: what a package needs and contains.
DIST_PACKAGES := dpkg-dev binutils git python3
# For benchmarks: languages and libraries of other implementations, and an independent rate limiter.
BENCH_PACKAGES := gcc python3 python3-yaml python3-aiohttp nginx-light curl
STRICT := --explicit-target-dependency-import-check error

.PHONY: help deps build demo test simulate soak fuzz bench lint format check pictures release dist try-dist \
  install clean

help:
	@echo "make demo     validate, plan and apply against a sandbox on this machine"
	@echo "make test     all tests"
	@echo "make simulate SEED=1  replay one simulated run and print its schedule"
	@echo "make soak     long tests: simulated runs, 100,000 removals with faults, a state in a store, fuzzing"
	@echo "make fuzz     the parsers under libFuzzer; TARGET=state SECONDS=600 for one parser, for longer"
	@echo "make bench    speed and memory compared with other programs; ROWS=plan selects rows, QUICK=1 uses tiny sizes"
	@echo "make check    formatting, house rules, examples"
	@echo "make format   format all sources"
	@echo "make pictures draw the pictures of README and docs again"
	@echo "make release  an optimized build in .build/release, which needs Swift's libraries to run"
	@echo "make dist     Debian packages and an archive in .build/dist, which run without Swift"
	@echo "make try-dist build them again, compare, and try them in bare Debian systems (as root)"
	@echo "make install  unpack that archive below PREFIX ($(PREFIX))"
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
	"$$(swift build -c release --show-bin-path)/simulate" shared "0..<$(SEEDS)"
	swift build --build-tests $(STRICT)
	SOAK_SEED=$(SEED) swift test --skip-build --filter 'SoakTests|StateEditingCrashTests'
	.ci/with-object-store .ci/soak-store "$$(swift build --show-bin-path)"
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
	@.ci/install-packages python3
	/usr/bin/python3 -B Tests/Benchmarks/picture.py --check
	.ci/plan-examples "$$(swift build --show-bin-path)"

# The tests that compare them draw them, and their golden files: read the diff. The last one is of measured numbers.
pictures: deps
	@.ci/install-packages $(TEST_PACKAGES) python3
	swift build --build-tests $(STRICT)
	RECORD=1 swift test --skip-build --filter 'the picture '
	/usr/bin/python3 -B Tests/Benchmarks/picture.py

release: deps
	swift build -c release $(STRICT) --product imprune
	swift build -c release $(STRICT) --product imprune-sandbox

dist: deps
	@.ci/install-packages $(DIST_PACKAGES)
	.ci/dist

try-dist:
	.ci/try-dist

install:
	@[ -f .build/dist/SHA256SUMS ] || { echo "Run 'make dist' first." >&2; exit 1; }
	install -d $(DESTDIR)$(PREFIX)
	tar --extract --file .build/dist/imprune-*.tar.gz --strip-components=1 --no-same-owner \
	  --no-overwrite-dir --keep-directory-symlink --directory $(DESTDIR)$(PREFIX)

clean:
	rm -rf .build
