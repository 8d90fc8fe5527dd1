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
git init --quiet --initial-branch=main "$work/repo"
cd "$work/repo"
git config user.name bench
git config user.email bench@example.com
mkdir policy
printf 'id = "bench"\nname = "Bench"\ndefault_branch = "main"\ntime_zone = "UTC"\n' > policy/programme.toml
printf '[[gates]]\nid = "T4"\nname = "tests"\nrun = ["true"]\n' > policy/gates.toml
git add policy
git commit --quiet -m base
cat > "$work/ledger.py" <<'PY'
import hashlib, sys
root = "0" * 64
for index in range(int(sys.argv[1])):
    day, minute = divmod(index, 1440)
    time = "%04d-%02d-%02dT%02d:%02d:00Z" % (
        1970 + day // 336, 1 + day // 28 % 12, 1 + day % 28, minute // 60, minute % 60)
    name = "%s-%016x" % (time[:10].replace("-", ""), index * 2654435761 % 2**64)
    sha = hashlib.sha1(name.encode()).hexdigest()
    before = ('{"actor":"ana@example.com","created_at":"%s","data":{"environment":"production",'
        '"result":"succeeded","sha":"%s","tag":"v1.4.%d"},"id":"%s","index":%d,"kind":"deploy",'
        '"prev_root":"%s"' % (time, sha, index, name, index, root))
    after = ',"signature":null}'
    root = hashlib.sha256((before + after).encode()).hexdigest()
    print('%s,"root":"%s"%s' % (before, root, after))
PY
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
    python3 "$work/ledger.py" "$entries" > "$work/ledger.jsonl"
    rm -rf "$work/segments" "$work/index"
    mkdir "$work/segments"
    split -l 1000 -d -a 8 --additional-suffix=.jsonl "$work/ledger.jsonl" "$work/segments/"
    export GIT_INDEX_FILE=$work/index
    git --work-tree="$work/segments" add --all
    git update-ref refs/heads/ledger "$(git commit-tree -m bench "$(git write-tree)")"
    unset GIT_INDEX_FILE
    for name in seen verified; do git update-ref -d "refs/thrice/ledger/$name"; done
    printf '%s entries, ' "$entries"
    python3 "$work/measure.py" "$target/debug/xtask" 3 "$work/ledger.jsonl"
done
