//! A patch's life, walked by typing what the outputs say: nothing is typed that no command
//! named, beside the edits of files.

use super::pr_merge_check::{Ready, patched_on};
use super::pr_verify::{FEATURE, patched};
use crate::support::github::{Action, Simulator};
use crate::support::server_reviews::{only, says};
use crate::support::{Ran, World, XTASK};

/// The world of a patch, on its default branch and without the patch; with more in that branch.
pub(super) fn unpatched(change: impl Fn(&World)) -> World {
    let (world, branch, _) = patched();
    world.git(["switch", "--quiet", "main"]);
    change(&world);
    world.git(["branch", "--quiet", "--delete", "--force", &branch]);
    world.write(".gitignore", "out/\n");
    world.commit("ignore the outputs");
    world
}

/// A clone, and the server that it was cloned from.
struct Walk {
    world: World,
    simulator: Simulator,
}

impl Walk {
    /// On the default branch, without a patch.
    fn begin() -> Self {
        Self::begin_with(|_| {})
    }

    /// The same, with more in the default branch.
    fn begin_with(change: impl Fn(&World)) -> Self {
        let world = unpatched(change);
        let simulator = Simulator::start(&world);
        world.git(["fetch", "--quiet", "origin"]);
        Self { world, simulator }
    }

    /// Types a line as it stands.
    fn types(&self, line: &str) -> Ran {
        Ran::typed(self.simulator.command(&self.world, "sh"), line)
    }

    /// Types what is next, from `cargo xtask status` on, until that begins so.
    #[track_caller]
    fn follow(&self, until: &str) -> Vec<String> {
        let mut typed = Vec::new();
        let mut next = self.types("cargo xtask status").next().to_owned();
        while !next.starts_with(until) {
            assert!(typed.len() < 12, "it goes round: {typed:#?}");
            let ran = self.types(&next);
            assert_eq!(ran.status, 0, "{next}: {ran:#?}\n{typed:#?}");
            typed.push(next);
            let status = self.types("cargo xtask status").next().to_owned();
            // What the command itself says is next is what the standing says.
            if ran.stdout.lines().any(|line| line.starts_with("next: ")) {
                assert_eq!(ran.next(), status, "{ran:#?}");
            }
            next = status;
        }
        typed.push(next);
        typed
    }

    fn state(&self) -> String {
        let ran = self.types("cargo xtask status");
        ran.stdout.split_whitespace().next().unwrap_or_default().to_owned()
    }

    fn head(&self) -> String {
        self.world.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// The head of the only pull request.
    fn pull_head(&self) -> String {
        let (_, pulls) = self.simulator.ask("GET", "repos/o/r/pulls", &serde_json::Value::Null);
        let pulls = pulls.as_array().unwrap().clone();
        assert_eq!(pulls.len(), 1, "{pulls:#?}");
        pulls[0]["head"]["sha"].as_str().unwrap().to_owned()
    }

    fn branches(&self) -> Vec<String> {
        let (_, all) = self.simulator.ask("GET", "repos/o/r/branches", &serde_json::Value::Null);
        let name = |it: &serde_json::Value| it["name"].as_str().unwrap().to_owned();
        all.as_array().unwrap().iter().map(name).collect()
    }

    /// Somebody else's patch enters the default branch.
    fn main_moves(&self, text: &str) {
        let here = self.world.git(["symbolic-ref", "--short", "HEAD"]).trim().to_owned();
        self.world.git(["switch", "--quiet", "--detach", "origin/main"]);
        self.world.write(&format!("src/of_another_{text}"), text);
        self.world.commit("another patch");
        self.world.git(["push", "--quiet", "origin", "HEAD:main"]);
        self.world.git(["switch", "--quiet", &here]);
        self.world.git(["update-ref", "refs/remotes/origin/main", "main"]);
    }

    /// Somebody presses "Update branch" of the pull request of this branch.
    fn presses_update_branch(&self) {
        let branch = self.world.git(["symbolic-ref", "--short", "HEAD"]).trim().to_owned();
        self.world.git(["fetch", "--quiet", "origin", "refs/heads/main"]);
        self.world.git(["switch", "--quiet", "--detach", "HEAD"]);
        let said = format!("Merge branch 'main' into {branch}");
        self.world.git(["merge", "--quiet", "--no-ff", "-m", &said, "FETCH_HEAD"]);
        self.world.git(["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")]);
        self.world.git(["switch", "--quiet", &branch]);
    }

    #[track_caller]
    fn verified(&self) {
        let ran = self.types("cargo xtask pr verify 1");
        assert_eq!(ran.status, 0, "{ran:#?}");
        assert_eq!(self.pull_head(), self.head());
    }
}

const COMMIT: &str = "git add --all && git commit --message \"Change src/b\"";

#[test]
fn a_patch_goes_from_its_first_edit_to_its_review_by_what_is_typed() {
    let walk = Walk::begin();
    assert_eq!(walk.state(), "PLANNING");
    let ran = walk.types("cargo xtask status");
    let ran = walk.types(ran.next());
    assert_eq!(ran.status, 0, "{ran:?}");
    walk.world.write("src/b", "3\n");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert_eq!(
        typed,
        [
            COMMIT,
            "cargo xtask plan new --write out/plan.json",
            "cargo xtask orr --on github",
            "cargo xtask pr-body --write out/body.md",
            "cargo xtask pr open",
            "cargo xtask pr verify 1",
            "cargo xtask pr merge-check 1",
        ]
    );
    assert_eq!(walk.state(), "REVIEW");
    walk.verified();

    // Review asks for a change: the same pull request has it.
    walk.world.write("src/b", "4\n");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert_eq!(
        typed,
        [
            COMMIT,
            "cargo xtask orr --on github",
            "cargo xtask pr update 1",
            "cargo xtask pr verify 1",
            "cargo xtask pr merge-check 1",
        ]
    );
    walk.verified();

    // The default branch moves on while it is reviewed.
    walk.main_moves("x");
    let ran = walk.types("cargo xtask status");
    assert!(ran.stdout.contains("missing  CEC-60: "), "{ran:?}");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert_eq!(
        typed,
        [
            "git fetch origin && git rebase origin/main",
            "cargo xtask plan new --write out/plan.json",
            "cargo xtask orr --on github",
            "cargo xtask pr update 1",
            "cargo xtask pr verify 1",
            "cargo xtask pr merge-check 1",
        ]
    );
    walk.verified();
}

/// The merge that GitHub's button makes adds nothing: policy lets it stay, or one command
/// undoes it.
#[test]
fn an_updated_branch_is_accepted_or_one_command_undoes_it() {
    for allowed in [false, true] {
        let walk = Walk::begin_with(|world| {
            let filemap = world.read("policy/filemap.toml");
            world.write("policy/filemap.toml", format!("base_merges = {allowed}\n{filemap}"));
        });
        let ran = walk.types("cargo xtask branch sandbox");
        assert_eq!(ran.status, 0, "{ran:?}");
        walk.world.write("src/b", "3\n");
        walk.follow("cargo xtask pr merge-check");
        walk.main_moves("x");
        walk.presses_update_branch();
        let branch = walk.world.git(["symbolic-ref", "--short", "HEAD"]).trim().to_owned();
        walk.world.git(["pull", "--quiet", "--ff-only", "origin", &branch]);
        let merge = walk.head();
        let typed = walk.follow("cargo xtask pr merge-check");
        let (first, rest) = typed.split_at(usize::from(!allowed));
        let undone =
            if allowed { &[][..] } else { &["git fetch origin && git rebase origin/main"][..] };
        assert_eq!(first, undone);
        assert_eq!(
            rest,
            [
                "cargo xtask plan new --write out/plan.json",
                "cargo xtask orr --on github",
                "cargo xtask pr update 1",
                "cargo xtask pr verify 1",
                "cargo xtask pr merge-check 1",
            ]
        );
        walk.verified();
        assert_eq!(walk.head() == merge, allowed);
    }
}

/// With a merge queue, a base that moved on takes no review again: the queue tests the result,
/// and `merge-check` says so only where the server enforces it.
#[test]
fn a_base_that_moves_on_is_for_the_merge_queue() {
    let queue = |world: &World| {
        let gates = world.read("policy/gates.toml") + "needs = [\"T0\"]\n";
        let tool = "[workflow.tool]\nrelease = \"https://example.com/t.tar.gz\"\n";
        let tool = format!("[workflow]\nbase = \"queue\"\n{tool}sha256 = \"{:064}\"\n", 0);
        world.write("policy/gates.toml", gates + &tool);
        let ran = world.xtask(["workflow", "generate", "--write"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let written = world.read(".github/workflows/orr.yml");
        assert!(written.contains("\n  merge_group:\n  push:\n"), "{written}");
    };
    let walk = Walk::begin_with(queue);
    let ran = walk.types("cargo xtask branch sandbox");
    assert_eq!(ran.status, 0, "{ran:?}");
    walk.world.write("src/b", "3\n");
    walk.follow("cargo xtask pr merge-check");
    let head = walk.head();

    // What it names is fetched, for its rules; no review is made again.
    walk.main_moves("x");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert_eq!(typed, ["cargo xtask pr merge-check 1"]);
    walk.verified();
    let ran = walk.types("cargo xtask status");
    assert!(ran.stdout.contains("for the merge queue: main is at "), "{ran:?}");
    assert_eq!((walk.head(), walk.simulator.state().runs.len()), (head, 3));

    // The ruleset that `rulesets check --print` gives is what the server lacks.
    let check = |walk: &Walk| walk.types("cargo xtask pr merge-check 1").stdout;
    let before = check(&walk);
    assert!(before.contains("and policy says `base = \"queue\"`"), "{before}");
    let apply = "cargo xtask rulesets check --print | sed -n '/^gh api/,/^END/p' > ../set.sh && \
                 sh ../set.sh";
    assert_eq!(walk.types(apply).status, 0);
    let after = check(&walk);
    assert!(after.contains("will be tested in the queue  "), "{after}");
    assert!(!after.contains("ruleset-drift"), "{after}");
    let ran = walk.types("cargo xtask rulesets check");
    assert_eq!(ran.status, 0, "{ran:?}");
    for demand in ["a merge queue tests the merged result", "the queue tests each commit"] {
        assert!(ran.stdout.contains(demand), "{ran:?}");
    }
    let mut state = walk.simulator.state();
    let rules = &mut state.rulesets[0].rules;
    let queue = rules.iter_mut().find(|rule| rule["type"] == "merge_queue").unwrap();
    queue["parameters"]["grouping_strategy"] = "HEADGREEN".into();
    drop(state);
    let lax = check(&walk);
    assert!(lax.contains("no merge queue that tests each commit of a group"), "{lax}");
}

#[test]
fn a_pull_request_comes_from_the_branch_of_its_story_and_a_sandbox_carries_the_runs() {
    let walk = Walk::begin();
    walk.world.git(["switch", "--quiet", "--create", FEATURE]);
    walk.world.write("src/b", "3\n");
    walk.follow("cargo xtask pr merge-check");
    walk.verified();
    assert_eq!(walk.branches(), [FEATURE, "main"], "the sandbox is gone again");
    let body = walk.world.read("out/body.md");
    assert!(body.contains("\nbranch: demo-codex-"), "{body}");
    let (_, pulls) = walk.simulator.ask("GET", "repos/o/r/pulls", &serde_json::Value::Null);
    assert_eq!(pulls[0]["head"]["ref"], FEATURE);
    walk.main_moves("y");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert_eq!(typed[0], "git fetch origin && git rebase origin/main");
    walk.verified();
    assert_eq!(walk.branches(), [FEATURE, "main"]);

    // Given up, its branch stays: it is the story's, and no sandbox.
    let ran = walk.types("cargo xtask pr rollback 1 --reason later --execute");
    assert_eq!((ran.status, ran.next()), (0, "cargo xtask branch sandbox"), "{ran:?}");
    assert_eq!(walk.branches(), [FEATURE, "main"]);
}

/// Runs of a fork prove nothing here: whoever may push takes its commits in.
#[test]
fn a_pull_request_of_a_fork_is_refused_and_its_commits_are_taken_in() {
    let walk = Walk::begin();
    walk.world.git(["switch", "--quiet", "--detach", "origin/main"]);
    walk.world.write("src/b", "3\n");
    walk.world.commit("of a stranger");
    walk.world.git(["push", "--quiet", "origin", "HEAD:refs/forks/sam/more"]);
    walk.world.git(["switch", "--quiet", "main"]);
    let made = "gh api --method POST --silent -f title=More -f head=sam:more -f base=main \
                'repos/{owner}/{repo}/pulls'";
    let ran = walk.types(made);
    assert_eq!(ran.status, 0, "{ran:?}");
    for line in ["cargo xtask pr verify 1", "cargo xtask pr merge-check 1"] {
        let ran = walk.types(line);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stdout.contains("error[pull-foreign]: its head is in `sam/r`"), "{ran:?}");
    }
    let ran = walk.types("git fetch --quiet origin refs/forks/sam/more");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = walk.types("git switch --quiet --detach FETCH_HEAD");
    assert_eq!(ran.status, 0, "{ran:?}");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert!(typed[0].starts_with("git switch --create demo-codex-"), "{typed:#?}");
    assert_eq!(typed.last().unwrap(), "cargo xtask pr merge-check 2");
    assert_eq!(walk.types("cargo xtask pr verify 2").status, 0);
}

#[test]
fn what_was_rolled_back_is_offered_to_nobody_again() {
    let walk = Walk::begin();
    let ran = walk.types("cargo xtask branch sandbox");
    assert_eq!(ran.status, 0, "{ran:?}");
    walk.world.write("src/b", "3\n");
    walk.follow("cargo xtask pr verify");
    let ran = walk.types("cargo xtask pr rollback 1 --reason 'it was wrong' --execute");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.next(), "cargo xtask branch sandbox");
    assert_eq!(walk.state(), "REWORK");
    for line in ["cargo xtask pr open", "cargo xtask pr update 1"] {
        let ran = walk.types(line);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stdout.contains("was rolled back"), "{ran:?}");
        assert_eq!(ran.next(), "cargo xtask branch sandbox");
    }
    assert_eq!(walk.branches(), ["main"]);
    // What is offered works, and a new patch on it is a new pull request.
    let ran = walk.types("cargo xtask branch sandbox");
    assert_eq!(ran.status, 0, "{ran:?}");
    walk.world.write("src/b", "5\n");
    let typed = walk.follow("cargo xtask pr verify");
    assert!(typed.contains(&"cargo xtask pr open".to_owned()), "{typed:#?}");
}

#[test]
fn runs_that_were_made_here_open_no_pull_request() {
    let walk = Walk::begin();
    let ran = walk.types("cargo xtask branch sandbox");
    assert_eq!(ran.status, 0, "{ran:?}");
    walk.world.write("src/b", "3\n");
    walk.world.commit("patch");
    let ran = walk.types("cargo xtask orr");
    assert_eq!((ran.status, ran.next()), (0, "cargo xtask orr --on github"));
    let ran = walk.types("cargo xtask pr-body --write out/body.md");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = walk.types("cargo xtask pr open");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[run-absent]: the server has no runs of "), "{ran:?}");
    assert!(ran.stdout.contains("= help: `cargo xtask orr --on github`"), "{ran:?}");
    let typed = walk.follow("cargo xtask pr merge-check");
    assert_eq!(typed[0], "cargo xtask orr --on github");
    walk.verified();
}

#[test]
fn what_refuses_has_a_line_that_leads_on() {
    let walk = Walk::begin();
    // On the default branch, outside of the Filemap, and in two commits.
    walk.world.write("src/b", "3\n");
    walk.world.commit("patch");
    walk.world.write("secret", "x\n");
    walk.world.commit("more");
    let typed = walk.follow("cargo xtask orr");
    assert!(typed[0].starts_with("git switch --create demo-codex-"), "{typed:#?}");
    assert!(typed[1].starts_with("git reset --soft "), "{typed:#?}");
    assert!(!walk.world.path("secret").exists());
    // A branch of no kind.
    walk.world.git(["branch", "--quiet", "--move", "foo"]);
    let ran = walk.types("cargo xtask pr-body --write out/body.md");
    assert_ne!(ran.status, 0, "{ran:?}");
    let typed = walk.follow("cargo xtask orr");
    assert!(typed[0].starts_with("git branch --move demo-codex-"), "{typed:#?}");
    walk.follow("cargo xtask pr merge-check");
    walk.verified();
}

/// An update begins again where it was stopped, and writes over nobody else's work.
#[test]
fn an_update_goes_on_where_it_stopped_and_loses_nothing_of_others() {
    let walk = Walk::begin();
    let ran = walk.types("cargo xtask branch sandbox");
    assert_eq!(ran.status, 0, "{ran:?}");
    let branch = walk.world.git(["symbolic-ref", "--short", "HEAD"]).trim().to_owned();
    walk.world.write("src/b", "3\n");
    walk.follow("cargo xtask pr merge-check");

    // Somebody writes into the body while the agent works on.
    let noted = |walk: &Walk| {
        let mut state = walk.simulator.state();
        let body = state.pulls[0].body.clone().unwrap_or_default();
        state.pulls[0].body = Some(format!("{body}\nPlease wait for Ann.\n"));
    };
    noted(&walk);
    walk.world.write("src/b", "4\n");
    walk.follow("cargo xtask pr update");
    let ran = walk.types("cargo xtask pr update 1");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[pull-edited]: "), "{ran:?}");
    assert!(ran.stdout.contains("\n- Please wait for Ann.\n"), "{ran:?}");

    // The head is there, the body is not: the same line goes on.
    let refused = only(1, "PATCH", "/pulls/1", Action::Answer(says(403, "not now")));
    walk.simulator.state().faults.push(refused);
    let replace = "cargo xtask pr update 1 --replace-body";
    assert_eq!(walk.types(replace).status, 4);
    assert_eq!(walk.pull_head(), walk.head());
    let ran = walk.types(replace);
    assert_eq!(ran.status, 0, "{ran:?}");
    walk.verified();

    // Somebody pushes to the branch: their commit is not lost.
    walk.world.git(["switch", "--quiet", "--detach", "HEAD"]);
    walk.world.write("src/theirs", "5\n");
    let theirs = walk.world.commit("theirs");
    walk.world.git(["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")]);
    walk.world.git(["switch", "--quiet", &branch]);
    walk.world.write("src/b", "6\n");
    walk.world.commit("ours");
    let ran = walk.types("cargo xtask orr --on github");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = walk.types("cargo xtask pr update 1");
    assert!(ran.stdout.contains("error[head-moved]: "), "{ran:?}");
    assert_eq!(walk.pull_head(), theirs);
    let help = format!("git pull --rebase origin {branch}");
    assert!(ran.stdout.contains(&help), "{ran:?}");
    assert_eq!(walk.types(&help).status, 0);
    walk.follow("cargo xtask pr merge-check");
    walk.verified();
    assert!(walk.world.path("src/theirs").exists());
}

const BACKLOG: &str = r#"
[[waves]]
id = "O1"
stories = ["S-1", "S-2"]
limit = 1

[[stories]]
id = "S-1"
title = "Limit retries"
owner = "ana"
priority = "P0"
acceptance = ["CA-1: three tries"]
contract = ["src/a"]

[[stories]]
id = "S-2"
title = "Count retries"
owner = "ana"
priority = "P0"
acceptance = ["CA-1: a count"]
contract = ["src/a"]
"#;

/// What the reader's clone has or lacks says nothing about a story.
#[test]
fn every_clone_gives_the_same_answer_about_a_merge() {
    let base = |world: &World| {
        world.write("policy/backlog.toml", BACKLOG);
        let branches =
            world.read("policy/branches.toml").replace(r"['I-\d+']", r"['I-\d+', 'S-\d+']");
        let feature = "\n[[kinds]]\nname = \"feature\"\nform = \"feature/<issue>-<slug>\"\n";
        world.write("policy/branches.toml", branches + feature);
        world.write(".gitignore", "out/\n");
    };
    let (world, _, head) = patched_on(base, &[("src/b", "3\n")]);
    let branch = "feature/S-1-limit-retries";
    world.git(["branch", "--quiet", "--move", branch]);
    let ready = Ready::of((world, branch.to_owned(), head));
    let root = ready.world.root().to_owned();
    let remote = format!("file://{}", root.join("remote.git").display());
    let clone = |name: &str, more: &[&str]| {
        let path = root.join(name);
        let path = path.to_str().unwrap();
        ready.world.git([&["clone", "--quiet"], more, &[remote.as_str(), path]].concat());
    };
    clone("stale", &[]);
    // Another story of the wave is begun, and of those here nobody has fetched it.
    ready.world.git(["push", "--quiet", &remote, "main~0:refs/heads/feature/S-2-count-retries"]);
    clone("fresh", &[]);
    clone("more", &[]);
    for name in ["backup", "feature/S-1-mine-alone"] {
        ready.world.git([
            "-C",
            root.join("more").to_str().unwrap(),
            "branch",
            name,
            &format!("origin/{branch}"),
        ]);
    }
    clone("shallow", &["--depth", "1", "--no-single-branch"]);
    let mut answers = Vec::new();
    for name in ["fresh", "stale", "more", "shallow"] {
        let mut command = ready.simulator.command(&ready.world, XTASK);
        command.current_dir(root.join(name)).args(["pr", "merge-check", "1", "--format", "json"]);
        let ran: Ran = command.output().unwrap().into();
        answers.push((name, ran));
    }
    let first = answers[0].1.stdout.clone();
    for (name, ran) in &answers {
        assert_eq!(ran.stdout, first, "{name}: {ran:#?}");
        assert!(ran.stdout.contains("story-wip"), "{name}: {ran:#?}");
        assert!(!ran.stdout.contains("story-branches"), "{name}: {ran:#?}");
    }
}
