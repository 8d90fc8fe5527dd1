//! `init` in repositories that have never seen this program: what it prints is typed, as it
//! stands, up to the first pass.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::policies_whole::problem;
use super::secrets::RIPSECRETS;
use crate::support::{Ran, World, XTASK, write_program};

/// The cargo that built this.
pub(super) const CARGO: &str = env!("CARGO");

/// A repository of each kind, as its files.
pub(super) const RUST: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
    ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"demo\"\nversion = \"0.1.0\"\n"),
    (
        "src/lib.rs",
        "pub fn one() -> u8 { 1 }\n#[test]\nfn is_one() {\n    assert_eq!(one(), 1);\n}\n#[test]\nfn two() {}\n",
    ),
    (".gitignore", "/target"),
];
pub(super) const PYTHON: &[(&str, &str)] = &[
    ("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"0.1\"\n"),
    ("demo/__init__.py", "def one():\n    return 1\n"),
    (
        "tests/test_one.py",
        "import unittest\n\nimport demo\n\n\nclass T(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(demo.one(), 1)\n",
    ),
    ("tests/__init__.py", ""),
];
pub(super) const NODE: &[(&str, &str)] = &[
    ("package.json", r#"{"name":"demo","version":"1.0.0","scripts":{"test":"node --test"}}"#),
    ("index.js", "exports.one = () => 1;\n"),
    (
        "test/one.test.js",
        "const test = require('node:test');\nconst assert = require('node:assert');\nconst { one } = require('..');\ntest('one', () => assert.equal(one(), 1));\ntest('two', () => {});\n",
    ),
];
pub(super) const GO: &[(&str, &str)] = &[
    ("go.mod", "module example.com/demo\n\ngo 1.19\n"),
    ("demo.go", "package demo\n\n// One is one.\nfunc One() int { return 1 }\n"),
    (
        "demo_test.go",
        "package demo\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {\n\tif One() != 1 {\n\t\tt.Fatal(One())\n\t}\n}\n",
    ),
];

/// Where `.gitignore` ignores itself, only `--force` adds it: the lines that are printed work.
#[test]
fn what_it_says_to_commit_can_be_committed() {
    for has_commit in [true, false] {
        let world = if has_commit { world(PYTHON) } else { World::new() };
        world.write("Makefile", "test:\n\ttrue\n");
        world.write(".gitignore", ".*\n");
        let written = world.xtask(["init"]);
        assert_eq!(written.status, 0, "{written:?}");
        if has_commit {
            let refused = world.xtask(["orr"]);
            let help = refused.help("policy-missing").unwrap();
            assert_eq!(help, written.next());
        }
        let committed = Ran::typed(world.command("bash"), written.next());
        assert_eq!(committed.status, 0, "{committed:?}");
        let tracked = world.git(["ls-files"]);
        assert!(
            tracked.contains(".gitignore") && tracked.contains("policy/gates.toml"),
            "{tracked}"
        );
    }
}

/// A world whose repository has these files, committed.
pub(super) fn world(files: &[(&str, &str)]) -> World {
    let world = World::new();
    for (path, text) in files {
        world.write(path, text);
    }
    world.commit("what was there");
    let folder = world.root().join("bin");
    std::fs::create_dir(&folder).unwrap();
    write_program(&folder.join("ripsecrets"), RIPSECRETS);
    world
}

/// A command in a world with the scanner, and the cargo of these tests, first on PATH.
fn tooled(world: &World, program: &str) -> Command {
    let mut path = world.root().join("bin").into_os_string();
    for folder in
        [Path::new(CARGO).parent().unwrap().as_os_str(), &std::env::var_os("PATH").unwrap()]
    {
        path.push(":");
        path.push(folder);
    }
    let mut command = world.command(program);
    command.env("PATH", path);
    command
}

pub(super) fn xtask(world: &World, arguments: &[&str]) -> Ran {
    tooled(world, XTASK).args(arguments).output().unwrap().into()
}

/// The commands that an output says to type, in their order.
fn reported(printed: &str) -> Vec<String> {
    let command = |line: &str| {
        let command = line.strip_prefix("next: ").or_else(|| line.strip_prefix("then: "));
        command.map(str::to_owned)
    };
    printed.lines().filter_map(command).collect()
}

/// Types what `init` says to type; gives what it printed and what the last command did.
fn walk(world: &World) -> (String, Ran) {
    let ran = xtask(world, &["init"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let commands = reported(&ran.stdout);
    assert_eq!(commands.len(), 2, "{}", ran.stdout);
    let check = xtask(world, &["policy", "check"]);
    assert!(check.stdout.contains("\n0 problems and 0 warnings in 4 files"), "{check:?}");
    let mut last = None;
    for command in commands {
        let command = command.replace("cargo xtask ", &format!("'{XTASK}' "));
        let output = tooled(world, "sh").args(["-c", &command]).output().unwrap();
        let step = Ran::from(output);
        assert_eq!(step.status, 0, "{command}: {step:?}");
        last = Some(step);
    }
    assert_eq!(world.git(["status", "--porcelain"]), "", "a review changed the working tree");
    (ran.stdout, last.unwrap())
}

/// Paths that differ between the first commit and the last.
fn added(world: &World) -> Vec<String> {
    let names = world.git(["diff", "--name-only", "HEAD~1", "HEAD"]);
    names.lines().map(str::to_owned).collect()
}

const WRITTEN: [&str; 9] = [
    ".gitignore",
    "policy/branches.toml",
    "policy/filemap.toml",
    "policy/gates.toml",
    "policy/programme.toml",
    "policy/schema/branches.schema",
    "policy/schema/filemap.schema",
    "policy/schema/gates.schema",
    "policy/schema/programme.schema",
];

fn counts(world: &World) -> String {
    world.read("out/evidence/T4_tests/tests.json").split_whitespace().collect()
}

#[test]
fn a_rust_library_reaches_its_first_pass() {
    let world = world(RUST);
    let (_, reviewed) = walk(&world);
    assert!(reviewed.stdout.contains("decision: pass. 3 green runs"), "{reviewed:?}");
    assert!(counts(&world).contains("\"passed\":2"), "{}", counts(&world));
    assert_eq!(added(&world), WRITTEN);
    assert_eq!(world.read(".gitignore"), "/target\n/out/\n");
    // The gates fail for a reason: a test that was taken away is missed.
    world.write("src/lib.rs", "pub fn one() -> u8 { 1 }\n");
    world.commit("no tests");
    let ran = xtask(&world, &["gates", "run", "T4"]);
    assert_eq!(ran.status, 20, "{ran:?}");
}

#[test]
fn a_python_package_reaches_its_first_pass() {
    let world = world(PYTHON);
    let (_, reviewed) = walk(&world);
    assert!(reviewed.stdout.contains("decision: pass. 3 green runs"), "{reviewed:?}");
    let log = world.read("out/runs/1/logs/T4.log");
    assert!(log.contains("Ran 1 test"), "{log}");
    assert_eq!(added(&world), WRITTEN);
    world.write("demo/__init__.py", "def one():\n    return 2\n");
    world.commit("a mistake");
    assert_eq!(xtask(&world, &["gates", "run", "T4"]).status, 20);
}

#[test]
fn a_node_package_reaches_its_first_pass() {
    let world = world(NODE);
    let (_, reviewed) = walk(&world);
    assert!(reviewed.stdout.contains("decision: pass. 3 green runs"), "{reviewed:?}");
    assert!(counts(&world).contains("\"passed\":2"), "{}", counts(&world));
    assert_eq!(added(&world), WRITTEN);
    world.write("index.js", "exports.one = () => 2;\n");
    world.commit("a mistake");
    assert_eq!(xtask(&world, &["gates", "run", "T4"]).status, 20);
}

#[test]
fn a_repository_without_a_build_reaches_its_first_pass() {
    let world = world(&[("run.sh", "echo hello\n"), ("a folder/naïve [x].txt", "text\n")]);
    let (printed, reviewed) = walk(&world);
    assert!(printed.contains("note: no tests were seen"), "{printed}");
    assert!(reviewed.stdout.contains("decision: pass. 3 green runs"), "{reviewed:?}");
    assert_eq!(added(&world), WRITTEN);
    world.write("run.sh", "planted: yes\n");
    world.commit("a secret");
    assert_eq!(xtask(&world, &["gates", "run", "T2"]).status, 20);
}

#[test]
fn a_makefile_decides_where_it_can_test() {
    let world = world(&[("Makefile", "test:\n\ttest -f run.sh\n"), ("run.sh", "echo hello\n")]);
    let (_, reviewed) = walk(&world);
    assert!(reviewed.stdout.contains("T4 tests"), "{reviewed:?}");
    std::fs::remove_file(world.path("run.sh")).unwrap();
    world.commit("gone");
    assert_eq!(xtask(&world, &["gates", "run", "T4"]).status, 20);
}

#[test]
fn a_dry_run_writes_nothing_and_prints_a_patch_of_all_that_is_written() {
    for ignored in [None, Some("/target"), Some("a\nb\nc\nd\n"), Some("")] {
        let mut files = vec![("README", "hello\n")];
        files.extend(ignored.map(|text| (".gitignore", text)));
        let world = world(&files);
        let ran = xtask(&world, &["init", "--dry-run"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(world.git(["status", "--porcelain"]), "");
        std::fs::write(world.root().join("patch"), &ran.stdout).unwrap();
        let real = xtask(&world, &["init"]);
        assert_eq!(real.status, 0, "{real:?}");
        let written: Vec<String> = WRITTEN.iter().map(|path| world.read(path)).collect();
        world.git(["checkout", "--quiet", "."]);
        world.git(["clean", "--quiet", "-d", "--force"]);
        world.git(["apply", "../patch"]);
        let applied: Vec<String> = WRITTEN.iter().map(|path| world.read(path)).collect();
        assert_eq!(applied, written, "{ignored:?}\n{}", ran.stdout);
    }
}

#[test]
fn nothing_is_overwritten_and_what_is_missing_is_added() {
    let world = world(&[("README", "hello\n")]);
    assert_eq!(xtask(&world, &["init"]).status, 0);
    let own = format!("{}# my own\n", world.read("policy/gates.toml"));
    world.write("policy/gates.toml", &own);
    std::fs::remove_file(world.path("policy/filemap.toml")).unwrap();
    let again = xtask(&world, &["init"]);
    assert_eq!(again.status, 0, "{again:?}");
    assert!(again.stdout.contains("written: policy/filemap.toml\n"), "{again:?}");
    assert!(again.stdout.contains("kept: policy/gates.toml\n"), "{again:?}");
    assert_eq!(world.read("policy/gates.toml"), own);
    assert_eq!(world.read(".gitignore"), "/out/\n");
    let third = xtask(&world, &["init"]);
    assert!(third.stdout.contains("nothing else is missing\n"), "{third:?}");
    let dry = xtask(&world, &["init", "--dry-run"]);
    assert_eq!(dry.stdout, third.stdout);
}

/// What an editor does with the first line of each file: it takes the file that the line names,
/// relative to the policy file, for its schema.
#[test]
fn the_schema_line_of_each_file_leads_to_the_schema_of_its_kind() {
    for files in [RUST, PYTHON, NODE, GO] {
        let world = world(files);
        assert_eq!(xtask(&world, &["init"]).status, 0);
        for kind in ["programme", "gates", "filemap", "branches"] {
            let text = world.read(&format!("policy/{kind}.toml"));
            let line = text.lines().next().unwrap().strip_prefix("#:schema ").unwrap();
            let there: Value =
                serde_json::from_str(&world.read(&format!("policy/{line}"))).unwrap();
            let printed = xtask(&world, &["policy", "schema", kind]).stdout;
            assert_eq!(there, serde_json::from_str::<Value>(&printed).unwrap(), "{kind}");
            let value: toml::Table = text.parse().unwrap();
            let mut value = serde_json::to_value(value).unwrap();
            assert_eq!(problem(&there, &value, kind), None);
            value["unknown"] = Value::Null;
            assert!(problem(&there, &value, kind).unwrap().contains("unknown is not known"));
        }
    }
}

/// A lock that a review can check, and what to do about one that git ignores.
#[test]
fn locks_are_told_as_they_stand() {
    let world = world(GO);
    world.write("go.sum", "");
    world.write("tool/Cargo.toml", RUST[0].1);
    world.write("tool/src/lib.rs", "");
    world.write("tool/.gitignore", "/target\n*.lock\n");
    world.commit("an empty lock, and none");
    let ran = xtask(&world, &["init"]);
    let rule = "as line 2 of tool/.gitignore (`*.lock`) ignores it: take that line out, and commit";
    assert!(ran.stdout.contains(&format!("tool/Cargo.lock is not tracked, {rule}")), "{ran:?}");
    assert!(world.read("policy/gates.toml").contains("\nlocks = [\"go.sum\"]\n"));
    world.commit("rules");
    let reviewed = xtask(&world, &["gates", "run", "T3"]);
    assert_eq!(reviewed.status, 0, "{reviewed:?}");
    assert!(!reviewed.stdout.contains("lock-note"), "{reviewed:?}");
    // A rule below takes it back in.
    world.write("tool/.gitignore", "/target\n*.lock\n!Cargo.lock\n");
    let again = xtask(&world, &["init"]);
    assert!(again.stdout.contains("tool/Cargo.lock is not tracked: commit it"), "{again:?}");
}

#[test]
fn the_default_branch_is_the_remotes_own() {
    let world = world(&[("README", "hello\n")]);
    world.git(["branch", "--move", "trunk"]);
    assert_eq!(xtask(&world, &["init"]).status, 0);
    assert!(world.read("policy/programme.toml").contains("default_branch = \"trunk\"\n"));
    world.git(["remote", "add", "upstream", "https://github.com/octo/Some.Thing.git"]);
    let told = || xtask(&world, &["init"]).stdout.contains("`git remote rename upstream origin`");
    assert!(told());
    world.git(["remote", "rename", "upstream", "origin"]);
    assert!(!told());
    world.git(["update-ref", "refs/remotes/origin/next", "HEAD"]);
    world.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/next"]);
    std::fs::remove_file(world.path("policy/programme.toml")).unwrap();
    assert_eq!(xtask(&world, &["init"]).status, 0);
    let programme = world.read("policy/programme.toml");
    for line in ["id = \"some-thing\"", "default_branch = \"next\"", "members = [\"@octo\"]"] {
        assert!(programme.contains(line), "{programme}");
    }
}

#[test]
fn an_own_crate_leaves_the_build_of_its_repository_as_it_was() {
    let lib = "//! A crate.\n#![deny(missing_docs)]\n/// One.\npub fn one() -> u8 {\n    1\n}\n";
    let world = world(&[
        ("Cargo.toml", "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2018\"\n"),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"demo\"\nversion = \"0.1.0\"\n"),
        ("src/lib.rs", lib),
        (".gitignore", "/target\n"),
    ]);
    let cargo_home = std::env::var_os("CARGO_HOME")
        .unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cargo").into());
    let cargo = |words: &str| {
        let mut command = tooled(&world, CARGO);
        command.args(words.split(' ')).env("CARGO_HOME", &cargo_home);
        Ran::from(command.output().unwrap())
    };
    let own = [
        "metadata --offline --locked --no-deps --format-version 1",
        "fmt --all --check",
        "check --offline --locked --quiet",
    ];
    let before = own.map(|words| (cargo(words).status, cargo(words).stdout));
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = tooled(&world, XTASK);
    command.args(["init", "--xtask", "--from"]).arg(&checkout).env("CARGO_HOME", &cargo_home);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.stdout.contains("Cargo.lock is not complete"), "{ran:?}");
    assert!(ran.stdout.contains("next: git add policy .gitignore xtask .cargo && "), "{ran:?}");
    assert_eq!(own.map(|words| (cargo(words).status, cargo(words).stdout)), before);
    assert_eq!(before[2].0, 0);
    // The crate is a workspace of its own, with a lock that fits it.
    let metadata =
        cargo("metadata --offline --locked --format-version 1 --manifest-path xtask/Cargo.toml");
    assert_eq!(metadata.status, 0, "{metadata:?}");
    let reported: Value = serde_json::from_str(&metadata.stdout).unwrap();
    assert_eq!(reported["workspace_members"].as_array().map(Vec::len), Some(1));
    let root = world.repo().canonicalize().unwrap().join("xtask");
    assert_eq!(reported["workspace_root"].as_str().map(Path::new), Some(root.as_path()));
    let format = cargo("fmt --check --manifest-path xtask/Cargo.toml");
    assert_eq!(format.status, 0, "{format:?}");
    // Where the source is has to be said, and said well.
    for from in [&["--from", "."][..], &[], &["--from", "https://example.com/x.git#main"]] {
        let arguments = [&["init", "--xtask"], from].concat();
        let ran = xtask(&world, &arguments);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stdout.contains("`--from URL#SHA`"), "{ran:?}");
    }
}

/// Each place in which people stand gives the right answer, or one clear line.
#[test]
fn wherever_people_stand_the_next_thing_to_type_is_reported() {
    let world = world(&[("sub/README", "hello\n")]);
    let at = |folder: &Path, arguments: &[&str]| {
        let mut command = tooled(&world, XTASK);
        command.current_dir(folder).args(arguments);
        Ran::from(command.output().unwrap())
    };
    let says = |ran: &Ran, text: &str| assert!(ran.stdout.contains(text), "{text}: {ran:?}");
    // No rules: `init`. Written and not committed: the commit to make.
    let none = at(&world.repo(), &["orr"]);
    says(&none, "this repository has no rules yet");
    says(&none, "help: `cargo xtask init` writes them");
    assert_eq!(at(&world.path("sub"), &["init"]).status, 0);
    assert!(world.path("policy/gates.toml").is_file(), "written at the top, not in the subfolder");
    let uncommitted = at(&world.path("sub"), &["orr"]);
    says(&uncommitted, "policy/ is written, but not committed");
    says(&uncommitted, "`git add policy .gitignore && git commit");
    assert_eq!((none.status, uncommitted.status), (3, 3));
    world.commit("rules");
    // A linked worktree, a detached HEAD and a shallow clone in a folder with a space.
    let odd = world.root().join("näme mit x");
    let url = format!("file://{}", world.repo().display());
    world.git(["clone", "--quiet", "--depth", "1", &url, odd.to_str().unwrap()]);
    let linked = world.root().join("linked");
    world.git(["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    for folder in [odd, linked] {
        says(&at(&folder, &["init"]), "nothing else is missing");
        let reviewed = at(&folder, &["orr", "--runs", "2"]);
        assert_eq!(reviewed.status, 0, "{reviewed:?}");
    }
    // No repository, and a bare one.
    let bare = world.root().join("bare");
    world.git(["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    for (folder, say) in
        [(world.root(), "isn't in a git repository"), (&bare, "is a bare repository")]
    {
        for command in ["init", "orr"] {
            let ran = at(folder, &[command]);
            says(&ran, say);
            assert!(!ran.stdout.contains("rev-parse"), "{ran:?}");
        }
    }
    // No HOME.
    let mut homeless = tooled(&world, XTASK);
    let ran = Ran::from(homeless.arg("orr").env_remove("HOME").output().unwrap());
    says(&ran, "set HOME or XDG_CACHE_HOME");
}
