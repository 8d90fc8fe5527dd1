#!/bin/sh
# What a review finds of gates whose determinism is known.
#
# Usage: benches/determinism.sh FOLDER [REPETITIONS [MODE...]]
#
# FOLDER holds a folder a case: `gate.sh`, which writes into `$OUT`, and
# `expected.txt`, whose first word is `deterministic` or `nondeterministic` and whose
# second names the kind. Each case is reviewed in a repository of its own with two
# commits, once a mode and repetition. Modes: none safe all; and, to compare with, plain
# (three runs in three copies) and reprotest. The program is `target/release/xtask`,
# `target/debug/xtask` or `$PROGRAM`.
#
# Prints a line a case (how often it was found, and what was named as its cause), then
# for each mode: found, right causes among those named, false alarms, seconds of processors
# and of the clock.
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
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

make_repository() {
    rm -rf "$work/repo" && mkdir -p "$work/repo" && cp -R "$1/." "$work/repo"
    chmod -R u+w "$work/repo"
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

# The words that a right cause of a kind holds.
right_cause() {
    case $1 in
        time-now | time-bomb | mtime-in-archive) echo 'clock' ;;
        directory-order | inode-device) echo 'file system|order in which' ;;
        hash-seed) echo 'hash seed' ;;
        locale-sort) echo 'locale' ;;
        umask) echo 'umask' ;;
        hostname) echo 'host name' ;;
        username-env) echo "user's name" ;;
        home) echo 'HOME' ;;
        tempfile-name) echo 'TMPDIR' ;;
        cpu-count) echo 'CPUs|threads' ;;
        stale-state-tree) echo 'earlier run' ;;
        uid-gid-in-tar) echo "user's number" ;;
        env-leak) echo 'variable' ;;
        terminal-width) echo 'terminal' ;;
        exec-path) echo 'search path' ;;
        memory-address) echo 'memory' ;;
        git-history-depth) echo 'history' ;;
        ci-detection) echo 'CI' ;;
        flaky*) echo 'unknown' ;;
        *) echo '.' ;;
    esac
}

# Reviews the case: 0 where nothing was found, 30 where something was.
reviewed() {
    (cd "$work/repo" && "$program" orr --vary "$1") > "$work/printed" 2>&1
}

# Runs it three times in copies of the repository.
run_thrice() {
    for run in 1 2 3; do
        rm -rf "$work/copy" && cp -R "$work/repo" "$work/copy"
        (cd "$work/copy" && OUT="$work/out$run" sh ./gate.sh) > /dev/null 2>&1 || echo red > "$work/out$run/red"
    done
    same=0
    diff -r "$work/out1" "$work/out2" > /dev/null && diff -r "$work/out1" "$work/out3" > /dev/null || same=30
    rm -rf "$work/out1" "$work/out2" "$work/out3"
    return $same
}

run_reprotest() {
    (cd "$work/repo" && reprotest --no-diffoscope ${REPROTEST:-} -c 'OUT=result sh ./gate.sh' . 'result') > "$work/printed" 2>&1 || return 30
}

# Seconds of processors that all programs took so far, to `$taken`. No subshell: it has
# no children yet.
look_at_processors() {
    times > "$work/times"
    taken=$(sed -n '2s/[ms]/ /gp' "$work/times" | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }')
}

for mode in "$@"; do
    found=0 bad=0 alarms=0 good=0 named=0 right=0
    look_at_processors
    began=$(date +%s) before=$taken
    for case in "$folder"/*/; do
        case=${case%/}
        read -r kind what < "$case/expected.txt"
        hits=0 cause=""
        make_repository "$case"
        for _ in $(seq "$repetitions"); do
            status=0
            case $mode in
                plain) run_thrice || status=$? ;;
                reprotest) run_reprotest || status=$? ;;
                *) reviewed "$mode" || status=$? ;;
            esac
            case $status in
                0) continue ;;
                20 | 30) hits=$((hits + 1)) ;;
                *) echo "$case: status $status" >&2; cat "$work/printed" >&2; exit 1 ;;
            esac
            case $mode in plain | reprotest) continue ;; esac
            cause=$(cause_of "$work/printed")
            if [ -n "$cause" ] && [ "$kind" = nondeterministic ]; then
                named=$((named + 1))
                if echo "$cause" | grep -Eq "$(right_cause "$what")"; then
                    right=$((right + 1))
                else
                    echo "$case, $mode: not because of $cause" >&2
                fi
            fi
        done
        if [ "$kind" = nondeterministic ]; then
            bad=$((bad + repetitions)) found=$((found + hits))
        else
            good=$((good + repetitions)) alarms=$((alarms + hits))
        fi
        printf '%-9s %-22s %-24s %s/%s  %s\n' "$mode" "$(basename "$case")" "$what" "$hits" "$repetitions" "$cause"
    done
    look_at_processors
    printf '%-9s found %s of %s, right causes %s of %s, false alarms %s of %s, %.0f s of processors, %s s\n\n' \
        "$mode" "$found" "$bad" "$right" "$named" "$alarms" "$good" \
        "$(awk "BEGIN { print $taken - $before }")" "$(($(date +%s) - began))"
done
