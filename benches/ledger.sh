#!/usr/bin/env bash
# 1,000,000 entries: `cargo xtask ledger verify` without signatures beside sha256sum of the
# same bytes, in turn, and the most memory that each took; the same with 100,000 entries,
# so that what grows is seen. With the program as `cargo xtask` builds it. Needs git, python3.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cargo build --quiet
target=${CARGO_TARGET_DIR:-$root/target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source benches/repositories.sh
empty_repository "$work/repo"
rules_into .
git add policy
git commit --quiet -m base
cat > "$work/measure.py" <<'PY'
import os, statistics, subprocess, sys, time
def run(argv):
    start = time.monotonic()
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, argv
    return time.monotonic() - start, used.ru_maxrss / 1024
ledger = sys.argv[3]
tool, sums, ratios = [], [], []
for _ in range(int(sys.argv[2])):
    one, other = run([sys.argv[1], "ledger", "verify", "--no-signatures"]), run(["sha256sum", ledger])
    tool.append(one), sums.append(other), ratios.append(one[0] / other[0])
print("%d MB: verify %.1f s, %.0f MiB; sha256sum %.2f s; ratio %.1f" % (
    os.path.getsize(ledger) // 10**6, statistics.median(t for t, _ in tool),
    max(m for _, m in tool), statistics.median(t for t, _ in sums), statistics.median(ratios)))
PY
for entries in 100000 1000000; do
    ledger_of "$entries" > "$work/ledger.jsonl"
    ledger_branch "$work/ledger.jsonl"
    printf '%s entries, ' "$entries"
    python3 "$work/measure.py" "$target/debug/xtask" 3 "$work/ledger.jsonl"
done
