#!/usr/bin/env bash
# The demo: a contract compiled from Rust, deployed to a node over RPC, called, and still there after a restart.
#
# Run by `make demo`, which builds the node first. Every step is checked; the first that is
# not as expected ends the demo with a failure. Nothing is left behind.
set -euo pipefail

build=$(cd "${CARGO_TARGET_DIR:?run this by make demo}" && pwd)
lockstep=$build/release/lockstep
wasm=$build/wasm32-unknown-unknown/contract
work=$(mktemp -d)
node_pid=
started=
steps=()

# Whatever happens, no node is left behind.
clean_up() {
    [ -z "$node_pid" ] || kill -9 "$node_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

# Asks the node to stop; it must do so by itself, and well.
stop_node() {
    printf '$ kill -TERM %s\n' "$node_pid"
    kill "$node_pid"
    for _ in $(seq 100); do
        kill -0 "$node_pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -0 "$node_pid" 2>/dev/null && fail "the node does not stop"
    local code=0
    wait "$node_pid" || code=$?
    node_pid=
    [ "$code" = 0 ] || fail "the node stopped with exit code $code"
}
source=$(cd "$(dirname "$0")/.." && pwd)
cd "$work"

# Where `date` knows no nanoseconds, seconds must do.
now_ms() {
    local now
    now=$(date +%s%N)
    case $now in *N) echo $((${now%N} * 1000)) ;; *) echo $((now / 1000000)) ;; esac
}

step() {
    finish_step
    printf '\n# %s\n' "$*"
    step_name=$*
    started=$(now_ms)
}

finish_step() {
    [ -n "$started" ] || return 0
    steps+=("$(printf '%8d ms  %s' $(($(now_ms) - started)) "$step_name")")
    started=
}

fail() { printf '\nNOT AS EXPECTED: %s\n' "$*" >&2; [ ! -s node.log ] || tail -n 20 node.log >&2; exit 1; }

# A command as a user would type it.
show() {
    printf '$ lockstep'
    local word
    for word in "$@"; do
        case $word in *[\{\ ]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
}

# Shows a command, runs it, and keeps what it prints in $output.
run() {
    show "$@"
    output=$("$lockstep" --keys keys "$@" 2>&1) || { printf '%s\n' "$output"; fail "lockstep $1"; }
    printf '%s\n' "$output" | sed 's/^/  /'
}

# The same for a command that must fail.
run_refused() {
    show "$@"
    if output=$("$lockstep" --keys keys "$@" 2>&1); then fail "lockstep $1 was not refused"; fi
    printf '%s\n' "$output" | sed 's/^/  /'
}

expect() { case $output in *"$1"*) ;; *) fail "expected \`$1\`" ;; esac; }

# The value of a field in the JSON that a command prints: a text or a number.
field() {
    local name=$1
    shift
    "$lockstep" --keys keys --json "$@" | sed -n "s/.*\"$name\": *\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

start_node() {
    printf '$ lockstep node --dev --data chain --listen 127.0.0.1:0 &\n'
    : >node.out
    "$lockstep" node --dev --data chain --listen 127.0.0.1:0 >node.out 2>node.log &
    node_pid=$!
    local address=
    for _ in $(seq 200); do
        address=$(sed -n 's/^listening on //p' node.out)
        [ -z "$address" ] || break
        kill -0 "$node_pid" 2>/dev/null || fail "the node did not start"
        sleep 0.1
    done
    [ -n "$address" ] || fail "the node does not listen"
    export LOCKSTEP_URL=http://${address#http://}
    sed 's/^/  /' node.out
}

step "Compile two contracts from Rust"
printf '$ make contracts\n'
make --no-print-directory -s -C "$source" contracts >make.log 2>&1 || { cat make.log >&2; fail "make contracts"; }
cp "$wasm/counter.wasm" "$wasm/token.wasm" .
for contract in counter token; do
    printf '  %s.wasm: %s bytes\n' "$contract" "$(wc -c <"$contract.wasm" | tr -d ' ')"
done

step "A node on an empty folder"
start_node

step "Deploy the token"
run deploy token.wasm --from alice --init '{"name":"Gold","symbol":"GLD","decimals":2,"supply":"1000"}'
token=$(printf '%s\n' "$output" | grep -o 'ls1[a-z0-9]*' | head -n 1)
[ -n "$token" ] || fail "no address"
bob=$(field address account bob)

step "Transfer 250 to Bob"
run call "$token" transfer "{\"to\":\"$bob\",\"amount\":\"250\"}" --from alice

step "Bob tries to send more than he has"
run_refused call "$token" transfer "{\"to\":\"$bob\",\"amount\":\"251\"}" --from bob
expect "InsufficientBalance { have: 250, need: 251 }"

step "Sent all the same, it is paid for and changes nothing"
run_refused call "$token" transfer "{\"to\":\"$bob\",\"amount\":\"251\"}" --from bob --gas 1000000000
expect "InsufficientBalance { have: 250, need: 251 }"
expect "in block"

step "A mistyped argument is explained before anything is sent"
run_refused call "$token" transfer "{\"to\":\"$bob\",\"amout\":\"1\"}" --from bob
expect "amount"

step "Ask for the balances"
alice=$(field address account alice)
balances() {
    run query "$token" balance_of "{\"of\":\"$alice\"}"
    expect 750
    run query "$token" balance_of "{\"of\":\"$bob\"}"
    expect 250
    run query "$token" total_supply
    expect 1000
}
balances

step "Deploy the counter and count, in a contract of its own"
run deploy counter.wasm --from bob --init '{"start":"41"}'
counter=$(printf '%s\n' "$output" | grep -o 'ls1[a-z0-9]*' | head -n 1)
run call "$counter" increment --from bob
expect 42

step "Prove a balance to somebody who trusts a block, and no node"
# From somebody who is trusted, before the proof is asked for: the proof itself may name any block.
block=$(field block status)
run proof account "$bob" --out bob.proof
run verify --proof bob.proof --block "$block" account "$bob"
expect "verified: account $bob"
run_refused verify --proof bob.proof --block "$block" account "$alice"

step "Stop the node and start it again on the same folder"
height=$(field height status)
root=$(field state_root_after block latest)
[ -n "$root" ] || fail "no state root"
stop_node
start_node
[ "$(field height status)" = "$height" ] || fail "another height than $height"
[ "$(field state_root_after block latest)" = "$root" ] || fail "another state root than $root"
balances
run query "$counter" get
expect 42

step "Execute the whole chain again, from its genesis, and compare; then hash the whole state"
stop_node
run replay --data chain
expect "$root"
run audit --data chain
finish_step

printf '\nheight      %s\nstate root  %s\n\n' "$height" "$root"
printf '%s\n' "${steps[@]}"
