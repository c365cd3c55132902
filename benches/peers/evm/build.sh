#!/bin/sh
# Compiles the two contracts for the EVM into `token.hex` and `workload.hex` beside this file: what creates each.
#
# `build.sh --check` changes nothing and fails if what is stored is not what comes out.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# To the patch: another compiler or library gives other bytes.
npm install --silent --no-fund --no-audit --prefix "$work" solc@0.8.37 @openzeppelin/contracts@5.7.0

cat > "$work/compile.js" <<'END'
const { readFileSync, writeFileSync } = require('fs');
const [here, out] = process.argv.slice(2);
const read = (path) => readFileSync(path, 'utf8');
const input = {
  language: 'Solidity',
  sources: Object.fromEntries(['Token', 'Workload'].map((name) => [name, { content: read(`${here}/${name}.sol`) }])),
  settings: {
    evmVersion: 'prague',
    viaIR: true,
    optimizer: { enabled: true, runs: 1000000 },
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
  },
};
const library = (path) => ({ contents: read(`${__dirname}/node_modules/${path}`) });
const { errors = [], contracts } = JSON.parse(require('solc').compile(JSON.stringify(input), { import: library }));
if (errors.some((error) => error.severity === 'error')) {
  console.error(errors.map((error) => error.formattedMessage).join('\n'));
  process.exit(1);
}
for (const name of ['Token', 'Workload']) {
  writeFileSync(`${out}/${name.toLowerCase()}.hex`, contracts[name][name].evm.bytecode.object + '\n');
}
END

out=$here
[ "${1:-}" = --check ] && out=$work
node "$work/compile.js" "$here" "$out"
for name in token workload; do
    cmp "$out/$name.hex" "$here/$name.hex"
done
