//! Ways to slip a change past the Filemap. Each is tried in a repository of its own;
//! none may pass, and each must be reported by its path or its reason.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use crate::support::{Ran, World, gate};

pub(super) const FILEMAP: &str = r#"
[[areas]]
name = "source"
paths = ["src/**", "scripts/**"]
except = ["src/generated/**"]
gates = ["T4"]

[[areas]]
name = "rules"
paths = ["policy/**", ".github/**"]

[[deny]]
name = "keys"
paths = ["**/*.pem"]
reason = "keys are not committed"

[[frozen]]
name = "contract"
paths = ["src/contract/**"]
reason = "the contract is agreed"

[[content]]
name = "domain-tag"
paths = ["src/sign.py"]
must = ['tm\.s7\.batch\.v1\n']
reason = "the LF belongs to the tag"

[[stories]]
story = 'S-\d+'
areas = ["source"]
"#;

/// A repository with that Filemap on `main`, and a branch for the patch.
pub(super) fn world() -> World {
    let world = World::new();
    world.write("policy/programme.toml", crate::support::PROGRAMME);
    world.write("policy/gates.toml", gate("T4", "tests", "exit 0"));
    world.write("policy/filemap.toml", FILEMAP);
    world.write("src/a", "a\n");
    world.write("src/b/c", "c\n");
    world.write("src/contract/v1", "agreed\n");
    world.write("src/sign.py", "TAG = b'''tm.s7.batch.v1\n'''\n");
    world.write("scripts/run.sh", "true\n");
    world.write("docs/manual", "read\n");
    world.write("docs/LICENSE", "a licence that is long enough to be found again\n");
    link(&world, "src/current", "b");
    world.commit("base");
    world.git(["switch", "--quiet", "--create", "patch"]);
    world
}

pub(super) fn link(world: &World, path: &str, target: &str) {
    symlink(target, world.path(path)).unwrap();
}

/// Adds a blob at a path that the file system or git's own protection would refuse.
pub(super) fn add_raw(world: &World, mode: &str, path: &[u8], object: &str) {
    let argument = std::ffi::OsStr::from_bytes(path);
    let mut command = world.command("git");
    command
        .args(["-c", "core.protectHFS=false", "-c", "core.protectNTFS=false"])
        .args(["update-index", "--add", "--cacheinfo", mode, object])
        .arg(argument);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

fn blob(world: &World) -> String {
    world.git(["hash-object", "-w", "docs/manual"]).trim().to_owned()
}

/// Commits the index, whatever the working tree holds.
pub(super) fn commit_index(world: &World) {
    world.git(["commit", "--quiet", "-m", "patch"]);
}

pub(super) fn raw_file(world: &World, path: &[u8]) {
    let blob = blob(world);
    add_raw(world, "100644", path, &blob);
    commit_index(world);
}

pub(super) fn add(world: &World, path: &str) {
    world.write(path, "new\n");
    world.commit("patch");
}

/// What is tried, and what must be reported of it.
pub(super) type Attack = (&'static str, fn(&World), &'static str);

const PATHS: &[Attack] = &[
    ("a new file outside", |w| add(w, "docs/new"), "adds the file docs/new, which no area reaches"),
    ("a folder whose name begins alike", |w| add(w, "srcs/new"), "adds the file srcs/new"),
    (
        "a file where a folder of the map was",
        |w| {
            w.git(["rm", "--quiet", "-r", "scripts"]);
            add(w, "scripts");
        },
        "adds the file scripts, which no area reaches",
    ),
    (
        "a rename out of the map",
        |w| {
            w.git(["mv", "src/a", "docs/a"]);
            w.commit("patch");
        },
        "renames src/a to docs/a",
    ),
    (
        "a rename into the map",
        |w| {
            w.git(["mv", "docs/LICENSE", "src/LICENSE"]);
            w.commit("patch");
        },
        "renames docs/LICENSE to src/LICENSE, which no area reaches",
    ),
    (
        "a deletion outside",
        |w| {
            w.git(["rm", "--quiet", "docs/manual"]);
            w.commit("patch");
        },
        "deletes the file docs/manual",
    ),
    (
        "a mode change outside",
        |w| {
            w.git(["update-index", "--chmod=+x", "docs/manual"]);
            commit_index(w);
        },
        "docs/manual from a file into an executable file",
    ),
    ("an excepted path", |w| add(w, "src/generated/x"), "the area `source` excepts"),
    ("a denied path inside an area", |w| add(w, "src/key.pem"), "`keys` denies"),
    ("a denied path in other letters", |w| add(w, "src/KEY.PEM"), "`keys` denies"),
    ("a frozen guardrail", |w| add(w, "src/contract/v1"), "the guardrail `contract` freezes"),
    (
        "a frozen guardrail in other letters",
        |w| add(w, "src/Contract/v2"),
        "the guardrail `contract` freezes",
    ),
];

const LINKS: &[Attack] = &[
    (
        "a link to /etc/passwd",
        |w| {
            link(w, "src/users", "/etc/passwd");
            w.commit("patch");
        },
        "src/users is a symbolic link: it leads out of the repository, to `/etc/passwd`",
    ),
    (
        "a link that climbs out",
        |w| {
            link(w, "src/up", "../../../secrets");
            w.commit("patch");
        },
        "src/up is a symbolic link: it leads out of the repository",
    ),
    (
        "a link to a path outside the map",
        |w| {
            link(w, "src/manual", "../docs/manual");
            w.commit("patch");
        },
        "it leads to docs/manual, which is outside",
    ),
    (
        "a link to a folder outside the map",
        |w| {
            link(w, "src/all", "../docs");
            w.commit("patch");
        },
        "it leads to docs, which is outside",
    ),
    (
        "a link to the top folder",
        |w| {
            link(w, "src/top", "..");
            w.commit("patch");
        },
        "it leads to the top folder",
    ),
    (
        "a link into git's own folder",
        |w| {
            link(w, "src/config", "../.git/config");
            w.commit("patch");
        },
        "it leads into git's own folder",
    ),
    (
        "a link over another link",
        |w| {
            link(w, "src/hop", "../docs");
            link(w, "src/far", "hop/manual");
            w.commit("patch");
        },
        "src/far is a symbolic link: it leads to docs/manual",
    ),
    (
        "links in a circle",
        |w| {
            link(w, "src/one", "two");
            link(w, "src/two", "one");
            w.commit("patch");
        },
        "src/one is a symbolic link: it leads in a circle",
    ),
    (
        "a link that is led elsewhere",
        |w| {
            std::fs::remove_file(w.path("src/current")).unwrap();
            link(w, "src/current", "../docs");
            w.commit("patch");
        },
        "src/current is a symbolic link: it leads to docs",
    ),
    (
        "a file that becomes a link",
        |w| {
            std::fs::remove_file(w.path("src/a")).unwrap();
            link(w, "src/a", "/dev/null");
            w.commit("patch");
        },
        "src/a is a symbolic link",
    ),
];

const NAMES: &[Attack] = &[
    ("a name that is not UTF-8", |w| raw_file(w, b"src/\xff"), "src/\\xff: its name is not UTF-8"),
    (
        "a name with a line feed",
        |w| raw_file(w, b"src/a\nb"),
        "src/a\\nb: its name holds a line feed",
    ),
    ("a name with a tab and quotes", |w| raw_file(w, b"src/\"a\"\t"), "its name holds U+0009"),
    (
        "a name that git quotes, outside",
        |w| raw_file(w, "docs/\u{fc}\"src/x".as_bytes()),
        "adds the file docs/",
    ),
    ("an escape sequence", |w| raw_file(w, b"src/\x1b[2J"), "its name holds U+001B"),
    (
        "text that runs the other way",
        |w| raw_file(w, "src/\u{202e}gpj.exe".as_bytes()),
        "invisible character U+202E",
    ),
    (
        "a space of no width",
        |w| raw_file(w, "src/a\u{200b}".as_bytes()),
        "invisible character U+200B",
    ),
    ("a name in NFD", |w| raw_file(w, "src/u\u{308}ber".as_bytes()), "not in the Unicode form NFC"),
    ("a backslash", |w| raw_file(w, b"src\\..\\docs\\x"), "its name holds a backslash"),
    (
        "git's folder on other systems",
        |w| raw_file(w, b"src/git~1/hooks/x"),
        "git's own folder on other systems",
    ),
    (
        "a trailing dot",
        |w| raw_file(w, b"src/a."),
        "begins or ends with what other systems leave out",
    ),
    (
        "Scripts/ beside scripts/",
        |w| raw_file(w, b"Scripts/run.sh"),
        "differs from scripts only in spelling",
    ),
    (
        "a file beside itself in other letters",
        |w| raw_file(w, b"src/A"),
        "src/A: it differs from src/a only in spelling",
    ),
    (
        "two new files in two spellings",
        |w| {
            raw_file(w, b"src/new");
            raw_file(w, b"src/New");
        },
        "it differs from src/New only in spelling",
    ),
];

/// Tries every attack of a table with `filemap check`.
pub(super) fn none_passes(attacks: &[Attack]) {
    for (name, attack, reported) in attacks {
        let world = world();
        attack(&world);
        let ran = world.xtask(["filemap", "check"]);
        assert!(matches!(ran.status, 1 | 10 | 60), "{name}: {}\n{}", ran.status, ran.stdout);
        assert!(ran.stdout.contains("filemap check: fail"), "{name}:\n{}", ran.stdout);
        assert!(ran.stdout.contains(reported), "{name}: not reported: {reported}\n{}", ran.stdout);
    }
}

#[test]
fn no_path_slips_past() {
    none_passes(PATHS);
}

#[test]
fn no_link_slips_past() {
    none_passes(LINKS);
}

#[test]
fn no_name_slips_past() {
    none_passes(NAMES);
}

#[test]
fn there_are_enough_ways() {
    let ways = [PATHS, LINKS, NAMES, super::red_team_rules::GIT, super::red_team_rules::RULES]
        .iter()
        .map(|table| table.len())
        .sum::<usize>();
    assert!(ways + super::red_team_rules::BASES.len() >= 60, "{ways}");
}
