//! T3: locks, actions and owners, in a repository of any kind.

use crate::support::World;

fn world(pins: &str, files: &[(&str, &str)]) -> World {
    let gate = "[[gates]]\nid = \"T3\"\nname = \"pins\"\nbuiltin = \"pins\"\n";
    let world = World::with_gates(&format!("stagger = \"0 s\"\n{gate}[pins]\n{pins}"));
    for (path, text) in files {
        world.write(path, text);
    }
    world.commit("files");
    world
}

/// Runs T3; gives its exit status and what it found, as `severity[code]: message` lines.
fn found(pins: &str, files: &[(&str, &str)]) -> (i32, Vec<String>) {
    let ran = world(pins, files).xtask(["gates", "run", "T3"]);
    let is_finding = |line: &&str| {
        let words = ["error[", "warning[", "note[", "   = "];
        words.iter().any(|word| line.starts_with(word)) && !line.starts_with("   = help")
    };
    (ran.status, ran.stdout.lines().filter(is_finding).map(str::to_owned).collect())
}

const NONE: &str = "no_locks = \"shell only\"\n";

#[test]
fn no_lock_needs_a_word_and_is_said() {
    let said = "note[lock-note]: no lock is checked: shell only";
    assert_eq!(found(NONE, &[]), (0, vec![said.to_owned()]));
    let (status, findings) = found(NONE, &[("go.mod", "module x\nrequire a v1\n")]);
    assert_eq!(status, 20);
    assert!(
        findings.iter().any(|f| f.contains("go.mod names dependencies, but no lock")),
        "{findings:?}"
    );
    for pins in ["", "locks = []\n"] {
        assert_eq!(found(pins, &[]).0, 3, "{pins}");
    }
    assert_eq!(found("locks = [\"bun.lockb\"]\n", &[]).0, 3);
}

#[test]
fn a_lock_of_another_world_is_read_as_what_it_is() {
    let lock =
        "{\"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"integrity\": \"sha1-x\"}}}";
    let (status, findings) =
        found("locks = [\"package-lock.json\"]\n", &[("package-lock.json", lock)]);
    assert_eq!(status, 20);
    assert!(
        findings
            .iter()
            .any(|f| f.ends_with("`node_modules/a` has no integrity of SHA-256 or better")),
        "{findings:?}"
    );
    let world = world(
        "locks = [\"go.sum\"]\n",
        &[("go.sum", "x v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")],
    );
    let ran = world.xtask(["gates", "run", "T3"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = world.json("out/evidence/T3_pins/pins.json");
    assert_eq!(report["locks"][0]["see"], "https://go.dev/ref/mod#go-sum-files");
    assert!(report["locks"][0]["cannot_say"].as_str().unwrap().contains("nothing needs"));
    // A module that requires nothing has an empty one, which pins nothing of another.
    let (none, some) = ("module x\n", "module x\nrequire a v1\n");
    let bare = "sub/go.mod names dependencies, but no lock";
    for (top, below, expected) in [
        (none, none, &[][..]),
        (some, none, &["the file has no hash", "go.mod names"]),
        (none, some, &[bare]),
    ] {
        let files = [("go.sum", ""), ("go.mod", top), ("sub/go.mod", below)];
        let (_, findings) = found("locks = [\"go.sum\"]\n", &files);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        let has = |text: &&str| findings.iter().any(|it| it.contains(*text));
        assert!(expected.iter().all(has), "{findings:?}");
    }
}

#[test]
fn what_a_local_action_uses_is_read_through() {
    let pins = format!("{NONE}workflows = [\".github/workflows/*.yml\"]\n");
    let workflow = "on: push\njobs:\n  a:\n    steps:\n    - uses: ./.github/actions/b\n";
    let action = "runs:\n  using: composite\n  steps:\n  - uses: someone/else@main\n";
    let files = [(".github/workflows/w.yml", workflow), (".github/actions/b/action.yml", action)];
    let (status, findings) = found(&pins, &files);
    assert_eq!(status, 20);
    assert!(
        findings.iter().any(|f| f.contains("`someone/else@main` is not pinned to a commit")),
        "{findings:?}"
    );
}

#[test]
fn workflows_that_no_pattern_matches_are_said() {
    let workflow = "on: push\njobs:\n  a:\n    steps:\n    - uses: someone/else@main\n";
    let files = [(".github/workflows/w.yml", workflow), (".github/workflows/x.yaml", workflow)];
    let (status, findings) = found(NONE, &files);
    assert_eq!(status, 0);
    let said = "note[workflows-unread]: .github/workflows/w.yml and 1 other workflow: nobody checks the pins of their actions, as `workflows` of `[pins]` doesn't name them";
    assert!(findings.iter().any(|finding| finding == said), "{findings:?}");
}

#[test]
fn owners_are_those_that_github_reads() {
    let pins = format!("{NONE}owners = \"CODEOWNERS\"\n");
    let root = ("CODEOWNERS", "* @o/all\n");
    assert_eq!(found(&pins, &[root]).0, 0);
    assert_eq!(found(&pins, &[root, ("docs/CODEOWNERS", "* @o/docs\n")]).0, 0);
    let (status, findings) = found(&pins, &[root, (".github/CODEOWNERS", "/docs/ @o/docs\n")]);
    assert_eq!(status, 20);
    let other = "GitHub reads .github/CODEOWNERS, so what CODEOWNERS says holds for nobody";
    assert!(findings.iter().any(|f| f.ends_with(other)), "{findings:?}");
    assert!(findings.iter().any(|f| f.contains("policy/gates.toml")), "unowned: {findings:?}");
    let huge = format!("* @o/all\n{}", "# x\n".repeat(800_000));
    let (status, findings) = found(&pins, &[("CODEOWNERS", &huge)]);
    assert_eq!(status, 20);
    assert!(findings.iter().any(|f| f.contains("3 MB or more")), "{findings:?}");
    assert_eq!(found(&format!("{NONE}owners = \"OWNERS\"\n"), &[]).0, 3);
}
