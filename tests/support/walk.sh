# Shared by tests/attacks/walk and tests/reports/walk, which source it: git without anybody's
# configuration, and repositories in empty folders.

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com

# begin_in FOLDER : an own HOME, a repository beside it, and a policy: an area over everything.
begin_in() {
    HOME=$1/home && export HOME && mkdir -p "$HOME" "$1/repo" && cd "$1/repo" || exit 2
    git init --quiet --initial-branch=main
    mkdir -p policy src
    printf 'id = "demo"\nname = "Demo"\ndefault_branch = "main"\ntime_zone = "UTC"\n' > policy/programme.toml
    printf '[[areas]]\nname = "all"\npaths = ["**"]\n' > policy/filemap.toml
    echo 'stagger = "0 s"' > policy/gates.toml
}
commit() { git add --all && git commit --quiet --allow-empty -m "${1:-x}"; }
