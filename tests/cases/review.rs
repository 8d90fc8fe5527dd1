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
        gates.push_str(&gate(id, name, "true"));
    }
    gates.push_str(&gate("T4", "tests", "echo '1..1'; echo 'ok 1 - a'"));
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
    assert_eq!(ran.status, 4, "{ran:?}");
    expect![[""]].assert_eq(&shown(&world, &ran));
}

#[test]
fn a_patch_that_is_proven_from_the_runs_to_the_body() {
    let world = world();
    world.write("crypto/new", "x");
    let head = world.commit("patch");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let decision = world.json("out/orr.json");
    let of = |key: &str| decision[key].as_str().unwrap_or_default().to_owned();
    let ids: Vec<&str> =
        decision["run_ids"].as_array().unwrap().iter().filter_map(|id| id.as_str()).collect();
    let body = format!(
        "repo_sha: {head}\nbranch: patch\nrun_ids: [{}]\nscorecard_sha256: {}\n\
         evidence_zip_sha256: {}\nstarted_at: {}\nfinished_at: {}\n\n```json\n{}\n```\n",
        ids.join(","),
        of("scorecard_sha256"),
        of("evidence_zip_sha256"),
        of("started_at"),
        of("finished_at"),
        world.read("out/scorecards/demo.json").trim_end(),
    );
    world.write("out/body.md", &body);
    let body_path = world.path("out/body.md").display().to_string();
    let ran = review(&world, &["--body", &body_path]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[""]].assert_eq(&shown(&world, &ran));

    // From standard input; and programs get the whole of it.
    let mut command = world.xtask_command(["review", "--body", "-", "--format", "json"]);
    let ran: Ran = command.stdin(std::fs::File::open(&body_path).unwrap()).output().unwrap().into();
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&said["verdict"], &said["exit"]), (&"pass".into(), &0.into()));
    assert_eq!(said["data"]["areas"][0]["paths"], serde_json::json!(["crypto/new"]));
    let answers = said["data"]["checklist"].as_array().unwrap();
    assert_eq!(answers.len(), 8);
    assert!(answers.iter().all(|line| line["answer"] == "proven"), "{answers:?}");

    // One more commit, and nothing that was proven still is.
    world.write("crypto/new", "y");
    world.commit("one more");
    let ran = review(&world, &["--body", &body_path]);
    assert_eq!(ran.status, 1);
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
    expect![[""]].assert_eq(&shown(&world, &ran));
}

#[test]
fn a_base_that_cannot_be_found_is_told() {
    let world = world();
    for base in ["no-such", "--", "HEAD:policy", "@{upstream}"] {
        let ran = review(&world, &[&format!("--base={base}")]);
        assert_eq!(ran.status, 4, "{base}: {ran:?}");
        assert!(ran.stdout.contains("on which the patch could be based"), "{base}: {ran:?}");
    }
    assert_eq!(review(&world, &["--body", "no-such-file"]).status, 4);
}
