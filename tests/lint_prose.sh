#!/bin/sh
# Lints what people read: README, CONTRIBUTING, SECURITY and the pages of docs/, without code.
#
# CI runs it; the suite doesn't, as it installs nothing and proselint is a package of PyPI.
# PROSELINT names another command than the one on PATH. The word list of the project's own
# style is in the suite: tests/cases/readme.rs.
set -eu

top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
proselint=${PROSELINT:-proselint}
if ! command -v "$proselint" >/dev/null; then
    echo "lint_prose: not established: there is no $proselint" >&2
    exit 4
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$top"
# Quotes are typed as on a keyboard, "resume" is a verb here, and a heading may begin as its
# page goes on.
cat >"$folder/config.json" <<'EOF'
{"checks": {"typography.symbols.curly_quotes": false, "typography.diacritical_marks": false, "lexical_illusions": false}}
EOF
for page in *.md docs/*.md docs/examples/*.md; do
    # Code has rules of its own: what is in fences or backticks leaves an empty line or an X.
    awk '/^ *```/ { fenced = !fenced; print ""; next }
         fenced   { print ""; next }
                  { gsub(/`[^`]*`/, "X"); print }' "$page" >"$folder/$(echo "$page" | tr / -)"
done
"$proselint" check --config "$folder/config.json" "$folder"/*.md
echo "lint_prose: no finding in $(ls "$folder"/*.md | wc -l) pages"
