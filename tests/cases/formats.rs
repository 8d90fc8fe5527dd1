//! The three ways to say what came out, and what may not get through them.

use expect_test::expect;
use regex::Regex;
use serde_json::Value;

use crate::support::{Ran, World, gate, terminal};

const GOOD: &str = "echo x > $EVIDENCE_DIR/x";

/// A gate whose output tries to speak to a terminal and to GitHub.
const HOSTILE: &str = "printf 'one\\n::error::pwned\\n'\n\
    printf '\\033[31mred\\033]0;title\\007 ::stop-commands::x\\r::set-output name=a::b\\n'; exit 1";

#[test]
fn json_is_one_object_on_stdout_and_lines_of_objects_on_stderr() {
    let world = World::with_script(GOOD);
    let ran = world.xtask(["--format", "json", "orr", "--runs", "2"]);
    assert_eq!(ran.status, 0);
    // More than one value would be an error here.
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let keys: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["schema", "command", "verdict", "exit", "findings", "data", "next"]);
    assert_eq!(said["schema"], "xtask/report/1");
    assert_eq!(said["command"], "orr");
    assert_eq!(said["verdict"], "pass");
    assert_eq!(said["exit"], 0);
    assert_eq!(said["findings"][0]["code"], "flake-odds");
    assert_eq!(said["findings"][0]["severity"], "note");
    assert_eq!(said["data"], world.json("out/orr.json"));
    let mut events: Vec<String> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].as_str().unwrap().into())
        .collect();
    assert_eq!(events.remove(0), "started");
    events.sort();
    let twice = ["checked_out", "checking_out", "gate_ended", "gate_started", "run_packed"];
    assert_eq!(events, twice.iter().flat_map(|event| [*event; 2]).collect::<Vec<_>>());
}

#[test]
fn json_of_a_refusal_has_the_place_of_each_finding() {
    let world =
        World::with_script("case $PWD in */2/xtask-*) exit 1;; esac; echo x > $EVIDENCE_DIR/x");
    let ran = world.xtask(["--format", "json", "orr", "--runs", "2"]);
    assert_eq!(ran.status, 20);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&said["verdict"], &said["exit"]), (&"fail".into(), &20.into()));
    let findings = format!("{:#}\n", said["findings"]);
    expect![[r#"
        [
          {
            "code": "CEC-20",
            "severity": "refuse",
            "message": "T4: `sh -c 'case $PWD in */2/xtask-*) exit 1;; esac; echo x > $EVIDENCE_DIR/x'` ended with status 1 (in run 2)",
            "help": "fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`",
            "place": {
              "run": 2,
              "gate": "T4"
            },
            "under": [
              {
                "code": "gate-failed",
                "severity": "refuse",
                "message": "T4: `sh -c 'case $PWD in */2/xtask-*) exit 1;; esac; echo x > $EVIDENCE_DIR/x'` ended with status 1",
                "help": "read out/runs/2/logs/T4.log",
                "place": {
                  "run": 2,
                  "gate": "T4"
                }
              }
            ]
          }
        ]
    "#]].assert_eq(&findings);
}

#[test]
fn what_is_not_established_is_json_too() {
    let world = World::new();
    let mut command = world.xtask_command(["--format", "json", "orr"]);
    let ran: Ran = command.current_dir(world.home()).output().unwrap().into();
    assert_eq!(ran.status, 4);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["verdict"], "not established");
    assert_eq!(said["findings"][0]["code"], "not-established");
}

/// The lines that GitHub's runner would obey, as it reads them.
fn obeyed(stdout: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut commands = Vec::new();
    for line in stdout.lines().map(str::trim_start) {
        match &stopped {
            Some(token) if line == format!("::{token}::") => stopped = None,
            Some(_) => {}
            None => match line.strip_prefix("::stop-commands::") {
                Some(token) => stopped = Some(token.to_owned()),
                None if line.starts_with("::") || line.contains("##[") => {
                    commands.push(line.to_owned());
                }
                None => {}
            },
        }
    }
    assert_eq!(stopped, None, "commands stay switched off");
    commands
}

#[test]
fn github_gets_annotations_and_a_gate_cannot_make_its_own() {
    let world = World::with_script(HOSTILE);
    let summary = world.root().join("summary.md");
    std::fs::write(&summary, "earlier\n").unwrap();
    let mut command =
        world.xtask_command(["orr", "--keep-going", "--runs", "2", "--format", "github"]);
    let ran: Ran = command.env("GITHUB_STEP_SUMMARY", &summary).output().unwrap().into();
    assert_eq!(ran.status, 20);
    expect![[r#"
        ::error title=CEC-20,file=out/runs/1/logs/T4.log,line=1::T4, out/runs/1/logs/T4.log:1: T4: `sh -c 'printf '\''one\n::error::pwned\n'\'' printf '\''\033[31mred\033]0;title\007 ::stop-commands::…` ended with status 1 (in all 2 runs)%0Ahelp: fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`
        ::stop-commands::xtask-report
        orr: fail
        gate        run 1         run 2
        T4 tests    fail #.# s    fail #.# s
        ZIP sha256  [HEX]  [HEX]

        decision: fail, in #.# s. Do not open a pull request.

        ::xtask-report::
    "#]].assert_eq(&world.shown(&ran.stdout));
    let commands = obeyed(&ran.stdout);
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert!(commands[0].starts_with("::error title=CEC-20,file=out/runs/"), "{commands:?}");
    assert_eq!(obeyed(&ran.stderr), [""; 0]);
    let summary = std::fs::read_to_string(summary).unwrap();
    expect![[r#"
        earlier
        ### orr: fail

        - `CEC-20` T4: \`sh -c 'printf '\\''one\\n::error::pwned\\n'\\'' printf '\\''\\033\[31mred\\033\]0;title\\007 ::stop-commands::…\` ended with status 1 (in all 2 runs) (T4, out/runs/1/logs/T4.log:1)

        ```
        gate        run 1         run 2
        T4 tests    fail #.# s    fail #.# s
        ZIP sha256  [HEX]  [HEX]

        decision: fail, in #.# s. Do not open a pull request.
        ```
    "#]].assert_eq(&world.shown(&summary));
}

/// What policy says is printed while it is carried out, too.
#[test]
fn a_command_that_fetches_cannot_speak_to_github() {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\nprepare = [\"sh\", \"-c\", \"true\\n::error::pwned\"]\n{}",
        gate("T4", "tests", GOOD)
    ));
    let ran = world.xtask(["orr", "--keep-going", "--runs", "2", "--format", "github"]);
    assert!(
        ran.stderr.contains("once for all runs: sh -c 'true ::error::pwned'"),
        "{}",
        ran.stderr
    );
    assert_eq!(obeyed(&ran.stderr), [""; 0]);
    assert_eq!(obeyed(&ran.stdout).len(), 1, "{}", ran.stdout);
}

#[test]
fn github_annotations_escape_what_has_a_meaning_in_them() {
    let world = World::with_script(GOOD);
    world.write("policy/gates.toml", gate("T4", "tests", GOOD) + "\"100%,a:b\\n::x\" = 1\n");
    let ran = world.xtask(["policy", "check", "--format", "github", "--policy", "./policy"]);
    assert_eq!(ran.status, 3);
    expect![[r#"
        ::error title=policy-unknown-key,file=./policy/gates.toml,line=8,col=1::unknown key `100%25,a:b%0A::x`%0Ahelp: the keys of this table are `id`, `name`, `run`, `builtin`, `needs`, `timeout`, `cores`, `owner`, `evidence`, `scrub`, `env`, `set`, `network`, `writable`, `tests`
        ::stop-commands::xtask-report
        policy check: fail
        1 problem and 0 warnings in 2 files of ./policy
        ::xtask-report::
    "#]].assert_eq(&ran.stdout);
    assert_eq!(obeyed(&ran.stdout).len(), 1);
}

#[test]
fn without_a_summary_file_none_is_written() {
    let world = World::with_script(GOOD);
    let mut command = world.xtask_command(["gates", "list", "--format", "github"]);
    let ran: Ran = command.env("GITHUB_STEP_SUMMARY", "").output().unwrap().into();
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn piped_to_a_file_there_are_no_colours_and_progress_is_on_stderr() {
    let world = World::with_script(GOOD);
    let mut command = world.xtask_command(["orr", "--runs", "2"]);
    let ran: Ran = command.env("TERM", "xterm").output().unwrap().into();
    assert_eq!(ran.status, 0);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{ran:?}");
    let shown = world.shown(&ran.stderr);
    let (first, rest) = shown.split_once('\n').unwrap();
    assert_eq!(first, "2 runs of 1 gate on [HEX]");
    let mut lines: Vec<_> = rest.lines().collect();
    lines.sort_unstable();
    expect![[r#"
        run 1  T4 tests              pass             #.# s
        run 1  packed
        run 2  T4 tests              pass             #.# s
        run 2  packed
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}

/// A screen with all that varies between runs replaced.
fn screen(world: &World, text: &str) -> String {
    let text = Regex::new(r"(?m) +\d+s$").unwrap().replace_all(text, "  #s").into_owned();
    world.shown(&text)
}

#[test]
fn a_person_at_a_terminal_sees_a_row_a_run_and_then_the_decision() {
    let world = World::with_script(GOOD);
    let seen = terminal::run(world.xtask_command(["orr", "--runs", "2"]));
    assert_eq!(seen.status, 0, "{}", seen.screen);
    expect![[r#"
        2 runs of 1 gate on [HEX]
        run 1  1/1  packed  #s
        run 2  1/1  packed  #s
        orr: rehearsal, pass

        note[flake-odds]: a gate that fails one time in ten slips through 2 runs in 81
          of 100 reviews
           = help: more runs see rarer flakes: `--runs 10`

        gate        run 1         run 2
        T4 tests    pass #.# s    pass #.# s
        ZIP sha256  [HEX]  [HEX]

        rehearsal: 2 green runs of [HEX], in #.# s; policy asks for 3, so nothing
          stands on it
        next: `cargo xtask orr` makes every run
        next: git switch --no-track --create demo-orr-[WHEN] main
    "#]]
    .assert_eq(&screen(&world, &seen.screen));
    assert!(seen.raw.contains("\u{1b}[1;32morr: rehearsal, pass\u{1b}[0m"), "{:?}", seen.raw);
}

/// Colours, the "select graphic rendition" escapes.
fn colours(raw: &str) -> usize {
    Regex::new("\u{1b}\\[[0-9;]*m").unwrap().find_iter(raw).count()
}

#[test]
fn no_color_is_respected() {
    let world = World::with_script("exit 1");
    let run = |variable: &str, value: &str| {
        let mut command = world.xtask_command(["orr", "--runs", "2"]);
        command.env(variable, value);
        let seen = terminal::run(command);
        assert_eq!(seen.status, 20, "{}", seen.screen);
        colours(&seen.raw)
    };
    assert_ne!(run("UNRELATED", "1"), 0);
    assert_ne!(run("NO_COLOR", ""), 0, "an empty NO_COLOR says nothing");
    assert_eq!(run("NO_COLOR", "1"), 0);
}

#[test]
fn what_a_gate_prints_does_not_move_the_cursor() {
    let world = World::with_script(HOSTILE);
    let seen = terminal::run(world.xtask_command(["orr", "--runs", "2"]));
    assert_eq!(seen.status, 20);
    for escape in ["\u{1b}[31mred", "\u{1b}]0;", "\u{7}"] {
        assert!(!seen.raw.contains(escape), "{escape:?}: {:?}", seen.raw);
    }
    let whole = seen.screen.replace('\n', "");
    assert!(whole.contains("| ::error::pwned"), "{whole}");
}

#[test]
fn names_of_files_do_not_move_the_cursor() {
    let world = World::with_script(
        "echo x > $EVIDENCE_DIR/x; echo x > \"$EVIDENCE_DIR/$(printf '\\033[35mred\\302\\2332J')\"",
    );
    let seen = terminal::run(world.xtask_command(["orr", "--runs", "2"]));
    assert_eq!(seen.status, 20, "{}", seen.screen);
    assert!(!seen.raw.contains("\u{1b}[35m") && !seen.raw.contains('\u{9b}'), "{:?}", seen.raw);
    assert!(seen.screen.contains(r"`\u{1b}[35mred\u{9b}2J`"), "{}", seen.screen);
    world.write("dirty\u{1b}[35m\u{202e}gpj.exe", "x");
    let seen = terminal::run(world.xtask_command(["orr", "--runs", "2"]));
    assert_eq!(seen.status, 1);
    assert!(!seen.raw.contains("\u{1b}[35m"), "{:?}", seen.raw);
    assert!(!seen.raw.contains('\u{202e}'), "{:?}", seen.raw);
}
