//! Every command, flag and word of the command line, each run for real.

mod table;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use clap::Command as Clap;
use expect_test::expect;
use serde_json::Value;
use thrice_findings::Code;

use crate::support::{Ran, World};
use table::{Entry, TABLE, TESTED_APART};

/// The cargo that built this.
const CARGO: &str = env!("CARGO");

/// Every command that does something, with the words that lead to it.
fn leaves(command: &Clap, path: &[String]) -> Vec<(Vec<String>, Clap)> {
    let inner: Vec<_> = command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
        .collect();
    let alone = !command.is_subcommand_required_set() && !path.is_empty();
    let own = alone.then(|| (path.to_vec(), command.clone()));
    let below = |inner: &Clap| {
        let path = [path, &[inner.get_name().to_owned()]].concat();
        leaves(inner, &path)
    };
    own.into_iter().chain(inner.into_iter().flat_map(below)).collect()
}

/// A command, or a group of them.
fn is_tested_apart(name: &str) -> bool {
    TESTED_APART.iter().any(|apart| {
        name.strip_prefix(apart).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}

fn command_line() -> Clap {
    let mut command = thrice::cli::command::<thrice::cli::NoOwnVerb>();
    command.build();
    command
}

fn is_of(entry: &Entry, path: &[String]) -> bool {
    entry.0.len() >= path.len() && entry.0.iter().zip(path).all(|(word, part)| word == part)
}

/// What of the command line no entry of the table names.
fn missing_from(table: &[Entry]) -> Vec<String> {
    let mut missing = Vec::new();
    for (path, command) in leaves(&command_line(), &[]) {
        let name = path.join(" ");
        let entries: Vec<_> = table.iter().filter(|entry| is_of(entry, &path)).collect();
        if is_tested_apart(&name) {
            continue;
        }
        if !entries.iter().any(|(_, status, _)| *status == 0) {
            missing.push(format!("{name}, ending well"));
        }
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
            let global = argument.is_global_set();
            let words = |entry: &&Entry| global || is_of(entry, &path);
            let mut lines = table.iter().filter(words).map(|(words, ..)| *words);
            let flag = argument.get_long().map(|long| format!("--{long}"));
            let values = argument.get_possible_values();
            match &flag {
                _ if argument.get_action().takes_values() && !values.is_empty() => {
                    for value in values {
                        let said = |words: &[&str]| {
                            words.windows(2).any(|pair| {
                                flag.as_deref().is_none_or(|flag| pair[0] == flag)
                                    && pair[1] == value.get_name()
                            })
                        };
                        if !lines.clone().any(said) {
                            let flag = flag.clone().unwrap_or_default();
                            missing.push(format!("{name} {flag} {}", value.get_name()));
                        }
                    }
                }
                Some(flag) if !lines.any(|words| words.contains(&flag.as_str())) => {
                    missing.push(format!("{name} {flag}"));
                }
                None if !lines.any(|words| words.len() > path.len()) => {
                    missing.push(format!("{name} {argument}"));
                }
                _ => {}
            }
        }
    }
    missing
}

#[test]
fn the_table_names_every_command_and_flag_and_word() {
    assert_eq!(missing_from(TABLE), [""; 0]);
    // It would see a gap.
    let without: Vec<Entry> =
        TABLE.iter().filter(|(words, ..)| !words.contains(&"programme")).copied().collect();
    assert_eq!(missing_from(&without), ["policy schema  programme"]);
    let missing = missing_from(&TABLE[..1]);
    for gap in ["orr --runs", "orr --on local", "gates run [GATE]...", "orr --format json"] {
        assert!(missing.contains(&gap.to_owned()), "{missing:?}");
    }
}

#[test]
fn every_entry_of_the_table_does_what_it_says() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    world.write("policy/filemap.toml", "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n");
    world.write(
        "policy/branches.toml",
        include_str!("../../policy/branches.toml")
            .replace("xtask-codex", "demo-codex")
            .replace("#:schema ../docs/schema/branches.json\n", ""),
    );
    world.commit("a map");
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("src/a", "new\n");
    world.commit("a patch");
    for (words, status, says) in TABLE {
        let ran = world.xtask(*words);
        assert_eq!(ran.status, *status, "{words:?}: {ran:?}");
        let stream = if *status == 2 && ran.stdout.is_empty() { &ran.stderr } else { &ran.stdout };
        assert!(stream.contains(says), "{words:?}: {ran:?}");
    }
    // A patch that brings a workflow needs an approval, which is not what is tried here.
    world.write(".git/info/exclude", "/.github/\n");
    world.commit("what `docs` wrote");
    // One object for programs, from every command.
    let apart = |path: &[String]| is_tested_apart(&path.join(" "));
    for (path, _) in leaves(&command_line(), &[]).iter().filter(|(path, _)| !apart(path)) {
        let entry = TABLE.iter().find(|entry| is_of(entry, path) && entry.1 == 0).unwrap();
        let ran = world.xtask(["--format", "json"].iter().chain(entry.0));
        let said: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(said["command"], *path.join(" "), "{ran:?}");
        assert_eq!(said["schema"], "xtask/report/1");
        assert_eq!((&said["verdict"], &said["exit"]), (&"pass".into(), &0.into()), "{ran:?}");
    }
}

#[test]
fn the_help_lists_every_command_and_hides_what_is_not_for_people() {
    let ran = World::new().xtask(["--help"]);
    assert_eq!(ran.status, 0);
    let lines: Vec<_> = ran.stdout.lines().map(str::trim_end).collect();
    expect![[r#"
        Decides what may enter `main`: gates, three runs, one digest

        Usage: cargo xtask [OPTIONS] <COMMAND>

        Everyday:
          today        Shows what matters today: alarms, deadlines, work in progress, gates, what can start
          orr          Readiness review: runs all gates on HEAD N times, compares the evidence, decides
          status       Where the patch in HEAD is in its review, what is missing, and the next command
          gates        Runs gates once here, or lists them
          compare      Shows why runs differ
          branch       Checks branch names and creates branches
          filemap      Checks that the patch stays inside the Filemap
          plan         Drafts Plan.json from the patch, or checks it
          explain      Explains a code or a gate, and how to fix it

        Pull requests:
          pr-body      Writes or checks the canonical body of the pull request
          pr           Opens, updates, verifies or closes a pull request
          review       The reviewer's rubric: areas, owners, and the checklist with what is proven
          approve      Records an approval of a patch, story, release, risk or exception

        Delivery:
          story        Shows, starts and blocks stories
          wave         Shows a wave, or decides on its gate
          sprint       Shows a sprint, its gate and its checklists
          cycle        Plans, shows and closes a cycle
          evidence     Creates, checks and packs evidence
          handoff      Checks whether a phase is done, and writes its handoff
          board        Shows on one page what a team looks at together: deadlines, stories, gates, trends
          metrics      Shows lead time, churn, pass rate, repeatability and incidents

        Risk:
          risk         Records and lists risks
          incident     Records and lists incidents
          sla          Shows the deadlines of risks, blocks and incidents: due, missed, who is asked
          drill        Records and lists drills
          trigger      Acknowledges and lists triggers

        Release:
          release      Makes, verifies and logs releases
          ledger       Verifies or shows the ledger of decisions
          audit        Shows how each commit reached the default branch, and which bypassed a rule

        Setup:
          init         Writes policy for this repository, from what it finds. Overwrites nothing
          doctor       Checks the setup, and shows how to fix what is missing
          policy       Checks policy, brings it up to date, or prints its schema
          workflow     Generates or checks the workflow that runs the gates on GitHub
          rulesets     Compares GitHub's rules with what policy requires
          brief        Writes the brief for coding agents, from policy
          completions  Prints a completion script for your shell

        This repository:
          docs         Writes the generated documents
          test         Installs what the tests need, and runs the whole suite

        Options:
              --repo <DIR>
                  Repository to work on. Default: the one that contains the current folder

              --policy <DIR|REV:DIR>
                  Policy to use: a folder, or a folder at a revision such as `HEAD:policy`

              --format <FORMAT>
                  Output format

                  Possible values:
                  - human:  For people
                  - json:   One JSON object on standard output
                  - github: GitHub annotations, and a job summary where `GITHUB_STEP_SUMMARY` names a file

                  [default: human]

          -h, --help
                  Print help (see a summary with '-h')

          -V, --version
                  Print version
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn every_code_is_explained() {
    let world = World::new();
    for code in Code::ALL {
        let ran = world.xtask(["explain", code.name()]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        let first = format!("{}: {}\n", code.name(), code.meaning());
        assert!(ran.stdout.starts_with(&first), "{}", ran.stdout);
        // The words of a rule stand where the reference names its page.
        let origin = code.origin().replace(" (docs/requirements.md)", "");
        for (key, text) in [("why", code.cause()), ("fix", code.fix()), ("from", &origin)] {
            let line = format!("\n  {key:<6} {text}\n");
            assert!(ran.stdout.contains(&line), "{}: {}", code.name(), ran.stdout);
        }
    }
    for gate in ["T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"] {
        let ran = world.xtask(["explain", gate]);
        assert_eq!(ran.status, 0);
        assert!(ran.stdout.contains("\n\ntriage when it is red\n"), "{}", ran.stdout);
    }
    assert_eq!(world.xtask(["explain", "T9"]).status, 2);
    let ran = world.xtask(["explain", "zzz"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stdout.contains("docs/codes.md lists all codes"), "{}", ran.stdout);
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_generated_documents_are_current() {
    let ran = World::new().xtask(["docs", "--check", "--repo", root().to_str().unwrap()]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert_eq!(ran.stdout.matches(" is current\n").count(), 18, "{}", ran.stdout);
}

/// A folder of links to these programs, for PATH.
fn path_of(world: &World, programs: &[(&str, &Path)]) -> PathBuf {
    let folder = world.root().join("bin");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    for (name, program) in programs {
        symlink(program, folder.join(name)).unwrap();
    }
    folder
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut folders = std::env::split_paths(&path).map(|folder| folder.join(name));
    folders.find(|path| path.is_file()).unwrap()
}

#[test]
fn test_installs_nothing_where_it_cannot_and_says_what_to_install() {
    let world = World::new();
    let path = path_of(&world, &[("git", &program("git"))]);
    let ran: Ran = world.xtask_command(["test"]).env("PATH", path).output().unwrap().into();
    assert_eq!((ran.status, ran.stdout.as_str()), (4, ""));
    let said = "test: install what is missing first: apt-get install -y gh coreutils make\n";
    assert_eq!(ran.stderr, said);
}

/// What `test` needs beside cargo; `gh` and `make` only have to be there.
fn needed() -> [(&'static str, PathBuf); 4] {
    let something = program("true");
    [
        ("git", program("git")),
        ("sha256sum", program("sha256sum")),
        ("gh", something.clone()),
        ("make", something),
    ]
}

#[test]
fn test_without_cargo_is_not_established() {
    let world = World::new();
    let needed = needed();
    let path = path_of(&world, &needed.each_ref().map(|(name, path)| (*name, path.as_path())));
    let ran: Ran = world.xtask_command(["test"]).env("PATH", path).output().unwrap().into();
    assert_eq!((ran.status, ran.stdout.as_str()), (4, ""));
    assert!(ran.stderr.starts_with("test: not established: "), "{}", ran.stderr);
}

/// The real cargo, on a workspace with one good and one bad test.
#[test]
fn test_runs_the_tests_of_the_workspace_that_the_filter_names() {
    let world = World::new();
    world.write("Cargo.toml", "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    world.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"p\"\nversion = \"0.1.0\"\n");
    world.write("src/lib.rs", "#[test] fn good() {}\n#[test] fn bad() { panic!() }\n");
    let needed = needed();
    let mut path = path_of(&world, &needed.each_ref().map(|(name, path)| (*name, path.as_path())))
        .into_os_string();
    // Beside cargo lies its rustc; then what rustc links with.
    let cargo = Path::new(CARGO);
    for folder in [cargo.parent().unwrap().as_os_str(), &std::env::var_os("PATH").unwrap()] {
        path.push(":");
        path.push(folder);
    }
    for (filter, status, says) in [
        (&["good"][..], 0, "test good ... ok"),
        (&["bad"], 1, "test bad ... FAILED"),
        (&[], 1, "1 passed; 1 failed"),
    ] {
        let mut command = world.xtask_command(["test"].iter().chain(filter));
        for name in ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let ran: Ran = command.env("PATH", &path).output().unwrap().into();
        assert_eq!(ran.status, status, "{filter:?}: {ran:?}");
        assert!(ran.stdout.contains(says), "{filter:?}: {ran:?}");
    }
}
