#!/usr/bin/env bash
# 1,000,000 entries: one append, `cargo xtask ledger verify` from nothing and from the last
# verified tip, beside sha256sum of the same bytes and `git log` of as many commits, in turn: CPU
# seconds (the median of three), the most memory, and the ratio to sha256sum of the same round;
# the same with 100,000, so that what grows is seen. With the program as `cargo xtask` builds it,
# or the one that the first argument names. Needs git, ssh-keygen, python3.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
program=${1:-${CARGO_TARGET_DIR:-$root/target}/debug/xtask}
[ $# -gt 0 ] || cargo build --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source benches/repositories.sh
empty_repository "$work/repo"
rules_into .
git add policy
git commit --quiet -m base
printf '{"environment":"production","result":"succeeded","sha":"%s","tag":"v1.4.0"}' \
    "$(git rev-parse HEAD)" > "$work/entry.json"
cat > "$work/measure.py" <<'PY'
import os, statistics, subprocess, sys
program, entries, ledger, log, entry = sys.argv[1:]
SNAPSHOT = ".git/thrice-ledger.snapshot"
def run(argv, output=subprocess.DEVNULL):
    child = subprocess.Popen(argv, stdout=output, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, argv
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
def cold():
    for name in "seen", "verified":
        run(["git", "update-ref", "-d", "refs/thrice/ledger/" + name])
    if os.path.exists(SNAPSHOT):
        os.remove(SNAPSHOT)
    return run([program, "ledger", "verify"])
rows = {
    "`sha256sum` of the same bytes": lambda: run(["sha256sum", ledger]),
    "`git log` of as many commits": lambda: run(["git", "-C", log, "log", "--format=%H %an %ct %s"]),
    "verify from nothing": cold,
    "verify from the last verified tip": lambda: run([program, "ledger", "verify"]),
    "append one entry": lambda: run([program, "ledger", "append", "deploy", entry]),
}
rounds = [{name: row() for name, row in rows.items()} for _ in range(3)]
size = os.path.getsize(ledger) // 10**6
for name in rows:
    times = [one[name][0] for one in rounds]
    ratio = statistics.median(one[name][0] / one[next(iter(rows))][0] for one in rounds)
    print("| %s | %d MB | %s | %.2f s | %.2f | %.0f MiB |" % (
        f"{int(entries):,}", size, name, statistics.median(times), ratio,
        max(one[name][1] for one in rounds)))
PY
commits() {
    python3 - "$1" <<'PY'
import sys
for number in range(int(sys.argv[1])):
    who = "ana <ana@example.com> %d +0000" % (1500000000 + number)
    print("commit refs/heads/main\nauthor %s\ncommitter %s\ndata 10\n%09d\n" % (who, who, number))
PY
}
echo "| entries | bytes | what | CPU time | beside sha256sum | memory |"
echo "| --- | --- | --- | --- | --- | --- |"
for entries in 100000 1000000; do
    ledger_of "$entries" > "$work/ledger.jsonl"
    ledger_branch "$work/ledger.jsonl"
    empty_repository "$work/log$entries"
    commits "$entries" | git fast-import --quiet
    cd "$work/repo"
    python3 "$work/measure.py" "$program" "$entries" "$work/ledger.jsonl" "$work/log$entries" "$work/entry.json"
done
