#!/bin/sh
# What a review finds of gates whose determinism is known.
#
# Usage: benches/determinism.sh FOLDER [REPETITIONS [MODE...]]
#
# FOLDER holds a folder a case: `gate.sh`, which writes into `$OUT`, and
# `expected.txt`, whose first word is `deterministic` or `nondeterministic` and whose
# second names the kind. Each case is reviewed in a repository of its own with two
# commits, once a mode and repetition. Modes: none safe all. The program is
# `target/release/xtask`, `target/debug/xtask` or `$PROGRAM`.
#
# Prints a line a case (how often it was found, and what was named as its cause), then
# for each mode: found, causes named, false alarms, seconds.
set -eu

folder=$(cd "$1" && pwd)
repetitions=${2:-1}
if [ $# -gt 2 ]; then shift 2; else set -- none safe all; fi
here=$(cd "$(dirname "$0")/.." && pwd)
program=${PROGRAM:-}
for built in "$here/target/debug/xtask" "$here/target/release/xtask"; do
    if [ -z "${PROGRAM:-}" ] && [ -x "$built" ]; then program=$built; fi
done
[ -n "$program" ] || { echo "build the program first: cargo build" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

make_repository() {
    rm -rf "$work/repo" && mkdir -p "$work/repo" && cp -R "$1/." "$work/repo"
    rm -f "$work/repo/expected.txt"
    mkdir -p "$work/repo/policy"
    printf '%s\n' 'id = "case"' 'name = "Case"' 'default_branch = "main"' 'time_zone = "UTC"' \
        > "$work/repo/policy/programme.toml"
    {
        [ -z "${STAGGER:-}" ] || printf 'stagger = "%s"\n' "$STAGGER"
        printf '%s\n' '[[gates]]' 'id = "T1"' 'name = "case"' \
            'run = ["sh", "-c", "OUT=\"$EVIDENCE_DIR\" sh ./gate.sh"]'
    } > "$work/repo/policy/gates.toml"
    (
        cd "$work/repo"
        git init -q -b main
        git config user.name bench && git config user.email bench@example.com
        git commit -q --allow-empty -m first && git add -A && git commit -q -m second
    )
}

cause_of() {
    sed -n 's/^error.*because of \([^(:;,]*[^(:;, ]\).*/\1/p; s/^error.*\(cause unknown\).*/\1/p' "$1" | head -n 1
}

for mode in "$@"; do
    found=0 bad=0 alarms=0 good=0 named=0
    began=$(date +%s)
    for case in "$folder"/*/; do
        case=${case%/}
        read -r kind what < "$case/expected.txt"
        hits=0 cause=""
        make_repository "$case"
        for _ in $(seq "$repetitions"); do
            status=0
            (cd "$work/repo" && "$program" orr --vary "$mode") > "$work/printed" 2>&1 || status=$?
            case $status in
                0) ;;
                20 | 30) hits=$((hits + 1)); cause=$(cause_of "$work/printed") ;;
                *) echo "$case: status $status" >&2; cat "$work/printed" >&2; exit 1 ;;
            esac
        done
        if [ "$kind" = nondeterministic ]; then
            bad=$((bad + repetitions)); found=$((found + hits))
            [ -z "$cause" ] || [ "$cause" = "cause unknown" ] || named=$((named + 1))
        else
            good=$((good + repetitions)); alarms=$((alarms + hits))
        fi
        printf '%-5s %-22s %-24s %s/%s  %s\n' "$mode" "$(basename "$case")" "$what" "$hits" "$repetitions" "$cause"
    done
    took=$(($(date +%s) - began))
    printf '%-5s found %s of %s, causes named %s, false alarms %s of %s, %s s\n\n' \
        "$mode" "$found" "$bad" "$named" "$alarms" "$good" "$took"
done
