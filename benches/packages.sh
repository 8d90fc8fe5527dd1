#!/bin/sh
# Reviews five published packages whose builds are known not to be reproducible, and prints
# the cause that each review names.
#
# Usage: benches/packages.sh FOLDER
#
# FOLDER is made, and holds a repository for each. Needs pip, npm and cargo, and their
# registries. The program is `target/debug/xtask`, or `$PROGRAM`.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
program=${PROGRAM:-$here/target/debug/xtask}
mkdir -p "$1" && cd "$1" && top=$(pwd)
python3 -m venv tools
tools/bin/pip install --quiet 'setuptools<70' wheel==0.42.0
# Gates have an empty HOME, in which rustup's own programs find no toolchain.
PATH=$top/tools/bin:$(rustc --print sysroot)/bin:$PATH
export PATH

# An sdist of PyPI, unpacked: NAME VERSION GATE.
of_pypi() {
    mkdir "$1"
    pip download --quiet --no-deps --no-binary :all: --no-build-isolation --dest sdists "$1==$2"
    tar -xzf "sdists/$1-$2.tar.gz" -C "$1" --strip-components=1
    echo "$3" > "$1/gate.sh"
}

# A crate that depends on one of crates.io, with all it needs: NAME DEPENDENCY MAIN GATE.
of_crates() {
    cargo init --quiet --vcs none --name "of-$1" "$1"
    echo "$3" > "$1/src/main.rs"
    echo "$4" > "$1/gate.sh"
    (cd "$1" && eval "$2" && mkdir .cargo && cargo vendor 2> /dev/null > .cargo/config.toml)
}

of_pypi six 1.17.0 'python3 setup.py --quiet sdist --dist-dir "$EVIDENCE_DIR"'
of_pypi sampleproject 2.0.0 'python3 setup.py --quiet bdist_wheel --dist-dir "$EVIDENCE_DIR"'
mkdir is-number
(cd is-number && npm init --yes > /dev/null && npm install --silent jsdoc@4.0.4 is-number@7.0.0)
echo 'node node_modules/jsdoc/jsdoc.js -d "$EVIDENCE_DIR" node_modules/is-number/index.js' > is-number/gate.sh
real_time='fn main() { shadow_rs::ShadowBuilder::builder().build_pattern(shadow_rs::BuildPattern::RealTime).build().unwrap(); }'
of_crates shadow-rs 'cargo add --quiet --build --no-default-features -F build shadow-rs@=1.1.1 && echo "$real_time" > build.rs' \
    'fn main() {}' 'cargo build --quiet --offline && cp target/debug/build/of-*/out/shadow.rs "$EVIDENCE_DIR"'
of_crates ahash 'cargo add --quiet --no-default-features -F compile-time-rng ahash@=0.8.11' \
    'use std::hash::BuildHasher; fn main() { println!("{}", ahash::RandomState::new().hash_one(1)); }' \
    'RUSTFLAGS="--remap-path-prefix=$PWD=. -Cstrip=symbols" cargo build --quiet --offline && cp target/debug/of-ahash "$EVIDENCE_DIR"'

for package in six sampleproject is-number shadow-rs ahash; do
    cd "$top/$package" && mkdir policy
    printf '%s\n' 'id = "p"' 'name = "P"' 'default_branch = "main"' 'time_zone = "UTC"' > policy/programme.toml
    # Builds are long, and what varies by itself takes three more of them.
    printf '%s\n' '[vary]' 'budget = 40' '[[gates]]' 'id = "T1"' 'name = "build"' 'run = ["sh", "-e", "gate.sh"]' > policy/gates.toml
    printf '%s\n' /out/ /target/ > .gitignore
    git init --quiet --initial-branch=main && git add --force --all . && git commit --quiet --message "$package"
    printf '%s: ' "$package"
    "$program" orr 2> /dev/null | sed -n 's/^error.* differs between [^,]*[0-9], //p' | head -n 1
done
