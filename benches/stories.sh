#!/usr/bin/env bash
# 10,000 stories, 100,000 commits, 5,000 branches: `cargo xtask story list` beside
# `git for-each-ref` and `git log` of the same repository, which give the same fields.
# Median of five each, in turn, with the program as `cargo xtask` builds it. Needs git and
# python3.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cargo build --quiet
program=${CARGO_TARGET_DIR:-$root/target}/debug/xtask
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source benches/repositories.sh
stories_repository "$work/stories" 10000
echo "$(git rev-list --count main) commits, $(git for-each-ref refs/heads | wc -l) branches"

by_git() {
    git for-each-ref --format='%(refname)%00%(objectname)%00%(upstream)%00%(contents:trailers:key=Story,valueonly,unfold,separator=%x2C)' refs/heads refs/remotes/origin
    git log -z --topo-order --format='tformat:%H%x00%P%x00%B' main --
}
by_tool() { "$program" story list; }
took() {
    local start
    start=$(date +%s%N)
    "$@" > /dev/null
    echo $((($(date +%s%N) - start) / 1000000))
}
median() { sort -n | sed -n 3p; }
by_tool | tail -1
for _ in 1 2 3 4 5; do
    took by_git >> "$work/git"
    took by_tool >> "$work/tool"
done
git=$(median < "$work/git")
tool=$(median < "$work/tool")
echo "story list ${tool} ms, git for-each-ref and git log ${git} ms: $((tool - git)) ms more, ratio $(awk "BEGIN { printf \"%.2f\", $tool / $git }")"
