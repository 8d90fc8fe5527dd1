#!/usr/bin/env bash
# Clean build of the program beside a hello-world with the card's nine packages at
# their default features, in turn, on two cores. Registry fetched before.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
rounds=${1:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo new --quiet --vcs none "$work/hello"
(cd "$work/hello" && cargo add --quiet xshell serde toml regex globset similar duct which indicatif \
    && cargo fetch --quiet)
(cd "$here/.." && cargo fetch --quiet --locked)

xtask() { rm -rf "$work/a"; (cd "$here/.." && cargo build -j2 --offline --locked -p xtask --target-dir "$work/a"); }
hello() { rm -rf "$work/b"; (cd "$work/hello" && cargo build -j2 --offline --target-dir "$work/b"); }

in_turn "$rounds" xtask hello
crates=$(cd "$here/.." && cargo tree -p xtask -e normal,build --prefix none --locked --offline \
    | sed 's/ (\*)$//; s/ (proc-macro)$//' | sort -u | wc -l)
echo "clean build, median of $rounds: xtask $a_median ms ($crates crates), hello-world $b_median ms, ratio $of_both"
