#!/usr/bin/env bash
# What commands cost at size, beside git and jq, in turn: 100,000 entries of the ledger,
# 10,000 stories over 102,000 commits, 200,000 added files, 100,000 audited commits. A table, as
# benches/beside.sh says. Needs git, jq, python3.
set -euo pipefail
cd "$(dirname "$0")/.."
source benches/beside.sh
by_tool() { "$program" "${command[@]}" || true; }

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
