#!/usr/bin/env bash
# The loop beside a hand-written schedule of the same commands: three runs of nine
# gates of known length on two cores, against GNU make -j2; then the cost of an
# empty gate beside make and just (where just is installed).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
rounds=${1:-3}
cd "$here/.."
cargo build --quiet -p xtask
binary=$(cargo metadata --no-deps --offline --format-version 1 \
    | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/xtask
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com \
    GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com

# repository NAME GATES: a repository with a policy of these gates.
repository() {
    mkdir -p "$work/$1/policy"
    printf 'id = "bench"\nname = "Bench"\ndefault_branch = "main"\ntime_zone = "UTC"\n' \
        >"$work/$1/policy/programme.toml"
    printf '%s' "$2" >"$work/$1/policy/gates.toml"
    git -C "$work/$1" init --quiet -b main
    git -C "$work/$1" add -A
    git -C "$work/$1" commit --quiet -m bench
}

# gate NUMBER NEEDS COMMAND...
gate() {
    local number=$1 needs=$2 argv
    shift 2
    argv=$(printf '"%s", ' "$@")
    printf '[[gates]]\nid = "T%s"\nname = "gate"\nneeds = [%s]\nrun = [%s]\n' \
        "$number" "$needs" "${argv%, }"
    printf 'evidence = ["out/evidence/T%s_gate/gate.json"]\n' "$number"
}

lengths=(0.6 2.0 1.0 0.8 4.0 2.4 1.2 0.4 0.6)
needs=('' '' '' '' '1' '4' '0 1 2 3 4 5' '' '0 1 2 3 4 5 6 7')
gates= makefile=
for n in "${!lengths[@]}"; do
    quoted=$(printf '"T%s", ' ${needs[$n]})
    [ -n "${needs[$n]}" ] || quoted=
    gates+=$(gate "$n" "${quoted%, }" sleep "${lengths[$n]}")$'\n'
done
for run in 1 2 3; do
    makefile+="all: r${run}_8"$'\n'
    for n in "${!lengths[@]}"; do
        [ -n "${needs[$n]}" ] && wanted=$(printf "r${run}_%s " ${needs[$n]}) || wanted=
        makefile+="r${run}_$n: $wanted"$'\n\t'"@sleep ${lengths[$n]}"$'\n'
    done
    makefile+="r${run}_8: r${run}_7"$'\n'
done
repository nine "$gates"
printf '%s' "$makefile" >"$work/Makefile"

orr() { taskset -c 0,1 "$binary" --repo "$work/nine" orr --runs 3; }
by_make() { taskset -c 0,1 make -j2 -f "$work/Makefile" all; }
in_turn "$rounds" orr by_make
echo "3 runs of nine gates, median of $rounds: orr $a_median ms, make -j2 $b_median ms, ratio $of_both"

count=100
empty= recipes= just=
for n in $(seq 0 $((count - 1))); do
    empty+=$(gate "$n" '' true)$'\n'
    recipes+="all: t$n"$'\n'"t$n:"$'\n\t'"@true"$'\n'
    just+="t$n:"$'\n    @true\n'
done
repository empty "$empty"
printf '%s' "$recipes" >"$work/Empty.mk"
printf 'all: %s\n%s' "$(printf 't%s ' $(seq 0 $((count - 1))))" "$just" >"$work/justfile"
gates_run() { taskset -c 0,1 "$binary" --repo "$work/empty" gates run; }
empty_make() { taskset -c 0,1 make -j2 -f "$work/Empty.mk" all; }
in_turn "$rounds" gates_run empty_make
echo "an empty gate, of $count: $(ratio "$a_median" $count) ms; with make -j2 $(ratio "$b_median" $count) ms"
if command -v just >/dev/null; then
    empty_just() { taskset -c 0,1 just --justfile "$work/justfile" all; }
    in_turn "$rounds" gates_run empty_just
    echo "an empty gate with just: $(ratio "$b_median" $count) ms"
fi
