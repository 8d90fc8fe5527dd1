#!/usr/bin/env bash
# Installing and starting the program beside ruff, prek and just: `pip install` of a wheel that is
# already here into an empty venv, the size of wheel and program, and twenty calls of `--version`,
# in turn. One line a peer: milliseconds of CPU (user and system) of both, and the median of their
# ratios. Needs python3 with venv, and network to download the peers.
#
#     benches/install.sh WHEEL    the wheel of .github/workflows/release.yml; `ROUNDS` (5)
set -euo pipefail
source "$(dirname "$0")/measure.sh"
wheel=$(realpath "${1:?name the wheel}")
rounds=${ROUNDS:-5}
# CPU time in the place of measure.sh's wall time.
milliseconds() {
    local TIMEFORMAT='%3U %3S'
    { time "$@" > /dev/null 2>&1; } 2>&1 | awk '{ printf "%d", 1000 * ($1 + $2) }'
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
mkdir "$HOME"

# install NAME WHEEL: into an empty venv of that name.
install() {
    "$work/$1/bin/python" -m pip install --quiet --no-index --no-deps --force-reinstall "$2"
}
calls() { for _ in $(seq 20); do "$1" --version; done; }
kib() { echo $(($(stat -Lc %s "$1") / 1024)); }

python3 -m venv "$work/ours"
install ours "$wheel"
ours=$work/ours/bin/thrice
echo "thrice: wheel $(kib "$wheel") KiB, program $(kib "$ours") KiB"
printf '| peer | its wheel | its program | install, thrice | its | ratio | 20 calls, thrice | its | ratio |\n'
printf '| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n'
for peer in ruff:ruff prek:prek just:rust-just; do
    name=${peer%%:*}
    python3 -m venv "$work/$name"
    "$work/$name/bin/python" -m pip download --quiet --no-deps --dest "$work/$name" "${peer#*:}"
    package=$(echo "$work/$name"/*.whl)
    install "$name" "$package"
    theirs=$work/$name/bin/$name
    install_ours() { install ours "$wheel"; }
    install_theirs() { install "$name" "$package"; }
    in_turn "$rounds" install_ours install_theirs
    line="| $(calls "$theirs" | head -1) | $(kib "$package") KiB | $(kib "$theirs") KiB | $a_median ms | $b_median ms | $of_both"
    call_ours() { calls "$ours"; }
    call_theirs() { calls "$theirs"; }
    in_turn "$rounds" call_ours call_theirs
    echo "$line | $a_median ms | $b_median ms | $of_both |"
done
