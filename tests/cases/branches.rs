//! `branch check`, `branch new` and `branch sandbox`, as a person sees them.

use expect_test::expect;

use crate::support::{PROGRAMME, Ran, World, gate};

const BRANCHES: &str = r#"
[ids.story]
patterns = ['S-[A-Z]{2}-\d{2}-\d{3}', 'O-\d{2}']
examples = ["S-PC-01-001"]

[[kinds]]
name = "feature"
form = "feature/<story>-<slug>"

[[kinds]]
name = "hotfix"
form = "hotfix/<id>-<slug>"

[[kinds]]
name = "sandbox"
form = "q2-s7-codex-<date>-<time>-<base>"
sandbox = true
"#;

fn world() -> World {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    world.write("policy/gates.toml", gate("T4", "tests", "exit 0"));
    world.write("policy/branches.toml", BRANCHES);
    world.commit("policy");
    world
}

fn branch(world: &World, arguments: &[&str]) -> Ran {
    world.xtask(["branch"].iter().chain(arguments))
}

#[test]
fn a_good_name_is_taken_apart() {
    let ran = branch(&world(), &["check", "feature/S-PC-01-001-retry-limit"]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        branch check: pass
        kind   feature
        story  S-PC-01-001
        slug   retry-limit
    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn a_bad_name_is_reported_with_one_that_would_do() {
    let ran = branch(&world(), &["check", "feature/s-pc-01-001-Retry_Limit"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        branch check: fail (branch-name), exit status 1

        error[branch-name]: `feature/s-pc-01-001-Retry_Limit` is no feature branch: `s-pc-01-001` is no id of `story`, such as `S-PC-01-001`
           = help: `feature/S-PC-01-001-retry-limit` would do

        error[branch-name]: `feature/s-pc-01-001-Retry_Limit` is no feature branch: `Retry_Limit` is no slug: lower case words with hyphens between them
           = help: `feature/S-PC-01-001-retry-limit` would do

    "#]].assert_eq(&ran.stdout);
    let ran = branch(&world(), &["check"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        branch check: fail (branch-name), exit status 1

        error[branch-name]: `main` is the default branch: others are merged into it
           = help: `git switch` to the branch that you want to merge, or name it

    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn a_head_on_no_branch_is_not_established() {
    let world = world();
    world.git(["switch", "--quiet", "--detach"]);
    assert_eq!(branch(&world, &["check"]).status, 4);
}

#[test]
fn a_story_gets_a_branch_at_the_base() {
    let world = world();
    let base = world.git(["rev-parse", "main"]);
    world.git(["switch", "--quiet", "--create", "elsewhere"]);
    world.write("a", "x");
    world.commit("elsewhere");
    let ran = branch(&world, &["new", "S-PC-01-001", "Limite de retenção", "--dry-run"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("would make and switch to feature/S-PC-01-001-limite-de-retencao"));
    assert_eq!(world.git(["branch", "--show-current"]).trim(), "elsewhere");
    let ran = branch(&world, &["new", "S-PC-01-001", "Limite de retenção"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    expect![[r#"
        branch new: pass
        on feature/S-PC-01-001-limite-de-retencao, at [HEX]
        next: cargo xtask brief
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    assert_eq!(world.git(["rev-parse", "HEAD"]), base);
    // A tag of the same name does not stand for it.
    world.git(["tag", "feature/S-PC-01-001-limite-de-retencao"]);
    assert_eq!(branch(&world, &["check"]).status, 0);
    let ran = branch(&world, &["new", "S-PC-01-001", "limite de retencao"]);
    assert_eq!(ran.status, 1);
    expect![[r#"
        branch new: fail (branch-exists), exit status 1

        error[branch-exists]: there is a branch `feature/S-PC-01-001-limite-de-retencao` already
           = help: `git switch feature/S-PC-01-001-limite-de-retencao`, or choose another slug

        next: cargo xtask brief
    "#]]
    .assert_eq(&ran.stdout);
    let ran = branch(&world, &["new", "O-07", "leak", "--kind", "hotfix"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert_eq!(world.git(["branch", "--show-current"]).trim(), "hotfix/O-07-leak");
}

#[test]
fn what_cannot_be_made_is_reported_and_nothing_is_made() {
    let world = world();
    for (arguments, reported) in [
        (&["new", "X-1", "text"][..], "`X-1` is the id of neither a story nor an incident"),
        (&["new", "S-PC-01-001", "!!"], "nothing of that text"),
        (&["new", "S-PC-01-001", "x", "--kind", "fix"], "no kind of branch called `fix`"),
        (&["new", "S-PC-01-001", "x", "--base", "no-such"], "no commit is called"),
    ] {
        let ran = branch(&world, arguments);
        assert_ne!(ran.status, 0, "{arguments:?}");
        assert!(ran.stdout.contains(reported), "{arguments:?}: {}", ran.stdout);
    }
    // What lies there would be lost.
    world.git(["switch", "--quiet", "--create", "elsewhere"]);
    world.write("policy/branches.toml", format!("{BRANCHES}# more\n"));
    world.commit("elsewhere");
    world.write("policy/branches.toml", "mine, not committed");
    let ran = branch(&world, &["new", "S-PC-01-001", "x"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("git did not make the branch"), "{}", ran.stdout);
    assert_eq!(world.read("policy/branches.toml"), "mine, not committed");
    assert_eq!(world.git(["branch", "--list", "feature/*"]), "");
}

#[test]
fn a_sandbox_says_when_and_on_what() {
    let world = world();
    let base = world.git(["rev-parse", "--short=7", "main"]);
    let mut command = world.xtask_command(["branch", "sandbox"]);
    let ran: Ran = command.env("XTASK_TEST_NOW", "1795170600").output().unwrap().into();
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let name = format!("q2-s7-codex-20261120-1030-{}", base.trim());
    assert_eq!(world.git(["branch", "--show-current"]).trim(), name);
    let ran = branch(&world, &["check"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("time  1030"), "{}", ran.stdout);
    // A second one within the minute says the next.
    let mut command = world.xtask_command(["branch", "sandbox", "--dry-run"]);
    let ran: Ran = command.env("XTASK_TEST_NOW", "1795170600").output().unwrap().into();
    assert!(ran.stdout.contains("q2-s7-codex-20261120-1031-"), "{}", ran.stdout);
    // The base moves on: the name still says where the patch began.
    world.git(["switch", "--quiet", "main"]);
    world.write("a", "x");
    world.commit("main moves on");
    let ran = branch(&world, &["check", &name]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let ran = branch(&world, &["check", "q2-s7-codex-20261120-1030-fffffff"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("which does not begin with"), "{}", ran.stdout);
}

#[test]
fn a_policy_with_slips_is_reported_whole() {
    let world = world();
    world.write(
        "policy/branches.toml",
        r#"[ids.story]
patterns = ["(", "x*"]
examples = ["S-1"]

[ids.slug]
patterns = ["a"]
examples = []

[[kinds]]
name = "feature"
form = "feature/<stroy>-<slug>"

[[kinds]]
name = "feature"
form = "<date><time>"

[[kinds]]
name = "odd"
form = "odd..<slug>"
sandbox = true
"#,
    );
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3);
    let reported: Vec<&str> = ran.stdout.lines().filter(|line| line.contains('[')).collect();
    expect![[r#"
        warning[policy-unused]: no kind of branch uses the ids `story`
        1 | [ids.story]
        error[policy-value]: this pattern does not compile
        2 | patterns = ["(", "x*"]
        error[policy-value]: this pattern matches the empty text
        2 | patterns = ["(", "x*"]
        error[policy-value]: `S-1` is no id of `story`
        3 | examples = ["S-1"]
        error[policy-reference]: `<slug>` has a meaning of its own
        5 | [ids.slug]
        error[policy-value]: `slug` has no example
        7 | examples = []
        error[policy-reference]: there is no placeholder `<stroy>`
        error[policy-reference]: another kind has `feature` already
        error[policy-value]: nothing separates `<time>` from what stands before it
        error[policy-value]: git takes no branch of this form: it holds `..`, which git reads as a range
    "#]].assert_eq(&(reported.join("\n") + "\n"));
}

/// A branch of a story that no backlog has would open a pull request of nobody's work.
#[test]
fn a_story_is_one_of_the_backlog_where_there_is_one() {
    let world = world();
    let story = "[[stories]]\nid = \"S-PC-01-001\"\ntitle = \"t\"\nowner = \"ana\"\n\
                 priority = \"P0\"\nacceptance = [\"a\"]\ncontract = [\"src/a\"]\n";
    world.write("policy/backlog.toml", story);
    world.write("src/a", "1\n");
    world.commit("backlog");
    assert_eq!(branch(&world, &["check", "feature/S-PC-01-001-retry"]).status, 0);
    let ran = branch(&world, &["check", "feature/S-PC-09-999-ghost"]);
    assert_eq!(ran.status, 1);
    let said = "error[branch-name]: the backlog has no story `S-PC-09-999`";
    assert!(ran.stdout.contains(said), "{ran:?}");
    // `status` says the same.
    world.git(["switch", "--quiet", "--create", "feature/S-PC-09-999-ghost"]);
    world.write("src/a", "2\n");
    world.commit("patch");
    let ran = world.xtask(["status"]);
    assert!(ran.stdout.contains("missing  branch-name: the backlog has no story"), "{ran:?}");
}

#[test]
fn commits_that_are_only_here_do_not_stay_behind_in_silence() {
    let world = world();
    world.git(["init", "--quiet", "--bare", "../remote.git"]);
    world.git(["remote", "add", "origin", "../remote.git"]);
    world.git(["push", "--quiet", "origin", "main"]);
    world.write("more", "x\n");
    world.commit("only here");
    let ran = branch(&world, &["sandbox"]);
    assert_eq!(ran.status, 0);
    let warned = "warning[branch-name]: 1 commit of `main` is on no remote, and stays behind";
    assert!(ran.stdout.contains(warned), "{ran:?}");
    let help = ran.stdout.split('`').find(|part| part.starts_with("git cherry-pick ")).unwrap();
    assert_eq!(Ran::typed(world.command("sh"), help).status, 0);
    assert!(world.path("more").exists());
}
