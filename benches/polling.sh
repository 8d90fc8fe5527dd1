#!/usr/bin/env bash
# Requests and delay of `cargo xtask orr --on github` beside three `gh run watch`, by the
# gh on PATH against the simulated GitHub of the tests, 300 ms an answer. `xtask` or `gh`
# as the argument measures one side alone. About eight minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
gh --version | head -1
cargo bench --quiet --profile dev --bench polling -- "$@"
