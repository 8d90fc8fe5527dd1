#!/usr/bin/env bash
# 100,000 changed paths against 500 globs: `cargo xtask filemap check` beside `git ls-files`
# with the same globs as pathspecs, and beside pre-commit matching its `files:` with the
# same globs as one regular expression; then matching alone, beside globset alone. Median
# of five each, in one run, with the program as `cargo xtask` builds it. Needs git, python3,
# and a python with pre-commit (`PRECOMMIT_PYTHON`, left out where it is not set).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cargo build --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo bench --quiet --profile dev --bench filemap -- --print > "$work/list"
sed -n 's/^path //p' "$work/list" > "$work/paths"
sed -n 's/^glob //p' "$work/list" > "$work/globs"

source benches/repositories.sh
empty_repository "$work/repo"
rules_into .
{
    printf '[[areas]]\nname = "all"\npaths = [\n'
    sed 's/.*/"&",/' "$work/globs"
    printf ']\n'
} > policy/filemap.toml
git add policy
git commit --quiet -m base
git switch --quiet -c patch
blob=$(echo text | git hash-object -w --stdin)
sed "s/^/100644 $blob\t/" "$work/paths" | git update-index --index-info
git commit --quiet -m patch
sed 's/^/:(top,glob)/' "$work/globs" > "$work/specs"

median() {
    for _ in 1 2 3 4 5; do
        start=$(date +%s%N)
        "$@" > /dev/null
        echo $((($(date +%s%N) - start) / 1000000))
    done | sort -n | sed -n 3p
}
by_git() { xargs -d '\n' -n 600 git ls-files -z -- < "$work/specs"; }
by_tool() { "$root/target/debug/xtask" filemap check; }
by_precommit() { "$PRECOMMIT_PYTHON" "$work/precommit.py" "$work/paths" "$work/globs"; }
cat > "$work/precommit.py" <<'PY'
import re, sys
from pre_commit.commands.run import filter_by_include_exclude
def regex(glob):
    glob = re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"/\*\*", "/.*")
    glob = glob.replace(r"\*", "[^/]*").replace(r"\?", "[^/]").replace(r"\[0\-9\]", "[0-9]")
    return "^" + glob + "$"
paths = open(sys.argv[1]).read().split("\n")[:-1]
globs = open(sys.argv[2]).read().split("\n")[:-1]
found = list(filter_by_include_exclude(paths, "|".join(map(regex, globs)), "^$"))
assert len(found) == len(paths), len(found)
PY
by_tool | tail -1
echo "git ls-files lists $(by_git | tr '\0' '\n' | wc -l) paths"
tool=$(median by_tool)
git=$(median by_git)
echo "filemap check ${tool} ms, git ls-files ${git} ms: $(echo "scale=2; $tool / $git" | bc)"
if [ -n "${PRECOMMIT_PYTHON:-}" ]; then
    other=$(median by_precommit)
    echo "filemap check ${tool} ms, pre-commit ${other} ms: $(echo "scale=2; $tool / $other" | bc)"
fi
cd "$root"
cargo bench --quiet --profile dev --bench filemap
