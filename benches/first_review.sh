#!/usr/bin/env bash
# The first review of this repository, nothing built and an empty HOME, beside three times the
# tests that its gates run, in three clean folders, one after the other. Needs idle cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
root=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $@: a command; prints its seconds.
seconds() {
    local started=$SECONDS
    "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; exit 1; }
    echo $((SECONDS - started))
}

# What gates T4 and T5 run, read from policy: one command a line.
commands() {
    python3 - "$root/policy/gates.toml" <<'PYTHON'
import shlex, sys, tomllib
policy = tomllib.load(open(sys.argv[1], "rb"))
for gate in policy["gates"]:
    if gate["id"] in ("T4", "T5"):
        run = gate["run"]
        for command in run if isinstance(run[0], list) else [run]:
            print(shlex.join(command))
PYTHON
}

export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export HOME=$work/home
mkdir "$HOME"
unset CARGO_TARGET_DIR XDG_CACHE_HOME XDG_STATE_HOME

git clone -q "file://$root" "$work/review"
cd "$work/review"
build=$(seconds cargo build --locked -p xtask)
review=$(seconds cargo xtask orr --runs 3)

export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=false PROPTEST_CASES=86
tests=0
for folder in 1 2 3; do
    git clone -q "file://$root" "$work/$folder"
    cd "$work/$folder"
    tests=$((tests + $(seconds bash -ec "$(commands)")))
    cd "$work"
    rm -rf "$folder"
done
echo "program $build s; first review $review s; three times its tests $tests s; ratio $(
    awk "BEGIN { printf \"%.2f\", $review / $tests }")"
