//! Objects that are swapped below `.git`, and runs that look for each other there.

use crate::support::{Ran, World, gate};

use super::red_team::{FILEMAP, add, world};

/// Puts the bytes of one loose object under the id of another.
fn swap(world: &World, from: &str, to: &str) {
    let file = |revision: &str| {
        let id = world.git(["rev-parse", revision]);
        let (folder, name) = id.trim().split_at(2);
        world.path(format!(".git/objects/{folder}/{name}"))
    };
    let (from, to) = (file(from), file(to));
    std::fs::remove_file(&to).unwrap();
    std::fs::copy(from, to).unwrap();
}

fn refused(ran: &Ran, kind: &str) {
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains(&format!("the {kind} ")), "{ran:?}");
    assert!(ran.stdout.contains("has other bytes than its id names"), "{ran:?}");
}

#[test]
fn a_swapped_tree_or_commit_hides_no_path() {
    let world = world();
    add(&world, "docs/new");
    swap(&world, "main^{tree}", "HEAD^{tree}");
    refused(&world.xtask(["filemap", "check"]), "tree");
    let world = self::world();
    add(&world, "docs/new");
    swap(&world, "main", "HEAD");
    // git itself looks at the commit that HEAD names.
    assert_eq!(world.xtask(["filemap", "check"]).status, 1);
}

#[test]
fn swapped_rules_rule_nothing() {
    let world = world();
    world.write("src/weak", FILEMAP.replace("\"src/**\"", "\"**\""));
    add(&world, "docs/new");
    swap(&world, "HEAD:src/weak", "main:policy/filemap.toml");
    refused(&world.xtask(["filemap", "check"]), "blob");
}

#[test]
fn a_forged_commit_graph_hides_no_path() {
    let world = world();
    add(&world, "src/new");
    let good = world.git(["rev-parse", "HEAD^{tree}"]);
    add(&world, "docs/new");
    let bad = world.git(["rev-parse", "HEAD^{tree}"]);
    world.git(["commit-graph", "write", "--reachable"]);
    let path = world.path(".git/objects/info/commit-graph");
    let mut bytes = std::fs::read(&path).unwrap();
    let raw = |id: &str| -> Vec<u8> {
        let digits = id.trim().as_bytes().chunks(2);
        digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    };
    let at = bytes.windows(20).position(|part| part == raw(&bad)).unwrap();
    bytes.splice(at..at + 20, raw(&good));
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 10, "{ran:?}");
    assert!(ran.stdout.contains("adds the file docs/new"), "{ran:?}");
}

/// A gate that overwrites a blob of its repository damages neither the user's nor another
/// run's, and says so.
#[test]
fn what_a_gate_writes_below_git_stays_in_its_run() {
    let script = "\
        id=$(git rev-parse HEAD:secret); at=.git/objects/$(echo $id | cut -c1-2)\n\
        mkdir -p $at; cp .git/HEAD $at/$(echo $id | cut -c3-)\n\
        seen=$(git config demo.seen) || { seen=$(cat /proc/sys/kernel/random/uuid)\n\
        git config demo.seen $seen; }\n\
        echo $seen > $EVIDENCE_DIR/x";
    let world = World::with_gates(&format!("stagger = \"0 s\"\n{}", gate("T4", "tests", script)));
    world.write("secret", "kept\n");
    world.commit("secret");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 30, "one run saw what another configured: {ran:?}");
    assert!(ran.stdout.contains("warning[git-changed]: gates changed "), "{ran:?}");
    assert_eq!(world.git(["fsck", "--no-dangling"]), "");
    assert!(!world.read(".git/config").contains("demo"));
}

#[test]
fn a_blob_that_was_swapped_before_a_review_is_found() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    world.write("one", "one\n");
    world.write("two", "two\n");
    world.commit("files");
    swap(&world, "HEAD:one", "HEAD:two");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 4, "{ran:?}");
}
