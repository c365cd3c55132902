# The commands of the project. `make demo` and `make test` do all set-up themselves.

# Outside the checkout: RocksDB and Wasmer take minutes to build, and every clone can share them.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lockstep/target

# A shell that has just run rustup's installer does not have this yet.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# Homebrew's libclang is where bindgen does not look.
BREW_LLVM := $(firstword $(wildcard /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib))
ifneq ($(BREW_LLVM),)
export LIBCLANG_PATH ?= $(BREW_LLVM)
endif

# How long `make fuzz` gives to each target.
FUZZ_SECONDS ?= 60

# Which tests; all by default. `make test TEST='--test token'` runs those of contracts/token.
TEST ?=
FUZZ_TARGETS := decode determinism json trie

CONTRACTS := amm auction classifier counter escrow factory governor multisig names nft odometer oracle relay shelf till token treasury \
	vesting

# The whole workspace is always selected, and always a target that has dev-dependencies (a bench), so that demo,
# tests and benches agree on the features of every dependency and none is built twice.
CARGO_ALL := --release --workspace

.PHONY: help setup demo test test-backends node lint bench bench-state calibrate fuzz contracts \
	train-classifier

help:
	@echo 'make demo       builds a contract, deploys it to a node and calls it (the first build: 25 minutes)'
	@echo 'make test       runs every test'
	@echo 'make test-backends  runs the tests of the engine and the fuzz oracles on Singlepass and Cranelift, compared'
	@echo 'make node       builds the `lockstep` command and says where it is'
	@echo 'make contracts  builds the example contracts and says where they are'
	@echo 'make lint       runs clippy over all targets, warnings denied'
	@echo 'make bench      runs the benchmarks, then other VMs at the same work (needs npm; the first build: 20 minutes more)'
	@echo 'make bench-state    measures the state on disk and its trie at 10 thousand to 10 million keys (17 minutes, several GB)'
	@echo 'make calibrate  measures what the prices are set from (2 minutes)'
	@echo 'make train-classifier  makes the weights of contracts/classifier anew (needs Python 3.11 and its packages)'
	@echo 'make fuzz       fuzzes each target for FUZZ_SECONDS (60); the first build takes 15 minutes more'

setup:
	@./.ci/setup

# `cargo rustc`, not `cargo build`: with the rlib beside it, cargo skips link-time optimization. As in `sdk/build`,
# without RUSTFLAGS, and with numbers in the code as short as they can be.
contracts: setup
	for contract in $(CONTRACTS); do \
		env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS cargo rustc --lib --crate-type cdylib --profile contract \
			--target wasm32-unknown-unknown -p $$contract -- -Clink-arg=--compress-relocations || exit 1; \
		ls -l $(CARGO_TARGET_DIR)/wasm32-unknown-unknown/contract/$$contract.wasm; \
	done

node: setup
	cargo build $(CARGO_ALL) --bin lockstep --bench transfer
	@echo $(CARGO_TARGET_DIR)/release/lockstep

demo: node
	./node/demo.sh

# The demo is what a newcomer sees first, so it is tested too; its node was built for the tests.
test: setup
	cargo test $(CARGO_ALL) $(TEST)
	$(if $(TEST),,./node/demo.sh)

# Not a part of `make test`: with the feature on anywhere, every build of the workspace would have Cranelift in it.
test-backends: setup
	cargo test --release -p lockstep-engine -p lockstep-fuzz --features lockstep-engine/cranelift,lockstep-fuzz/cranelift

# The fuzz targets are behind a feature, the contracts are also Wasm.
lint: setup
	cargo clippy $(CARGO_ALL) --all-targets --features lockstep-fuzz/libfuzzer -- -D warnings
	cargo clippy --profile contract --target wasm32-unknown-unknown $(CONTRACTS:%=-p %) --lib -- -D warnings

bench: setup
	cargo bench --workspace --bench engine --bench host --bench transfer --bench compute
	@# Other VMs: a workspace of their own, and a folder of their own for what they build.
	CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/peers cargo run --release --locked --manifest-path benches/peers/Cargo.toml

# By itself: it fills stores of up to ten million keys, in TMPDIR.
bench-state: setup
	cargo bench --workspace --bench state

calibrate: setup
	cargo bench --workspace --bench calibrate

# For those who want other weights in contracts/classifier; building and testing it needs no Python.
train-classifier:
	python3 -m venv $(CARGO_TARGET_DIR)/train
	$(CARGO_TARGET_DIR)/train/bin/pip install --quiet -r contracts/classifier/train/requirements.txt
	$(CARGO_TARGET_DIR)/train/bin/python contracts/classifier/train/train.py

fuzz: setup
	@cargo fuzz --version >/dev/null 2>&1 || { echo 'setup: installing cargo-fuzz (runs libFuzzer)'; cargo install --locked cargo-fuzz --version 0.13.2; }
	@# No sanitizer: Wasmer's trap handler looks like a crash to them, and without one a stable Rust will do.
	for target in $(FUZZ_TARGETS); do \
		cargo fuzz run --fuzz-dir fuzz --target-dir $(CARGO_TARGET_DIR)/fuzz --sanitizer none \
			--features libfuzzer $$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=30 -len_control=0 -max_len=8192 || exit 1; \
	done
