//! `pr verify`: a pull request of which all is so, and ways for its author to lie.

use expect_test::expect;

use crate::support::github::Simulator;
use crate::support::github::State;
use crate::support::github::server::artifacts::Artifact;
use crate::support::policies::SANDBOX_BRANCHES;
use crate::support::{PROGRAMME, Ran, World, gate};

const FILEMAP: &str = r#"
[[areas]]
name = "source"
paths = ["src/**"]
"#;

pub(super) const RELEASE: &str = "release";
pub(super) const FEATURE: &str = "feature/I-1-x";
const WORKFLOW: &str = ".github/workflows/orr.yml";

/// A pull request that was reviewed on the server, with three green runs.
pub(super) struct Opened {
    pub(super) world: World,
    pub(super) simulator: Simulator,
    pub(super) body: String,
    pub(super) branch: String,
    pub(super) older: String,
}

pub(super) fn patched() -> (World, String, String) {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let script = "cat src/* > $EVIDENCE_DIR/reported";
    let gates = [("T0", "lint"), ("T4", "tests")].map(|(id, name)| gate(id, name, script));
    let ruleset =
        format!("[ruleset]\nfile = \".github/ruleset.json\"\nworkflow = \"{WORKFLOW}\"\n");
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{ruleset}{}", gates.concat()));
    world.write("policy/filemap.toml", FILEMAP);
    let feature = "\n[[kinds]]\nname = \"feature\"\nform = \"feature/<issue>-<slug>\"\n";
    world.write("policy/branches.toml", format!("{SANDBOX_BRANCHES}{feature}"));
    world.write("src/a", "1\n");
    let older = world.commit("begin");
    world.write("src/a", "2\n");
    let base = world.commit("base");
    let branch = format!("demo-codex-20260101-0000-{}", base.get(..7).unwrap());
    world.git(["switch", "--quiet", "--create", &branch]);
    world.write("src/b", "3\n");
    world.write("src/__init__.py", "x = 1\n");
    world.commit("patch");
    (world, branch, older)
}

impl Opened {
    pub(super) fn new() -> Self {
        let reviewed = Self::reviewed();
        let ran = reviewed.simulator.xtask(&reviewed.world, ["pr", "open"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        reviewed
    }

    /// The same, before it is opened.
    pub(super) fn reviewed() -> Self {
        let (world, branch, older) = patched();
        let simulator = Simulator::start(&world);
        let ran = simulator.xtask(&world, ["orr", "--on", "github"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let ran = world.xtask(["pr-body", "--write", "out/body.md"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        for name in [RELEASE, FEATURE] {
            let from = if name == RELEASE { "main" } else { "HEAD" };
            world.git(["push", "--quiet", "origin", &format!("{from}:refs/heads/{name}")]);
        }
        let body = world.read("out/body.md");
        Self { world, simulator, body, branch, older }
    }

    pub(super) fn verify(&self, more: &[&str]) -> Ran {
        self.simulator.xtask(&self.world, [&["pr", "verify", "1"][..], more].concat())
    }

    /// What a person sees, with all that varies between runs replaced.
    pub(super) fn shown(&self, text: &str) -> String {
        let mut text = text.replace(&self.branch, "[BRANCH]");
        let state = self.simulator.state();
        for (number, run) in (1..).zip(&state.runs) {
            text = text.replace(&run.id.to_string(), &format!("[RUN{number}]"));
        }
        self.world.shown(&text)
    }

    /// What a line of the body's telemetry says.
    pub(super) fn said(&self, key: &str) -> String {
        let line = self.body.lines().find_map(|line| line.strip_prefix(&format!("{key}: ")));
        line.unwrap().to_owned()
    }
}

/// Replaces what stands in a text once.
pub(super) fn edit(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
}

/// The same lines, with a field of the telemetry that says something else.
pub(super) fn say(opened: &Opened, body: &mut String, key: &str, value: &str) {
    edit(body, &format!("{key}: {}", opened.said(key)), &format!("{key}: {value}"));
}

#[test]
fn what_is_so_and_what_is_not_is_reported_claim_by_claim() {
    let opened = Opened::new();
    let ran = opened.verify(&[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        pr verify: pass
        claim                said                              seen                                 answer
        pull request         #1 open                           open                                 proven
        head repository      o/r                               o/r                                  proven
        base branch          main                              main                                 proven
        head                 [HEX]                      [HEX]                         proven
        repo_sha             [HEX]                      [HEX]                         proven
        base                 HEAD of main                      [HEX]                         proven
        branch               [BRANCH]  [BRANCH]     proven
        workflow             that of the base                  not touched                          proven
        run_ids              [[RUN1],[RUN2],[RUN3]]                  3 of 3 on the server                 proven
        run [RUN1]             green on [HEX]             success on [HEX]              proven
        jobs of [RUN1]         2 green                           2 of 2 green                         proven
        artifact of [RUN1]     demo-orr-evidence                 ZIP [HEX]                     proven
        run [RUN2]             green on [HEX]             success on [HEX]              proven
        jobs of [RUN2]         2 green                           2 of 2 green                         proven
        artifact of [RUN2]     demo-orr-evidence                 ZIP [HEX]                     proven
        run [RUN3]             green on [HEX]             success on [HEX]              proven
        jobs of [RUN3]         2 green                           2 of 2 green                         proven
        artifact of [RUN3]     demo-orr-evidence                 ZIP [HEX]                     proven
        determinism          one ZIP in all runs               one ZIP in 3 of 3 runs               proven
        other runs           none contradicts it               none                                 proven
        red reviews before   0                                 0                                    proven
        scorecard_sha256     [HEX]                      [HEX]                         proven
        evidence_zip_sha256  [HEX]                      [HEX]                         proven
        scorecard            45 lines                          sha256 [HEX]                  proven
        started_at           [TIME]              first run made [TIME]  proven
        finished_at          [TIME]              last job ended [TIME]  proven
        Plan.json            the plan of the patch             true of the patch                    proven
        files                2 listed                          2 touched                            proven
        Filemap              all inside                        inside                               proven
        checklist            all ticked                        each item of policy                  proven
        form                 the template                      to the letter                        proven

        31 of 31 claims proven
        next: cargo xtask pr merge-check 1
    "#]].assert_eq(&opened.shown(&ran.stdout));
    {
        let mut state = opened.simulator.state();
        let mut body = opened.body.clone();
        say(&opened, &mut body, "repo_sha", &opened.older);
        edit(&mut body, &format!("finished_at: {}\n", opened.said("finished_at")), "");
        state.runs[0].event = "push".into();
        state.runs[1].jobs[1].conclusion = "skipped".into();
        of(&mut state, 2).digest = None;
        state.pulls[0].body = Some(body);
    }
    let ran = opened.verify(&[]);
    assert_eq!(ran.status, 20, "{ran:?}");
    expect![[r#"
        pr verify: fail (CEC-20, CEC-50, REFUSE-10, run-mismatch, server-silent), exit status 20

        error[CEC-50]: `repo_sha` is `[COMMIT]`, but it is `[COMMIT]`
           = help: write the body again, from a review of this head: `cargo xtask pr-body`

        error[run-mismatch]: run [RUN1]: its event is `push`, not `workflow_dispatch`
           = help: only runs that `cargo xtask orr --on github` dispatched for this commit count

        error[CEC-20]: job `T4` ended as `skipped`, not `success`
          --> run 2, T4
           = help: fix the cause, commit, and run the review again

        error[server-silent]: the artifact `demo-orr-evidence` of run [RUN3]: the server does not say its SHA-256
           = help: run the command again later; where it stays so, make new runs

        error[REFUSE-10]: `finished_at`: it is missing
          --> the body:6
           = help: write the body again: `cargo xtask pr-body`

        claim                said                              seen                                 answer
        pull request         #1 open                           open                                 proven
        head repository      o/r                               o/r                                  proven
        base branch          main                              main                                 proven
        head                 [HEX]                      [HEX]                         proven
        repo_sha             [HEX]                      [HEX]                         disproven
        base                 HEAD of main                      [HEX]                         proven
        branch               [BRANCH]  [BRANCH]     proven
        workflow             that of the base                  not touched                          proven
        run_ids              [[RUN1],[RUN2],[RUN3]]                  3 of 3 on the server                 proven
        run [RUN1]             green on [HEX]             success on [HEX]              disproven
        jobs of [RUN1]         2 green                           not looked at                        not established
        artifact of [RUN1]     demo-orr-evidence                 not looked at                        not established
        run [RUN2]             green on [HEX]             success on [HEX]              proven
        jobs of [RUN2]         2 green                           1 of 2 green                         disproven
        artifact of [RUN2]     demo-orr-evidence                 ZIP [HEX]                     proven
        run [RUN3]             green on [HEX]             success on [HEX]              proven
        jobs of [RUN3]         2 green                           2 of 2 green                         proven
        artifact of [RUN3]     demo-orr-evidence                 none to believe                      not established
        determinism          one ZIP in all runs               one ZIP in 1 of 3 runs               not established
        other runs           none contradicts it               none                                 proven
        red reviews before   0                                 0                                    proven
        scorecard_sha256     [HEX]                      [HEX]                         proven
        evidence_zip_sha256  [HEX]                      [HEX]                         proven
        scorecard            45 lines                          sha256 [HEX]                  proven
        started_at           [TIME]              first run made [TIME]  proven
        finished_at          nothing                                                                disproven
        Plan.json            the plan of the patch             true of the patch                    proven
        files                2 listed                          2 touched                            proven
        Filemap              all inside                        inside                               proven
        checklist            all ticked                        each item of policy                  proven
        form                 the template                      to the letter                        proven

        23 of 31 claims proven
        next: cargo xtask pr update 1 --replace-body
    "#]].assert_eq(&opened.shown(&ran.stdout));
}

/// The evidence of the run of that index.
pub(super) fn of(state: &mut State, index: usize) -> &mut Artifact {
    let id = state.runs[index].id;
    let is = |artifact: &&mut Artifact| artifact.run == id && artifact.name == "demo-orr-evidence";
    state.artifacts.iter_mut().find(is).unwrap()
}
