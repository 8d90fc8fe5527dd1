//! The reviewer's rubric over a patch, by the rules of its base.

use expect_test::expect;

use crate::support::{PROGRAMME, Ran, World, gate};

const FILEMAP: &str = r#"[[areas]]
name = "crypto"
paths = ["crypto/**"]
owners = ["security"]
gates = ["T4"]
checklist = ["tag with its LF:\n", "negatives are covered"]

[[areas]]
name = "tests"
paths = ["tests/**"]
owners = ["qa"]

[[deny]]
name = "keys"
paths = ["**/*.pem"]
reason = "no keys"

[[content]]
name = "tag"
paths = ["crypto/sign"]
must = ['tag\n']
reason = "nothing verifies without it"
"#;

/// A world with a base on `main`, and an empty patch on a branch of its own.
fn world() -> World {
    let world = World::new();
    let roles = "[roles.security]\nmembers = [\"@example/security\"]\n[roles.qa]\nmembers = [\"@example/qa\"]\n";
    world.write("policy/programme.toml", format!("{PROGRAMME}{roles}"));
    let mut gates = "stagger = \"0 s\"\n".to_owned();
    for (id, name) in [("T0", "ruleset"), ("T3", "pins")] {
        gates.push_str(&gate(id, name, "echo good > $EVIDENCE_DIR/reported"));
    }
    gates.push_str(&gate("T4", "tests", "echo 1..1; echo ok 1 - a"));
    gates.push_str("tests.reader = \"tap\"\n");
    world.write("policy/gates.toml", gates);
    world.write("policy/filemap.toml", FILEMAP);
    world.write(".github/CODEOWNERS", "* @example/all\ncrypto/ @example/security\n");
    world.write("CODEOWNERS", "* @example/never-read\n");
    world.write("crypto/sign", "tag\n");
    world.commit("base");
    world.git(["checkout", "--quiet", "-b", "patch"]);
    world
}

fn review(world: &World, arguments: &[&str]) -> Ran {
    world.xtask(["review"].iter().chain(arguments))
}

fn shown(world: &World, ran: &Ran) -> String {
    world.shown(&ran.stdout)
}

#[test]
fn a_patch_before_its_runs() {
    let world = world();
    world.write("crypto/new", "x");
    world.write("tests/t", "x");
    world.commit("patch");
    let ran = review(&world, &[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        review: fail (REFUSE-20, not-established), exit status 1

        error[REFUSE-20]: no decision over runs is recorded here
           = help: `cargo xtask orr --runs 3` on the head of the patch, and fix what differs.

        error[not-established]: no body of a pull request was given, which leaves open “The body has the whole scorecard”, “The body has the SHA-256 of the archive”, “The body links the runs”
           = help: name the body: `cargo xtask review --body FILE`

        warning[owners-apart]: CODEOWNERS names no qa for `tests/t` in `tests`
          --> [HEX]:.github/CODEOWNERS
           = help: Make CODEOWNERS match `owners` in policy/filemap.toml. Until then, ask the named owners yourself.

        area    files  owners                        CODEOWNERS         gates
        crypto  1      security (@example/security)  @example/security  T4
        tests   1      qa (@example/qa)              @example/all

        Checklist
        - [x] The patch is inside the Filemap
              all 2 paths of the patch are inside
        - [ ] Three green runs, the same bytes
              no decision over runs is recorded here
        - [?] The body has the whole scorecard
              no body of a pull request was given
        - [?] The body has the SHA-256 of the archive
              no body of a pull request was given
        - [?] The body links the runs
              no body of a pull request was given
        - [?] Content rules and tests hold
              no decision over runs is recorded here
        - [?] Pins hold, and checks come from their app
              no decision over runs is recorded here
        - [?] The ruleset is what policy asks for
              no decision over runs is recorded here

        crypto, for security to see
        - tag with its LF:\n
        - negatives are covered
        next: cargo xtask plan new --write out/plan.json
    "#]].assert_eq(&shown(&world, &ran));
}

#[test]
fn a_patch_that_is_proven_from_the_runs_to_the_body() {
    let world = world();
    world.write("crypto/new", "x");
    let head = world.commit("patch");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = world.xtask(["pr-body", "--write", "out/body.md"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let body_path = world.path("out/body.md").display().to_string();
    let ran = review(&world, &["--body", &body_path]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        review: pass
        area    files  owners                        CODEOWNERS         gates
        crypto  1      security (@example/security)  @example/security  T4

        Checklist
        - [x] The patch is inside the Filemap
              the one path of the patch is inside
        - [x] Three green runs, the same bytes
              3 green runs of [HEX], one digest [HEX]
        - [x] The body has the whole scorecard
              it is the scorecard of the runs
        - [x] The body has the SHA-256 of the archive
              it is that of the runs
        - [-] The body links the runs
              the runs were made on this machine, so there is no link
        - [x] Content rules and tests hold
              every content rule holds; T4 green in every run (T4 1 passed)
        - [x] Pins hold, and checks come from their app
              T3 green in every run; T0 green in every run
        - [x] The ruleset is what policy asks for
              T0 green in every run

        crypto, for security to see
        - tag with its LF:\n
        - negatives are covered
        next: git switch main && git merge --ff-only patch
    "#]]
    .assert_eq(&shown(&world, &ran));

    // From standard input; and programs get the whole of it.
    let mut command = world.xtask_command(["review", "--body", "-", "--format", "json"]);
    let ran: Ran = command.stdin(std::fs::File::open(&body_path).unwrap()).output().unwrap().into();
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&said["verdict"], &said["exit"]), (&"pass".into(), &0.into()));
    assert_eq!(said["data"]["areas"][0]["paths"], serde_json::json!(["crypto/new"]));
    let answers = said["data"]["checklist"].as_array().unwrap();
    assert_eq!(answers.len(), 8);
    let open = |line: &&serde_json::Value| line["answer"] != "proven";
    let open: Vec<_> = answers.iter().filter(open).map(|line| &line["answer"]).collect();
    assert_eq!(open, ["not applicable"], "local runs have no links: {answers:?}");

    // What one face of the check refuses, the other does.
    let good = world.read("out/body.md");
    for (from, to) in [
        ("## Plan\n", "## Plans\n"),
        ("repo_sha: ", "repo_sha: 0"),
        ("branch: patch", "branch: other"),
        ("finished_at: 2", "finished_at: 3"),
        ("- crypto/new\n", ""),
        ("- [x] the same", "- [ ] the same"),
    ] {
        assert!(good.contains(from), "{from}");
        world.write("out/lie.md", good.replacen(from, to, 1));
        let [reviewed, checked] = [["review", "--body"], ["pr-body", "--check"]].map(|command| {
            let ran = world.xtask([&command[..], &["out/lie.md"]].concat());
            assert_eq!(ran.status, 50, "{ran:?}");
            let lines = ran.stdout.lines().skip(1).filter(|line| line.starts_with("error["));
            lines.map(str::to_owned).collect::<Vec<_>>()
        });
        assert_eq!(reviewed, checked, "{from}");
    }

    // One more commit, and nothing that was proven still is.
    world.write("crypto/new", "y");
    world.commit("one more");
    let ran = review(&world, &["--body", &body_path]);
    assert_eq!(ran.status, 50);
    assert!(ran.stdout.contains("error[REFUSE-20]: the recorded runs are of "), "{}", ran.stdout);
    // And evidence that was replaced is no evidence.
    world.git(["reset", "--quiet", "--hard", &head]);
    world.write("out/demo-evidence.zip", "x");
    let ran = review(&world, &["--body", &body_path]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[REFUSE-20]: the archive that is there"), "{}", ran.stdout);
}

#[test]
fn a_patch_is_refused_for_paths_outside_and_by_the_rules_of_its_base() {
    let world = world();
    // The patch brings rules by which it would be good.
    world.write(
        "policy/filemap.toml",
        FILEMAP.replace("crypto/**", "**").replace("must = ['tag\\n']", "must = ['']"),
    );
    world.write(".github/CODEOWNERS", "* @example/mine\n");
    world.write("elsewhere/a\u{1b}[2Jb", "x");
    world.write("crypto/a.pem", "x");
    world.write("crypto/sign", "tag without");
    world.commit("patch");
    let ran = review(&world, &["--base", "main"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        review: fail (REFUSE-20, REFUSE-30, approval-missing, content-rule, not-established), exit status 1

        error[REFUSE-30]: CEC-10: the patch changes .github/CODEOWNERS, which no area reaches, and 4 more
           = help: Take the path out of the patch.

        error[REFUSE-20]: no decision over runs is recorded here
           = help: `cargo xtask orr --runs 3` on the head of the patch, and fix what differs.

        error[approval-missing]: the patch changes .github/CODEOWNERS without a recorded approval of qa or security: the rules, the owners and the workflows decide over every later patch
          --> .github/CODEOWNERS
           = help: let it be a patch of its own, and have `cargo xtask approve change --rule rules` recorded on it

        error[approval-missing]: the patch changes policy/filemap.toml without a recorded approval of qa or security: the rules, the owners and the workflows decide over every later patch
          --> policy/filemap.toml
           = help: let it be a patch of its own, and have `cargo xtask approve change --rule rules` recorded on it

        error[content-rule]: crypto/sign does not hold `tag\n`, against the rule `tag`: nothing verifies without it
          --> crypto/sign
           = help: bring the file in line with policy/filemap.toml:18:1

        error[not-established]: no body of a pull request was given, which leaves open “The body has the whole scorecard”, “The body has the SHA-256 of the archive”, “The body links the runs”
           = help: name the body: `cargo xtask review --body FILE`

        area    files  owners                        CODEOWNERS         gates
        crypto  2      security (@example/security)  @example/security  T4

        Checklist
        - [ ] The patch is inside the Filemap
              CEC-10: the patch changes .github/CODEOWNERS, which no area reaches, and 4 more
        - [ ] Three green runs, the same bytes
              no decision over runs is recorded here
        - [?] The body has the whole scorecard
              no body of a pull request was given
        - [?] The body has the SHA-256 of the archive
              no body of a pull request was given
        - [?] The body links the runs
              no body of a pull request was given
        - [ ] Content rules and tests hold
              content-rule: crypto/sign does not hold `tag\n`, against the rule `tag`: nothing verifies without it
        - [?] Pins hold, and checks come from their app
              no decision over runs is recorded here
        - [?] The ruleset is what policy asks for
              no decision over runs is recorded here

        crypto, for security to see
        - tag with its LF:\n
        - negatives are covered
        next: cargo xtask filemap check
    "#]].assert_eq(&shown(&world, &ran));
}

#[test]
fn a_base_that_cannot_be_found_is_reported() {
    let world = world();
    for base in ["no-such", "--", "HEAD:policy", "@{upstream}"] {
        let ran = review(&world, &[&format!("--base={base}")]);
        assert_eq!(ran.status, 2, "{base}: {ran:?}");
        assert!(ran.stdout.contains("no commit is called"), "{base}: {ran:?}");
    }
    world.write("crypto/new", "x");
    world.commit("patch");
    let ran = review(&world, &["--body", "no-such-file"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("no-such-file"), "{ran:?}");
}
