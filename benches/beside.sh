# Shared by load.sh and judge.sh, which source it in the folder of this repository: a table of what
# commands cost beside others, one line a command: milliseconds of CPU (user and system, so that a
# busy machine shows little) of both, the median of their ratios, the command's most memory. With
# the program as `cargo xtask` builds it, or `PROGRAM`. `ROUNDS` says how often (3).
root=$PWD
source benches/measure.sh
# CPU time in the place of measure.sh's wall time. A refusal is an answer.
milliseconds() {
    local TIMEFORMAT='%3U %3S'
    { time "$@" > /dev/null 2>&1; } 2>&1 | awk '{ printf "%d", 1000 * ($1 + $2) }'
}
[ -n "${PROGRAM-}" ] || cargo build --quiet
program=${PROGRAM:-${CARGO_TARGET_DIR:-$root/target}/debug/xtask}
rounds=${ROUNDS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source benches/repositories.sh

# row NAME OTHER-NAME: compares the functions by_tool, which calls the program with `command`, and
# by_other.
row() {
    in_turn "$rounds" by_tool by_other
    local most
    most=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$program" "${command[@]}")
    printf '| %s | %s ms | %s: %s ms | %s | %s MiB |\n' "$1" "$a_median" "$2" "$b_median" "$of_both" "$most"
}

printf '| command | time | beside | ratio | memory |\n| --- | --- | --- | --- | --- |\n'
