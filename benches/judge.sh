#!/usr/bin/env bash
# What the judge costs beside an older program, `BEFORE`, in turn: the Filemap, T2, a review. A
# table, as benches/beside.sh says. Needs git, python3.
set -euo pipefail
cd "$(dirname "$0")/.."
before=${BEFORE:?names the older program}
source benches/beside.sh
files_repository "$work/files" 200000
empty_repository "$work/gates"
rules_into .
# It looks at nothing: what a scanner costs is no matter of the program.
printf '#!/bin/sh\n[ "$1" = version ] && echo 8.0.0 && exit\nfor report; do :; done\necho "[]" > "$report"\n' > "$work/gitleaks"
chmod +x "$work/gitleaks" && PATH=$work:$PATH
printf 'evidence = ["out/evidence/T4_tests/gate.json"]\n[[gates]]\nid = "T2"\nname = "secrets"\nbuiltin = "secrets"\n' >> policy/gates.toml
printf '[[areas]]\nname = "all"\npaths = ["**"]\n' > policy/filemap.toml
mkdir src && for number in $(seq 300); do echo "$number" > "src/$number"; done
git add . && git commit --quiet -m base && git switch --quiet -c patch
echo 301 > src/301 && git add . && git commit --quiet -m patch
# An older program cannot read what a newer one left.
by_tool() { rm -rf out && "$program" "${command[@]}"; }
by_other() { rm -rf out && "$before" "${command[@]}"; }
# beside_before NAME FOLDER COMMAND…: each passes, or it would say nothing.
beside_before() {
    cd "$work/$2" && command=("${@:3}")
    by_tool > /dev/null 2>&1 && by_other > /dev/null 2>&1
    row "$1" before
}
beside_before "filemap check, 200,000 added files" files filemap check
beside_before "filemap check of one file" gates filemap check
beside_before "gates run T2, 300 files" gates gates run T2
beside_before "orr, 3 runs of 2 gates, 300 files" gates orr --runs 3
