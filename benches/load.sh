#!/usr/bin/env bash
# What commands cost at size, beside git and jq, in turn: 100,000 entries of the ledger,
# 10,000 stories over 102,000 commits, 200,000 added files, 100,000 audited commits. One line a
# command: milliseconds of CPU (user and system, so that a busy machine shows little) of both,
# the median of their ratios, the command's most memory. With the program as `cargo xtask`
# builds it, or `PROGRAM`. Needs git, jq, python3. `ROUNDS` says how often (3).
# With `BEFORE`, an older program, only what the judge costs beside it: the Filemap, T2, a review.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
source benches/measure.sh
# CPU time in the place of measure.sh's wall time. A refusal is an answer.
milliseconds() {
    local TIMEFORMAT='%3U %3S'
    { time "$@" > /dev/null 2>&1; } 2>&1 | awk '{ printf "%d", 1000 * ($1 + $2) }'
}
[ -n "${PROGRAM-}" ] || cargo build --quiet
program=${PROGRAM:-${CARGO_TARGET_DIR:-$root/target}/debug/xtask}
rounds=${ROUNDS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source benches/repositories.sh

# row NAME OTHER-NAME: compares the functions by_tool and by_other.
row() {
    in_turn "$rounds" by_tool by_other
    local most
    most=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$program" "${command[@]}")
    printf '| %s | %s ms | %s: %s ms | %s | %s MiB |\n' "$1" "$a_median" "$2" "$b_median" "$of_both" "$most"
}
by_tool() { "$program" "${command[@]}" || true; }

printf '| command | time | beside | ratio | memory |\n| --- | --- | --- | --- | --- |\n'

if [ -n "${BEFORE-}" ]; then
    files_repository "$work/files" 200000
    empty_repository "$work/gates"
    rules_into .
    # It finds nothing: what it costs is no matter of the program.
    printf '#!/bin/sh\n[ "$1" = version ] && echo 8.0.0 && exit\nfor report; do :; done\necho "[]" > "$report"\n' > "$work/gitleaks"
    chmod +x "$work/gitleaks" && PATH=$work:$PATH
    printf 'evidence = ["out/evidence/T4_tests/gate.json"]\n[[gates]]\nid = "T2"\nname = "secrets"\nbuiltin = "secrets"\n' >> policy/gates.toml
    printf '[[areas]]\nname = "all"\npaths = ["**"]\n' > policy/filemap.toml
    mkdir src && for number in $(seq 300); do echo "$number" > "src/$number"; done
    git add . && git commit --quiet -m base && git switch --quiet -c patch
    echo 301 > src/301 && git add . && git commit --quiet -m patch
    # An older program cannot read what a newer one left.
    by_tool() { rm -rf out && "$program" "${command[@]}"; }
    by_other() { rm -rf out && "$BEFORE" "${command[@]}"; }
    # beside_before NAME FOLDER COMMAND… : each passes, or it would say nothing.
    beside_before() {
        cd "$work/$2" && command=("${@:3}")
        by_tool > /dev/null 2>&1 && by_other > /dev/null 2>&1
        row "$1" before
    }
    beside_before "filemap check, 200,000 added files" files filemap check
    beside_before "filemap check of one file" gates filemap check
    beside_before "gates run T2, 300 files" gates gates run T2
    beside_before "orr, 3 runs of 2 gates, 300 files" gates orr --runs 3
    exit
fi

stories_repository "$work/stories" 10000
ledger_of 100000 > "$work/ledger.jsonl"
ledger_branch "$work/ledger.jsonl"
by_other() { jq -c 'select(.kind == "risk")' "$work/ledger.jsonl"; }
for name in "ledger verify" "ledger show --kind risk" "risk list" "incident list" "sla"; do
    read -ra command <<< "$name"
    row "$name, 100,000 entries" jq
done
by_other() {
    git for-each-ref --format='%(refname)%00%(objectname)%00%(upstream)' refs/heads
    git log -z --topo-order --format='tformat:%H%x00%P%x00%B' main --
}
for name in "story list" "today" "cycle status" "handoff"; do
    read -ra command <<< "$name"
    row "$name, 10,000 stories and 100,000 entries" "git log"
done
by_other() { git log -z --topo-order --format='tformat:%H%x00%P%x00%T%x00%ct%x00%B' main --; }
command=(audit)
row "audit, 102,333 commits" "git log"

files_repository "$work/files" 200000
by_other() { git diff --raw main patch; }
command=(filemap check)
row "filemap check, 200,000 added files" "git diff --raw"
