# Shared by the scripts beside it: repositories of a given size. Source it with `$root`, the
# folder of this repository, set; needs bash 5, git, python3. Each function leaves the shell in
# the repository that it made.

# rules_into FOLDER: the rules that every programme has.
rules_into() {
    mkdir -p "$1/policy"
    printf 'id = "bench"\nname = "Bench"\ndefault_branch = "main"\ntime_zone = "UTC"\n' > "$1/policy/programme.toml"
    printf '[[gates]]\nid = "T4"\nname = "tests"\nrun = ["true"]\n' > "$1/policy/gates.toml"
}

# empty_repository FOLDER
empty_repository() {
    git init --quiet --initial-branch=main "$1"
    cd "$1"
    git config user.name bench
    git config user.email bench@example.com
}

# ledger_of ENTRIES: deployments without signatures, on standard output.
ledger_of() {
    python3 "$root/benches/ledger.py" "$1"
}

# ledger_branch FILE: makes a file's lines the ledger of the repository around.
ledger_branch() {
    local segments
    segments=$(mktemp -d)
    split -l 1000 -d -a 8 --additional-suffix=.jsonl "$1" "$segments/"
    GIT_INDEX_FILE=$segments.index git --work-tree="$segments" add --all
    git update-ref refs/heads/ledger \
        "$(git commit-tree -m bench "$(GIT_INDEX_FILE=$segments.index git write-tree)")"
    for name in seen verified; do git update-ref -d "refs/thrice/ledger/$name"; done
    rm -rf "$segments" "$segments.index"
}

# stories_repository FOLDER STORIES: a backlog in ten waves, all in the cycle of these days,
# with the history and the branches of benches/stories.py.
stories_repository() {
    local files=$1.files number
    rules_into "$files"
    mkdir "$files/docs"
    echo agreed > "$files/docs/contract.md"
    printf '[ids.story]\npatterns = ["S-\\\\d{5}"]\nexamples = ["S-00001"]\n[[kinds]]\nname = "feature"\nform = "feature/<story>-<slug>"\n' > "$files/policy/branches.toml"
    {
        for number in 0 1 2 3 4 5 6 7 8 9; do printf '[[waves]]\nid = "W%s"\n\n' "$number"; done
        for number in $(seq -f '%05g' 1 "$2"); do
            printf '[[stories]]\nid = "S-%s"\ntitle = "The story of number %s"\nowner = "ana"\npriority = "P1"\nwave = "W%s"\nacceptance = ["CA-1: it does what it says"]\ncontract = ["docs/contract.md"]\n\n' \
                "$number" "$number" "${number: -1}"
        done
    } > "$files/policy/backlog.toml"
    {
        printf '[[cycles]]\nid = "C-1"\nfrom = %s\nto = %s\n' "$(date -d '-3 days' +%F)" "$(date -d '+3 days' +%F)"
        printf 'scope = ["W0", "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9"]\nexit = ["all of it is merged"]\n'
    } > "$files/policy/calendar.toml"
    empty_repository "$1"
    python3 "$root/benches/stories.py" "$files" | git fast-import --quiet
    git reset --quiet --hard main
    git repack -adq
}

# files_repository FOLDER FILES: a branch that adds so many files, all inside the Filemap.
files_repository() {
    empty_repository "$1"
    rules_into .
    printf 'single_patch = false\n[[areas]]\nname = "all"\npaths = ["src/**"]\n' > policy/filemap.toml
    git add policy
    git commit --quiet -m base
    git switch --quiet -c patch
    local blob
    blob=$(echo text | git hash-object -w --stdin)
    seq 0 $(($2 - 1)) | awk -v blob="$blob" '{ printf "100644 %s\tsrc/d%03d/e%02d/file%d.rs\n", blob, $1 / 500 % 400, $1 / 50 % 10, $1 }' |
        git update-index --index-info
    git commit --quiet -m patch
}
