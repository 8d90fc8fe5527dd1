#!/bin/sh
# Builds the wheel, installs it into an empty venv with an empty HOME, and runs the program.
#
# Needs python3 with venv, and maturin on PATH or in MATURIN (`pip install maturin==1.16.0`).
# PROFILE names another profile than `release`: `dev` is built faster.
set -eu

top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
maturin=${MATURIN:-maturin}
profile=${PROFILE:-release}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$maturin" build --quiet --profile "$profile" --out "$folder" \
    --manifest-path "$top/xtask/crates/thrice/Cargo.toml"
wheel=$(ls "$folder"/*.whl)
echo "wheel: $(basename "$wheel"), $(($(wc -c <"$wheel") / 1024)) KiB"

python3 -m venv "$folder/venv"
mkdir "$folder/home"
env -i HOME="$folder/home" PATH=/usr/bin:/bin \
    "$folder/venv/bin/pip" install --quiet --no-index --disable-pip-version-check "$wheel"
cd "$folder/home"
env -i HOME="$folder/home" PATH="$folder/venv/bin:/usr/bin:/bin" thrice --version
env -i HOME="$folder/home" PATH="$folder/venv/bin:/usr/bin:/bin" thrice --help | head -3
