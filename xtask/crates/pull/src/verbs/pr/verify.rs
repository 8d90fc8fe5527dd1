//! `pr verify`: nothing that a pull request's body says is believed.

mod patch;
mod runs;

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::judge::claims;
use crate::judge::claims::{Claim, ClaimFacts, Pull, findings, judge_pull};
use thrice_facts::git::Repository;
use thrice_facts::github::{Failure, FailureKind, GitHub, ServerRepository, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Known, Stop, Verdict, add_new, display_bytes};
use thrice_orr::judge::server::{Expected, Run};
use thrice_orr::lineage::base_of_name;
use thrice_patch::gather::PatchInput;
use thrice_patch::judge::filemap::Rules;
use thrice_patch::judge::pr_body;
use thrice_patch::judge::pr_body::{Risky, Said, Template};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, cut, safe};

/// Verifies each claim of a pull request.
#[derive(Debug, Args)]
pub struct Verify {
    /// The number of the pull request.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
}

/// What came of verifying a pull request.
pub(crate) struct Verified {
    /// The claims, each with its answer.
    pub claims: Vec<Claim>,
    /// What speaks against them.
    pub findings: Vec<Finding>,
    /// The head that was verified; absent where not even that could be read.
    pub head: Option<String>,
    /// The patch with the rules of its base; absent where it could not be gathered.
    pub(crate) gathered: Option<PatchInput>,
    /// The id of the workflow that makes the runs; absent where it was not seen.
    pub workflow_id: Option<u64>,
}

impl Verify {
    /// The number of the pull request.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Verifies the pull request.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let github = GitHub::of(&repository, &interrupt)?;
        let context = VerifyContext {
            world,
            repository: &repository,
            github: &github,
            interrupt: &interrupt,
        };
        let verified = context.verify(self.number)?;
        interrupt.heed()?;
        Ok(report(self.number, verified))
    }
}

/// A branch, as the server reports it.
#[derive(Deserialize)]
pub(super) struct Branch {
    pub(super) commit: BranchCommit,
}

#[derive(Deserialize)]
pub(super) struct BranchCommit {
    pub(super) sha: String,
}

/// A path of a patch, as the server reports it.
#[derive(Deserialize)]
struct PullFile {
    filename: String,
    #[serde(default)]
    previous_filename: Option<String>,
    status: String,
}

/// As many files of a pull request as GitHub lists at most.
const MOST_FILES: usize = 3_000;

/// A pull request as it was when its verification began.
struct Begun {
    number: u64,
    home: ServerRepository,
    pull: Pull,
    now: Option<jiff::Timestamp>,
    /// The head of the default branch.
    newest: String,
}

/// What verifying takes.
pub struct VerifyContext<'a> {
    /// The rules of the checkout.
    pub world: &'a World,
    /// The checkout.
    pub repository: &'a Repository,
    /// The server that is asked.
    pub github: &'a GitHub,
    /// Ctrl-C, which ends what is being downloaded.
    pub interrupt: &'a Interrupt,
}

/// What the server shows, or why it does not.
pub fn seen<T>(answer: Result<T, Failure>) -> Known<T> {
    match answer {
        Ok(there) => Known::Is(there),
        Err(failure) if failure.kind() == FailureKind::NotFound => Known::Absent,
        Err(failure) => Known::Unseen(failure.finding()),
    }
}

impl VerifyContext<'_> {
    /// Verifies a pull request.
    pub(super) fn verify(&self, number: u64) -> Result<Verified, Stop> {
        let mut verified = Verified {
            claims: Vec::new(),
            findings: Vec::new(),
            head: None,
            gathered: None,
            workflow_id: None,
        };
        if let Err(stop) = self.look(number, &mut verified) {
            verified.findings = stop.refusal()?;
        }
        add_new(&mut verified.findings, findings(&verified.claims));
        Ok(verified)
    }

    fn look(&self, number: u64, verified: &mut Verified) -> Result<(), Stop> {
        let home = self.github.repository()?;
        let path = self.github.repo(&format!("pulls/{number}"));
        let answer = self.github.get(&path)?;
        let now = answer.header("date").and_then(date);
        let pull: Pull = answer.json().map_err(|error| unreadable(&path, &error))?;
        verified.head = Some(pull.head.sha.clone());
        verified.claims = judge_pull(&home.full_name, &home.default_branch, &pull);
        if verified.claims.iter().any(|claim| claim.answer != Verdict::Pass) {
            return Ok(());
        }
        let newest: Branch = self.github.read(&self.branch(&home.default_branch))?;
        let gathered = self.patch(&pull, &home.default_branch, &newest.commit.sha)?;
        let begun = Begun { number, home, pull, now, newest: newest.commit.sha };
        let claimed = self.claims(&begun, &gathered, verified);
        verified.gathered = Some(gathered);
        claimed
    }

    fn branch(&self, name: &str) -> String {
        self.github.repo(&format!("branches/{}", encoded(name)))
    }

    /// The claims of a pull request that is open, of this repository, and for the default
    /// branch.
    fn claims(
        &self,
        begun: &Begun,
        gathered: &PatchInput,
        verified: &mut Verified,
    ) -> Result<(), Stop> {
        let Begun { number, home, pull, now, newest } = begun;
        let filemap = gathered.filemap()?;
        let bytes = pull.body.clone().unwrap_or_default().into_bytes();
        let template = Template::of(&gathered.policy);
        let said = Said::read(&bytes, &template);
        let rules = Rules::new(filemap, said.story.as_deref())?;
        let rulings = gathered.rulings(&rules);
        let against = self.against(gathered, &rules, &rulings)?;
        let carrier = self.carrier(pull, &said);
        let expected = self.expected(home, (pull, &carrier), gathered)?;
        let base_of = |name: &str| match &gathered.policy.branches {
            Some(branches) => base_of_name(self.repository, name, branches, &gathered.base.id),
            None => Ok(gathered.base.id.clone()),
        };
        let (sandbox_base, head_base) = (base_of(&carrier)?, base_of(&pull.head.name)?);
        verified.workflow_id = Some(expected.workflow_id);
        let facts = pr_body::BodyFacts {
            template: &template,
            head: &pull.head.sha,
            plan: gathered.plan_facts(&rules),
            known: None,
            story: None,
            risky: &Risky::of(filemap, &gathered.patch, &rulings),
        };
        let runs = self.runs(&said.run_ids, &expected)?;
        let touched: Vec<String> =
            gathered.patch.changes.iter().map(|change| display_bytes(&change.path)).collect();
        let listed = self.listed(*number);
        let beside = self.beside(&said.run_ids, &expected)?;
        let red_before = self.red_before(&expected, &gathered.head.tree);
        // Last: what was asked before must still be so.
        let path = self.github.repo(&format!("pulls/{number}"));
        let pull_now = seen(self.github.read::<Pull>(&path));
        let branch = self.branch(&home.default_branch);
        let default_head_now = seen(self.github.read::<Branch>(&branch)).map(|it| it.commit.sha);
        verified.claims.extend(claims::check(&ClaimFacts {
            pull,
            pull_now,
            expected: &expected,
            tree: &gathered.head.tree,
            default_branch: &home.default_branch,
            default_head: newest,
            default_head_now,
            queue: gathered.policy.gates.workflow.has_queue(),
            base: &gathered.patch.base,
            sandbox_base: &sandbox_base,
            head_base: &head_base,
            output: &gathered.policy.programme.output,
            branches: gathered.policy.branches.as_ref(),
            now: *now,
            said: &said,
            problems: &pr_body::check(&bytes, &facts),
            runs: &runs,
            beside,
            red_before,
            touched: &touched,
            listed,
            filemap: &against,
        }));
        Ok(())
    }

    /// The branch that carried the runs, as the server says of the first that is named and
    /// of this commit. Whether the body says the same is a claim of its own.
    fn carrier(&self, pull: &Pull, said: &Said) -> String {
        let own = || pull.head.name.clone();
        let Some(first) = said.run_ids.first().filter(|id| id.bytes().all(|b| b.is_ascii_digit()))
        else {
            return own();
        };
        let path = self.github.repo(&format!("actions/runs/{first}"));
        match self.github.read::<Run>(&path) {
            Ok(run) if run.head_sha == pull.head.sha => run.head_branch.unwrap_or_else(own),
            Ok(_) | Err(_) => own(),
        }
    }

    /// What each run must be, by the policy of the base.
    fn expected(
        &self,
        home: &ServerRepository,
        (pull, carrier): (&Pull, &str),
        gathered: &PatchInput,
    ) -> Result<Expected, Stop> {
        let policy = &gathered.policy;
        let Some(ruleset) = &policy.gates.ruleset else {
            let finding = Finding::new(Code::PolicyMissing, "policy names no workflow")
                .help("set `workflow` in `[ruleset]` of policy/gates.toml");
            return Err(finding.into());
        };
        let workflow = self.github.workflow(&ruleset.workflow)?;
        if workflow.path != ruleset.workflow {
            let message = format!(
                "the server has the workflow {}, policy {}",
                workflow.path, ruleset.workflow
            );
            let help = "correct `workflow` in policy/gates.toml";
            let finding = Finding::new(Code::WorkflowUnusable, message).help(help);
            return Err(finding.into());
        }
        Ok(Expected {
            repository: home.full_name.clone(),
            sha: pull.head.sha.clone(),
            branch: carrier.to_owned(),
            event: "workflow_dispatch".to_owned(),
            workflow_id: workflow.id,
            workflow_path: workflow.path,
            gates: policy.gates.gates.iter().map(|gate| gate.id.clone()).collect(),
            programme: policy.programme.id.clone(),
        })
    }

    /// The paths that the server says the patch touches; a rename is two of them.
    fn listed(&self, number: u64) -> Known<Vec<String>> {
        let path = self.github.repo(&format!("pulls/{number}/files"));
        let files: Vec<PullFile> = match seen(self.github.list(&path, None)) {
            Known::Is(files) => files,
            Known::Absent => return Known::Absent,
            Known::Unseen(finding) => return Known::Unseen(finding),
        };
        if files.len() >= MOST_FILES {
            let message = format!("the server lists no more than {MOST_FILES} files of a patch");
            let finding = Finding::new(Code::NotEstablishedCode, message).help("split the patch");
            return Known::Unseen(finding);
        }
        let mut paths = Vec::new();
        for file in files {
            paths.extend(file.previous_filename.filter(|_| file.status == "renamed"));
            paths.push(file.filename);
        }
        Known::Is(paths)
    }
}

/// What the header `Date` says (RFC 9110, 5.6.7).
pub fn date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

fn unreadable(path: &str, error: &serde_json::Error) -> Failure {
    let said = format!("the answer has another form: {error}");
    Failure::new(FailureKind::Unreadable, &format!("GET {path}"), None, &said)
}

fn report(number: u64, verified: Verified) -> Report {
    let claims = &verified.claims;
    let mut table = Table::new(["claim", "said", "seen", "answer"]);
    for claim in claims {
        table.row([
            brief(&claim.name),
            brief(&claim.said),
            brief(&claim.seen),
            claim.word().into(),
        ]);
    }
    let proven = claims.iter().filter(|claim| claim.answer == Verdict::Pass).count();
    let mut report = Report::of(verified.findings);
    report.body =
        format!("{}\n{proven} of {} proven\n", table.text(), counted(claims.len(), "claim"));
    report.data = json!({
        "number": number,
        "head": verified.head,
        "claims": claims.iter().map(shown).collect::<Vec<_>>(),
    });
    report
}

/// The widest cell of the table, in characters.
const WIDEST: usize = 44;

/// A cell of the table: on one line, and no wider than it may be; of a digest or a
/// commit, the first digits.
pub fn brief(text: &str) -> String {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && matches!(text.len(), 40 | 64) {
        return text.chars().take(12).collect();
    }
    cut(&safe(text).replace('\n', "\\n"), WIDEST)
}

/// A claim as the JSON report has it.
pub fn shown(claim: &Claim) -> Value {
    json!({
        "claim": claim.name,
        "said": claim.said,
        "seen": claim.seen,
        "answer": claim.word(),
        "codes": claim.findings.iter().map(|finding| finding.code.name()).collect::<Vec<_>>(),
    })
}
