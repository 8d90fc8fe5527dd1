#!/usr/bin/env bash
# A warm call: what cargo costs, and what the binary costs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
rounds=${1:-21}
cd "$here/.."
cargo build --quiet -p xtask
binary=$(cargo metadata --no-deps --offline --format-version 1 \
    | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/xtask

through_cargo() { cargo xtask policy --help; }
alone() { "$binary" policy --help; }
in_turn "$rounds" through_cargo alone
echo "warm help, median of $rounds: through cargo $a_median ms, binary alone $b_median ms"
check() { "$binary" policy check; }
in_turn "$rounds" check alone
echo "warm \`policy check\`, median of $rounds: $a_median ms"
