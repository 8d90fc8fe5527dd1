//! A patch's life in any order: random steps of its author, of other people and of the server,
//! typed through the program and the real gh. After each step every command has to agree with
//! `status`, what is next has to work as it is typed, and what passes has to pass the
//! oracle, which is the harness's rules said once more (`support::oracle`).

use serde_json::Value;

use super::pr_merge_check::{patched_on, ruleset};
use crate::support::github::{Plan, Review, Simulator};
use crate::support::oracle::{Oracle, RED};
use crate::support::sampling::times;
use crate::support::{Ran, STILL, World};

/// Numbers that follow from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// What `status` says is next is typed.
    Next,
    Edit,
    Commit,
    Amend,
    Outside,
    Red,
    Green,
    Rebase,
    BaseMoves,
    PolicyMoves,
    RedOnServer,
    Local,
    Server,
    Body,
    EditBody,
    EditPull,
    Open,
    Update,
    Verify,
    Approve,
    MergeCheck,
    RollBack,
    CloseByHand,
    RunGone,
    ForeignPush,
}

/// How often each happens, of the sum.
const STEPS: &[(u64, Step)] = &[
    (30, Step::Next),
    (4, Step::Edit),
    (4, Step::Commit),
    (4, Step::Amend),
    (1, Step::Outside),
    (2, Step::Red),
    (2, Step::Green),
    (2, Step::Rebase),
    (3, Step::BaseMoves),
    (1, Step::PolicyMoves),
    (2, Step::RedOnServer),
    (1, Step::Local),
    (2, Step::Server),
    (2, Step::Body),
    (2, Step::EditBody),
    (2, Step::EditPull),
    (2, Step::Open),
    (2, Step::Update),
    (2, Step::Verify),
    (3, Step::Approve),
    (2, Step::MergeCheck),
    (1, Step::RollBack),
    (1, Step::CloseByHand),
    (2, Step::RunGone),
    (1, Step::ForeignPush),
];

/// Lines that show why something does not hold. They refuse as the review did.
const SHOW: [&str; 4] =
    ["cargo xtask gates run", "cargo xtask compare", "cargo xtask explain", "cargo xtask filemap"];

/// A patch, and all that happened to it.
struct Life {
    world: World,
    simulator: Simulator,
    dice: Dice,
    trace: Vec<String>,
    edits: u64,
    /// The commit and the body of which the two faces of the check were compared last.
    compared: (String, String),
}

impl Life {
    fn begin(seed: u64) -> Self {
        let base = |world: &World| {
            let gates = world.read("policy/gates.toml");
            let green = format!("test ! -e {RED} && cat src/*");
            world.write("policy/gates.toml", gates.replace("cat src/*", &green) + STILL);
            world.write(".gitignore", "out/\n");
        };
        let (world, branch, _) = patched_on(base, &[("src/b", "3\n")]);
        let simulator = Simulator::start(&world);
        simulator.state().rulesets = vec![ruleset()];
        simulator.state().permissions.insert("ann".to_owned(), "write".to_owned());
        let core = vec!["Ann".to_owned(), "alex".to_owned()];
        simulator.state().teams.entry("core".to_owned()).or_default().members = core;
        world.git(["fetch", "--quiet", "origin"]);
        let other = world.root().join("other");
        let remote = world.root().join("remote.git");
        world.git(["clone", "--quiet", remote.to_str().unwrap(), other.to_str().unwrap()]);
        let trace = vec![format!("seed {seed}, on {branch}")];
        Self { world, simulator, dice: Dice(seed), trace, edits: 0, compared: Default::default() }
    }

    fn oracle(&self) -> Oracle<'_> {
        Oracle { world: &self.world, simulator: &self.simulator }
    }

    fn shell(&self, line: &str) -> Ran {
        Ran::typed(self.simulator.command(&self.world, "sh"), line)
    }

    fn types(&mut self, line: &str) -> Ran {
        let ran = self.shell(line);
        self.trace.push(format!("$ {line}  -> {}", ran.status));
        ran
    }

    fn head(&self) -> String {
        self.world.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    #[track_caller]
    fn must(&self, holds: bool, what: &str, seen: &dyn std::fmt::Debug) {
        assert!(holds, "{what}\n{:#?}\n{seen:#?}", self.trace);
    }

    /// Somebody else changes the default branch.
    fn elsewhere(&mut self, path: &str, text: &str, to: &str, from: &str) {
        let line = format!(
            "cd ../other && git fetch --quiet && git switch --quiet --detach {from} && \
             printf '{text}' >> {path} && git add --all && git commit --quiet -m other && \
             git push --quiet origin HEAD:{to}"
        );
        let ran = self.types(&line);
        self.must(ran.status == 0, "it is pushed", &ran);
    }

    fn pull(&self) -> Option<(u64, bool, String)> {
        let state = self.simulator.state();
        state.pulls.last().map(|pull| (pull.number, pull.open, pull.head.clone()))
    }

    fn step(&mut self, step: Step) {
        self.edits += 1;
        let edit = format!("{}\n", self.edits);
        self.trace.push(format!("{step:?}"));
        match step {
            Step::Next => self.next(),
            Step::Edit => self.world.write("src/b", edit),
            Step::Commit => {
                self.world.write("src/b", edit);
                self.types("git add --all && git commit --quiet -m more");
            }
            Step::Amend => {
                self.world.write("src/b", edit);
                self.types("git add --all && git commit --quiet --amend --no-edit");
            }
            Step::Outside => {
                self.world.write("elsewhere", edit);
                self.types("git add --all && git commit --quiet -m outside");
            }
            Step::Red => {
                self.world.write(RED, edit);
                self.types("git add --all && git commit --quiet -m red");
            }
            Step::Green => {
                self.types(&format!(
                    "git rm --quiet -f {RED} && git commit --quiet --all -m green"
                ));
            }
            Step::Rebase => {
                self.types("git fetch origin && git rebase origin/main");
            }
            Step::BaseMoves => self.elsewhere("src/of_another", &edit, "main", "origin/main"),
            Step::PolicyMoves => {
                self.elsewhere("policy/gates.toml", "# more\\n", "main", "origin/main");
            }
            Step::RedOnServer => {
                let plan = Plan::default().job("T4", "failure");
                self.simulator.state().plans = [plan].into();
            }
            Step::Local => drop(self.types("cargo xtask orr")),
            Step::Server => drop(self.types("cargo xtask orr --on github")),
            Step::Body => drop(self.types("cargo xtask pr-body --write out/body.md")),
            Step::EditBody => {
                if self.world.path("out/body.md").exists() {
                    let body = self.world.read("out/body.md");
                    self.world.write("out/body.md", body.replacen("_at: 2", "_at: 1", 1));
                }
            }
            Step::EditPull => {
                if let Some(pull) = self.simulator.state().pulls.last_mut() {
                    let body = pull.body.clone().unwrap_or_default();
                    pull.body = Some(format!("{body}\nPlease wait for Ann.\n"));
                }
            }
            Step::Open => drop(self.types("cargo xtask pr open")),
            Step::Update | Step::Verify | Step::MergeCheck | Step::RollBack => self.on_pull(step),
            Step::Approve => self.approve(),
            Step::CloseByHand => {
                let mut state = self.simulator.state();
                let now = state.now();
                if let Some(pull) = state.pulls.last_mut().filter(|pull| pull.merged.is_none()) {
                    (pull.open, pull.closed) = (false, Some(now));
                }
            }
            Step::RunGone => {
                if let Some(run) = self.simulator.state().runs.last_mut() {
                    run.deleted = true;
                }
            }
            Step::ForeignPush => {
                if let Some((_, true, branch)) = self.pull() {
                    let from = format!("origin/{branch}");
                    self.elsewhere("src/theirs", &edit, &branch, &from);
                }
            }
        }
    }

    fn on_pull(&mut self, step: Step) {
        let Some((number, ..)) = self.pull() else { return };
        match step {
            Step::Update => drop(self.types(&format!("cargo xtask pr update {number}"))),
            Step::Verify => drop(self.verify(number)),
            Step::MergeCheck => drop(self.merge_check(number)),
            _ => {
                self.types(&format!("cargo xtask pr rollback {number} --reason no --execute"));
            }
        }
    }

    fn approve(&self) {
        let mut state = self.simulator.state();
        let submitted = state.now();
        if let Some(pull) = state.pulls.last_mut() {
            let (login, state) = ("Ann".to_owned(), "APPROVED".to_owned());
            pull.reviews = vec![Review { id: 50, login, state, sha: pull.sha.clone(), submitted }];
        }
    }

    /// Nothing is proven of a pull request that the document refuses.
    fn verify(&mut self, number: u64) -> Ran {
        let ran = self.types(&format!("cargo xtask pr verify {number}"));
        if ran.status == 0 {
            let against = self.oracle().pull(number);
            self.must(against.is_empty(), "verified against the document", &(against, &ran));
        }
        ran
    }

    fn merge_check(&mut self, number: u64) -> Ran {
        let ran = self.types(&format!("cargo xtask pr merge-check {number}"));
        if ran.status == 0 {
            let mut against = self.oracle().pull(number);
            if !self.oracle().is_approved(number) {
                against.push("nobody approved it".to_owned());
            }
            self.must(against.is_empty(), "merged against the document", &(against, &ran));
        }
        ran
    }

    fn status(&self) -> Value {
        let ran = self.shell("cargo xtask status --format json");
        self.must(ran.status == 0, "status answers", &ran);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["data"].clone()
    }

    /// Types what is next. It refuses for nothing that was known.
    fn next(&mut self) {
        let status = self.status();
        let next = status["next"].as_str().unwrap().to_owned();
        if next.starts_with("gh pr merge") {
            return self.merge();
        }
        let before = self.simulator.state().plans.len();
        let number = || next.rsplit(' ').next().and_then(|word| word.parse::<u64>().ok());
        let ran = match number() {
            Some(number) if next.contains("pr verify") => self.verify(number),
            Some(number) if next.contains("pr merge-check") => self.merge_check(number),
            _ => self.types(&next),
        };
        let head = self.head();
        let red = self.oracle().is_red(&head) || before > 0;
        let unapproved = ["approval-missing", "NO_MERGE", "pull-unready", "check-"];
        let refused: Vec<&str> = errors(&ran).collect();
        let excused = SHOW.iter().any(|line| next.starts_with(line))
            || (red && next.starts_with("cargo xtask orr"))
            || (next.starts_with("cargo xtask pr merge-check")
                && refused.iter().all(|code| unapproved.iter().any(|it| code.starts_with(it))))
            || (next.contains("git rebase") && ran.stdout.contains("CONFLICT"));
        self.must(ran.status == 0 || excused, &format!("`{next}` works"), &(&status, &ran));
    }

    /// The patch enters the default branch, by a person.
    fn merge(&mut self) {
        let (number, ..) = self.pull().unwrap();
        let head = self.head();
        let mut against = self.oracle().pull(number);
        if !self.oracle().is_approved(number) {
            against.push("nobody approved it".to_owned());
        }
        self.must(against.is_empty(), "offered to be merged against the document", &against);
        let base = self.oracle().base();
        let tree = format!("{head}^{{tree}}");
        let merged = self.world.git(["commit-tree", &tree, "-p", &base, "-m", "merged"]);
        self.world.git([
            "push",
            "--quiet",
            "origin",
            &format!("{}:refs/heads/main", merged.trim()),
        ]);
        self.simulator.state().merge(number, merged.trim());
        self.trace.push(format!("merged #{number}"));
    }

    /// Holds what each command says against the others and against the document.
    fn look(&mut self) {
        let status = self.status();
        let state = status["state"].as_str().unwrap().to_owned();
        let next = status["next"].as_str().unwrap().to_owned();
        let missing = status["missing"].as_array().unwrap();
        let codes: Vec<&str> = missing.iter().map(|it| it["code"].as_str().unwrap()).collect();
        let head = self.head();

        // A body is written where the runs passed and nothing speaks against the patch.
        let body = self.shell("cargo xtask pr-body");
        let is_written = body.status == 0;
        let seen = (&status, &body);
        if state == "ORR_OK" {
            self.must(is_written, "ORR_OK, and no body", &seen);
        }
        if is_written {
            let working = ["PLANNING", "PATCHING", "REPLAN", "SANDBOX_PUSH"].contains(&&*state);
            let only = codes.iter().any(|code| ["dirty-tree", "run-absent"].contains(code));
            self.must(!working || only, "a body, and the patch is not ready", &seen);
            let against = self.oracle().patch(&head);
            self.must(against.is_empty(), "a body against the document", &(&against, seen));
        }
        if ["ORR_OK", "MERGE"].contains(&&*state) && !next.starts_with("git switch main") {
            let against = self.oracle().patch(&head);
            self.must(against.is_empty(), "stands against the document", &(&against, &status));
        }
        // The two faces of the one check.
        let lies = self.world.path("out/body.md").exists();
        let body = (head, if lies { self.world.read("out/body.md") } else { String::new() });
        if lies && self.compared != body {
            let one = self.shell("cargo xtask pr-body --check out/body.md");
            let other = self.shell("cargo xtask review --body out/body.md");
            let same = (one.status == 0) == (other.status == 0);
            self.must(same, "pr-body --check and review differ", &(&one, &other));
            self.compared = body;
        }
        // What is offered is what the command would do.
        if next == "cargo xtask pr open" || next.starts_with("cargo xtask pr update") {
            let ran = self.shell(&format!("{next} --dry-run"));
            self.must(ran.status == 0, "what is next refuses", &(&status, &ran));
        }
        if state == "MERGE" && next.starts_with("gh pr merge") {
            let (number, ..) = self.pull().unwrap();
            let against = self.oracle().pull(number);
            self.must(against.is_empty(), "MERGE against the document", &(&against, &status));
        }
    }

    fn live(&mut self, steps: usize) {
        let sum: u64 = STEPS.iter().map(|(often, _)| often).sum();
        for _ in 0..steps {
            let mut at = self.dice.below(sum);
            let chosen = STEPS.iter().find(|(often, _)| {
                let is_it = at < *often;
                at = at.saturating_sub(*often);
                is_it
            });
            self.step(chosen.map_or(Step::Next, |(_, step)| *step));
            self.look();
        }
    }
}

/// The codes that refuse in what a command printed.
fn errors(ran: &Ran) -> impl Iterator<Item = &str> {
    let lines = ran.stdout.lines().chain(ran.stderr.lines());
    lines.filter_map(|line| line.strip_prefix("error[")?.split(']').next())
}

#[test]
fn no_order_of_steps_makes_two_commands_disagree_or_the_document_be_passed_over() {
    let first = std::env::var("XTASK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = match first {
        Some(seed) => vec![seed],
        None => (1..=times(3, 300) as u64).collect(),
    };
    for seed in seeds {
        Life::begin(seed).live(times(8, 24));
    }
}
