mod beside;
mod lies;
mod properties;

use std::collections::{BTreeMap, BTreeSet};

use std::sync::LazyLock;
use thrice_patch::judge::patch::{Change, Entry, EntryKind};

use jiff::Timestamp;

use super::pull::{PullBranch, PullRepository};
use super::*;
use thrice_findings::Concern;
use thrice_orr::judge::server::{Artifact, ArtifactRun, Job, Run, RunRepository};
use thrice_patch::judge::filemap::Rules;
use thrice_patch::judge::patch::Patch;
use thrice_patch::judge::plan;
use thrice_patch::judge::pr_body;
use thrice_patch::judge::pr_body::{BodyContent, RecordedDecision, Risky, Template};
use thrice_patch::judge::review;
use thrice_programme::{Policy, PolicyFiles};

const BASE: &str = "0123456789abcdef0123456789abcdef01234567";
const TREE: &str = "3333333333333333333333333333333333333333";
const OLDER: &str = "4444444444444444444444444444444444444444";
const ZIP: &str = "00000000000000000000000000000000000000000000000000000000000000aa";
const BRANCH: &str = "q2-s7-codex-20260131-1200-0123456";
const WORKFLOW: &str = ".github/workflows/orr.yml";

const PROGRAMME: &str = r#"
id = "s7"
name = "Stabilize"
default_branch = "main"
time_zone = "UTC"
"#;

const GATES: &str = r#"
[[gates]]
id = "T0"
name = "lint"
run = ["true"]

[[gates]]
id = "T4"
name = "tests"
run = ["true"]
"#;

const FILEMAP: &str = r#"
[[areas]]
name = "norm"
paths = ["scripts/**"]
"#;

const BRANCHES: &str = r#"
[ids.issue]
patterns = ['I-\d+']
examples = ["I-12"]

[[kinds]]
name = "feature"
form = "feature/<issue>-<slug>"

[[kinds]]
name = "sandbox"
form = "q2-s7-codex-<date>-<time>-<base>"
sandbox = true
"#;

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let texts = [
        ("programme.toml", PROGRAMME),
        ("gates.toml", GATES),
        ("filemap.toml", FILEMAP),
        ("branches.toml", BRANCHES),
    ];
    let files: PolicyFiles =
        texts.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
});

/// A patch that changes these paths.
fn patch<P: AsRef<[u8]>>(base: &str, paths: &[P]) -> Patch {
    let mut paths: Vec<Vec<u8>> = paths.iter().map(|path| path.as_ref().to_vec()).collect();
    paths.sort();
    paths.dedup();
    let entry = || Entry { kind: EntryKind::File, object: BASE.to_owned() };
    let change = |path| Change { path, old: None, new: Some(entry()) };
    Patch {
        base: base.to_owned(),
        head: "f".repeat(40),
        changes: paths.into_iter().map(change).collect(),
        merges: Vec::new(),
        passing: BTreeMap::new(),
    }
}

fn head() -> String {
    "f".repeat(40)
}

fn scorecard() -> String {
    let gates: Vec<_> = ["T0", "T4"]
        .iter()
        .map(|gate| serde_json::json!({ "gate": gate, "outcome": "pass" }))
        .collect();
    let value = serde_json::json!({
        "schema": "xtask/scorecard/1", "programme": "s7", "commit": head(),
        "tree": TREE, "verdict": "pass", "gates": gates,
    });
    format!("{value:#}\n")
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

/// A pull request of which every claim is so; tests alter it.
#[derive(Clone, Debug)]
struct World {
    body: String,
    pull: Pull,
    pull_now: Option<Known<Pull>>,
    expected: Expected,
    default_head: String,
    default_head_now: Option<Known<String>>,
    queue: bool,
    base: String,
    sandbox_base: String,
    now: Option<Timestamp>,
    runs: Vec<RunFacts>,
    beside: Vec<RunFacts>,
    red_before: Known<usize>,
    patch: Patch,
    listed: Known<Vec<String>>,
    filemap: Vec<Finding>,
}

fn run(id: u64) -> RunFacts {
    let job = |name: &str| Job {
        id: 10 * id,
        name: name.to_owned(),
        head_sha: head(),
        run_attempt: Some(1),
        status: text("completed"),
        conclusion: text("success"),
        started_at: text("2026-01-31T12:01:00Z"),
        completed_at: text("2026-01-31T12:09:00Z"),
    };
    let download_sha256 = format!("{id:064}");
    let artifact = Artifact {
        id: 100 * id,
        name: "s7-orr-evidence".to_owned(),
        size_in_bytes: 10,
        expired: false,
        digest: Some(format!("sha256:{download_sha256}")),
        workflow_run: Some(ArtifactRun { id: Some(id), head_sha: Some(head()) }),
    };
    let parts = Parts {
        zip_sha256: ZIP.to_owned(),
        scorecard_sha256: sha256(&scorecard()),
        scorecard: scorecard().into_bytes(),
        evidence: ["evidence/T0_lint/gate.json", "evidence/T4_tests/gate.json"]
            .map(str::to_owned)
            .to_vec(),
        source: (head(), TREE.to_owned()),
    };
    RunFacts {
        said: id.to_string(),
        run: Known::Is(Run {
            id,
            display_title: None,
            head_commit: None,
            head_sha: head(),
            head_branch: text(BRANCH),
            event: "workflow_dispatch".to_owned(),
            workflow_id: 7,
            path: WORKFLOW.to_owned(),
            run_attempt: Some(1),
            status: text("completed"),
            conclusion: text("success"),
            head_repository: Some(RunRepository { full_name: "o/r".to_owned() }),
            created_at: "2026-01-31T12:00:30Z".to_owned(),
            updated_at: "2026-01-31T12:09:01Z".to_owned(),
            run_started_at: None,
            html_url: None,
        }),
        jobs: Known::Is(vec![job("T0"), job("T4")]),
        artifacts: Known::Is(vec![artifact]),
        left: Known::Is(Left { download_sha256, parts: Ok(parts) }),
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn world() -> World {
    let patch = Patch {
        base: BASE.to_owned(),
        ..patch(BASE, &["scripts/normalize.py", "scripts/sign.py"])
    };
    let rules = Rules::new(POLICY.filemap.as_ref().unwrap(), None).unwrap();
    let plan = plan::PlanFacts {
        base: BASE,
        patch: &patch,
        rules: &rules,
        gates: &POLICY.gates,
        output: "out",
    };
    let files = ["scripts/normalize.py", "scripts/sign.py"].map(str::to_owned).to_vec();
    let content = BodyContent {
        repo_sha: BASE.to_owned(),
        branch: BRANCH.to_owned(),
        run_ids: ["1001", "1002", "1004"].map(str::to_owned).to_vec(),
        red_reviews: 0,
        scorecard_sha256: sha256(&scorecard()),
        evidence_zip_sha256: ZIP.to_owned(),
        started_at: "2026-01-31T12:00:00Z".to_owned(),
        finished_at: "2026-01-31T12:10:00Z".to_owned(),
        plan: plan::draft(&plan).0.unwrap().text(),
        scorecard: scorecard(),
        files: files.clone(),
        summary: None,
        story: None,
    };
    let side = |name: &str, sha: &str| PullBranch {
        name: name.to_owned(),
        sha: sha.to_owned(),
        repo: Some(PullRepository { full_name: "o/r".to_owned() }),
    };
    World {
        body: pr_body::render(&Template::of(&POLICY), &content),
        pull: Pull {
            number: 7,
            state: "open".to_owned(),
            merged_at: None,
            html_url: None,
            body: None,
            head: side(BRANCH, &head()),
            base: side("main", BASE),
            created_at: "2026-01-31T12:11:00Z".to_owned(),
            updated_at: "2026-01-31T12:11:00Z".to_owned(),
        },
        pull_now: None,
        expected: Expected {
            repository: "o/r".to_owned(),
            sha: head(),
            branch: BRANCH.to_owned(),
            event: "workflow_dispatch".to_owned(),
            workflow_id: 7,
            workflow_path: WORKFLOW.to_owned(),
            gates: vec!["T0".to_owned(), "T4".to_owned()],
            programme: "s7".to_owned(),
        },
        default_head: BASE.to_owned(),
        default_head_now: None,
        queue: false,
        base: BASE.to_owned(),
        sandbox_base: BASE.to_owned(),
        now: "2026-01-31T13:00:00Z".parse().ok(),
        runs: vec![run(1001), run(1002), run(1004)],
        beside: Vec::new(),
        red_before: Known::Is(0),
        patch,
        listed: Known::Is(files),
        filemap: Vec::new(),
    }
}

/// Codes of all findings that refuse, sorted.
fn codes(findings: &[Finding]) -> Vec<&'static str> {
    let refusals = findings.iter().filter(|finding| finding.severity == Severity::Refuse);
    let codes: BTreeSet<&str> = refusals.map(|finding| finding.code.name()).collect();
    codes.into_iter().collect()
}

impl World {
    /// What the one check of a body has against it, where the review was recorded or not.
    fn problems(&self, is_recorded: bool) -> Vec<Problem> {
        let template = Template::of(&POLICY);
        let rules = Rules::new(POLICY.filemap.as_ref().unwrap(), None).unwrap();
        let plan = plan::PlanFacts {
            base: &self.base,
            patch: &self.patch,
            rules: &rules,
            gates: &POLICY.gates,
            output: "out",
        };
        let (recorded, drafted) = (self.recorded(), plan::draft(&plan).0.unwrap().text());
        let known = pr_body::RecordedReview { recorded: &recorded, plan: &drafted };
        let facts = pr_body::BodyFacts {
            template: &template,
            head: &self.expected.sha,
            plan,
            known: is_recorded.then_some(known),
            story: None,
            risky: &Risky::No,
        };
        pr_body::check(self.body.as_bytes(), &facts)
    }

    /// What was recorded of the review, of which the body of `world` tells.
    fn recorded(&self) -> RecordedDecision {
        let text = serde_json::json!({
            "schema": "xtask/orr/1", "programme": "s7", "verdict": "pass", "commit": head(),
            "branch": self.expected.branch, "run_ids": ["1001", "1002", "1004"],
            "policy_sha256": "p", "scorecard_sha256": sha256(&scorecard()),
            "evidence_zip_sha256": ZIP,
            "started_at": "2026-01-31T12:00:00Z", "finished_at": "2026-01-31T12:10:00Z",
        });
        RecordedDecision::read(text.to_string().as_bytes()).unwrap()
    }

    /// The codes by which `pr-body --check` and `pr update` refuse the body, and `review`.
    fn faces(&self) -> [Vec<&'static str>; 2] {
        let problems = self.problems(true);
        let checked: Vec<Finding> = problems.iter().map(|it| it.finding("body.md")).collect();
        let facts =
            |body| review::ReviewFacts { body, beside: &checked, ..review::ReviewFacts::default() };
        let reviewed = review::review(&self.patch, &POLICY, &facts(Some(&problems)));
        // The rest of a review has nothing to go by here.
        let of_body = |it: &Finding| it.code.concern() == Concern::Cec(50);
        [codes(&checked), codes(&reviewed.findings.into_iter().filter(of_body).collect::<Vec<_>>())]
    }

    fn claims(&self) -> Vec<Claim> {
        let mut claims = judge_pull("o/r", "main", &self.pull);
        let said = Said::read(self.body.as_bytes(), &Template::of(&POLICY));
        let touched: Vec<String> = self
            .patch
            .changes
            .iter()
            .map(|change| String::from_utf8(change.path.clone()).unwrap())
            .collect();
        claims.extend(check(&ClaimFacts {
            pull: &self.pull,
            pull_now: self.pull_now.clone().unwrap_or_else(|| Known::Is(self.pull.clone())),
            expected: &self.expected,
            tree: TREE,
            default_branch: "main",
            default_head: &self.default_head,
            default_head_now: self
                .default_head_now
                .clone()
                .unwrap_or_else(|| Known::Is(self.default_head.clone())),
            queue: self.queue,
            base: &self.base,
            sandbox_base: &self.sandbox_base,
            head_base: &self.base,
            output: "out",
            branches: POLICY.branches.as_ref(),
            now: self.now,
            said: &said,
            problems: &self.problems(false),
            runs: &self.runs_named(&said),
            beside: Known::Is(self.beside.clone()),
            red_before: self.red_before.clone(),
            touched: &touched,
            listed: self.listed.clone(),
            filemap: &self.filemap,
        }));
        claims
    }

    /// What the server shows of the runs that the body names.
    fn runs_named(&self, said: &Said) -> Vec<RunFacts> {
        let known = |id: &String| self.runs.iter().find(|run| run.said == *id).cloned();
        said.run_ids.iter().map(|id| known(id).unwrap_or(RunFacts::absent(id.clone()))).collect()
    }

    /// Codes of all findings that refuse, sorted.
    fn codes(&self) -> Vec<&'static str> {
        codes(&findings(&self.claims()))
    }

    /// Alters what the server says of the pull request at the end.
    fn meanwhile(&mut self, alter: impl FnOnce(&mut Pull)) {
        let mut pull = self.pull.clone();
        alter(&mut pull);
        self.pull_now = Some(Known::Is(pull));
    }

    fn edit(&mut self, from: &str, to: &str) {
        assert!(self.body.contains(from), "{from}");
        self.body = self.body.replacen(from, to, 1);
    }

    /// Alters what the server names the second run.
    fn run(&mut self, alter: impl FnOnce(&mut Run)) {
        if let Some(RunFacts { run: Known::Is(run), .. }) = self.runs.get_mut(1) {
            alter(run);
        }
    }

    fn jobs(&mut self, alter: impl FnOnce(&mut Vec<Job>)) {
        if let Some(RunFacts { jobs: Known::Is(jobs), .. }) = self.runs.get_mut(1) {
            alter(jobs);
        }
    }

    fn artifact(&mut self, alter: impl FnOnce(&mut Artifact)) {
        if let Some(RunFacts { artifacts: Known::Is(artifacts), .. }) = self.runs.get_mut(1) {
            alter(&mut artifacts[0]);
        }
    }

    fn parts(&mut self, alter: impl Fn(&mut Parts)) {
        for run in &mut self.runs {
            if let Known::Is(Left { parts: Ok(parts), .. }) = &mut run.left {
                alter(parts);
            }
        }
    }
}

/// The claims of a pull request of which all is so but this lie.
pub(crate) fn claims_with(lie: Option<&str>) -> Vec<Claim> {
    let mut world = world();
    if let Some(lie) = lie {
        let (_, alter, _) = lies::LIES.iter().find(|(name, ..)| *name == lie).unwrap();
        alter(&mut world);
    }
    world.claims()
}

#[test]
fn a_pull_request_of_which_all_is_so_is_proven() {
    let claims = world().claims();
    for claim in &claims {
        assert_eq!((claim.word(), claim.findings.as_slice()), ("proven", &[][..]), "{claim:?}");
    }
    assert_eq!(findings(&claims), []);
    let names: Vec<&str> = claims.iter().map(|claim| claim.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "pull request",
            "head repository",
            "base branch",
            "head",
            "repo_sha",
            "base",
            "branch",
            "workflow",
            "run_ids",
            "run 1001",
            "jobs of 1001",
            "artifact of 1001",
            "run 1002",
            "jobs of 1002",
            "artifact of 1002",
            "run 1004",
            "jobs of 1004",
            "artifact of 1004",
            "determinism",
            "other runs",
            "red reviews before",
            "scorecard_sha256",
            "evidence_zip_sha256",
            "scorecard",
            "started_at",
            "finished_at",
            "Plan.json",
            "files",
            "Filemap",
            "checklist",
            "form",
        ]
    );
}
