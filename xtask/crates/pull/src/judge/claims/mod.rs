//! What a pull request claims, held against what the server, git and the bytes show.
//! Each claim is proven, disproven or not established; nothing that the author wrote
//! proves anything.

mod beside;
mod body;
mod bytes;
mod pull;
mod runs;
mod times;

#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

use thrice_findings::text::{is_commit, quoted};
use thrice_findings::{Code, Finding, Known, Severity, Verdict, add_new, short, verdict};
use thrice_orr::judge::server::Expected;
use thrice_orr::judge::server::scorecard::Problem;
use thrice_patch::judge::pr_body::Said;
use thrice_programme::branches::Branches;

pub use beside::{Wanted, wanted};
pub use pull::Pull;
pub(crate) use pull::judge_pull;
pub(crate) use runs::Left;
pub use runs::{Parts, RunFacts};

/// What fixes a claim that is not so.
const AGAIN: &str = "write the body again, from a review of this head: `cargo xtask pr-body`";
/// The least number of runs (H-4).
pub const LEAST_RUNS: usize = 3;

/// A claim with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What is claimed.
    pub name: String,
    /// What the pull request says.
    pub said: String,
    /// What was seen.
    pub seen: String,
    /// Proven, disproven, or not established.
    pub answer: Verdict,
    /// Why it is not proven.
    pub findings: Vec<Finding>,
}

impl Claim {
    /// A claim that is proven where no finding refuses.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        said: impl Into<String>,
        seen: impl Into<String>,
        findings: Vec<Finding>,
    ) -> Self {
        let answer = verdict(&findings);
        Self { name: name.into(), said: said.into(), seen: seen.into(), answer, findings }
    }

    /// A claim that cannot be answered, because another is not proven.
    #[must_use]
    pub fn open(name: impl Into<String>, said: impl Into<String>, why: impl Into<String>) -> Self {
        let (name, said, seen) = (name.into(), said.into(), why.into());
        Self { name, said, seen, answer: Verdict::NotEstablished, findings: Vec::new() }
    }

    /// The answer's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.answer {
            Verdict::Pass => "proven",
            Verdict::Fail => "disproven",
            Verdict::NotEstablished => "not established",
        }
    }
}

/// All that is known of a pull request that is open, of this repository, and for the
/// default branch.
pub(crate) struct ClaimFacts<'a> {
    /// What the server said of it at the beginning.
    pub pull: &'a Pull,
    /// The same at the end.
    pub(crate) pull_now: Known<Pull>,
    /// What each run must be.
    pub expected: &'a Expected,
    /// The tree of the head.
    pub tree: &'a str,
    /// The name of the default branch.
    pub default_branch: &'a str,
    /// Its head, as the server says.
    pub(crate) default_head: &'a str,
    /// The same at the end.
    pub(crate) default_head_now: Known<String>,
    /// Whether a merge queue proves the result of the merge, so that the base may be older.
    pub(crate) queue: bool,
    /// The commit on which the patch is based.
    pub base: &'a str,
    /// The commit that the name of the sandbox must name: the base or an ancestor of it.
    pub(crate) sandbox_base: &'a str,
    /// The commit that the name of the head's branch must name, where it names one.
    pub(crate) head_base: &'a str,
    /// The path of the output folder, below which evidence lies in a plan.
    pub output: &'a str,
    /// What branches are called; absent where policy does not say.
    pub branches: Option<&'a Branches>,
    /// What the server's clock says.
    pub now: Option<jiff::Timestamp>,
    /// What the body claims.
    pub said: &'a Said,
    /// What is wrong with the body, seen by itself and beside the patch.
    pub problems: &'a [Problem],
    /// The runs that it names, in its order.
    pub runs: &'a [RunFacts],
    /// The runs of the same workflow and commit that it does not name.
    pub beside: Known<Vec<RunFacts>>,
    /// How many reviews of other commits of the same tree the server saw going red.
    pub red_before: Known<usize>,
    /// The paths that git says the patch touches.
    pub touched: &'a [String],
    /// The paths that the server says it touches.
    pub listed: Known<Vec<String>>,
    /// What the Filemap of the base has against the patch.
    pub filemap: &'a [Finding],
}

/// Every claim with its answer.
#[must_use]
pub(crate) fn check(facts: &ClaimFacts<'_>) -> Vec<Claim> {
    let mut claims = vec![pull::head(facts), repo_sha(facts), base(facts)];
    claims.extend(head_branch(facts));
    claims.push(branch(facts));
    claims.extend(runs::check(facts));
    claims.push(beside::check(facts));
    claims.push(beside::red_before(facts));
    claims.extend(bytes::check(facts));
    claims.extend(times::check(facts));
    claims.extend(body::check(facts));
    claims
}

/// All findings of the claims, each once; and that some claim is not proven, where no
/// finding says so.
#[must_use]
pub fn findings(claims: &[Claim]) -> Vec<Finding> {
    reported(claims, |_| true)
}

/// The same, where approvals are looked at elsewhere: without those that are missing, and
/// without the claims that lack nothing else.
#[must_use]
pub(crate) fn findings_beside_approvals(claims: &[Claim]) -> Vec<Finding> {
    reported(claims, |finding| finding.code != Code::ApprovalMissing)
}

fn reported(claims: &[Claim], wanted: impl Fn(&Finding) -> bool) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let of_claims = claims.iter().flat_map(|claim| &claim.findings);
    add_new(&mut all, of_claims.filter(|it| wanted(it)).cloned());
    let lacks_more =
        |claim: &&Claim| claim.findings.is_empty() || claim.findings.iter().any(&wanted);
    let open: Vec<&str> = claims
        .iter()
        .filter(|claim| claim.answer != Verdict::Pass)
        .filter(lacks_more)
        .map(|claim| claim.name.as_str())
        .collect();
    if !open.is_empty() && !all.iter().any(|finding| finding.severity == Severity::Refuse) {
        let message = format!("not established: {}", open.join(", "));
        all.push(
            Finding::new(Code::NotEstablishedCode, message).help("run the command again later"),
        );
    }
    all
}

/// Something that the body says and that is not so.
fn untrue(field: &str, said: &str, seen: &str) -> Finding {
    let message = format!("`{field}` is {}, but it is {}", quoted(said), quoted(seen));
    Finding::new(Code::Cec50, message).help(AGAIN)
}

/// What the body's own check has against fields.
fn problems(facts: &ClaimFacts<'_>, of: impl Fn(&str) -> bool) -> Vec<Finding> {
    let wanted = facts.problems.iter().filter(|problem| of(&problem.field));
    wanted.map(|problem| problem.finding("the body")).collect()
}

/// A field of the telemetry: what it says and whether that is so, which is open where
/// `judge` knows nothing to hold it against. Where it says nothing, the body's own check
/// reports why.
fn field(
    facts: &ClaimFacts<'_>,
    key: &'static str,
    judge: impl FnOnce(&str) -> Option<(String, Vec<Finding>)>,
) -> Claim {
    let Some(said) = facts.said.value(key) else {
        let mut findings = problems(facts, |field| field == key);
        if findings.is_empty() {
            let message = format!("`{key}`: the body does not say it");
            findings.push(Finding::new(Code::Refuse10, message).help(Code::Refuse10.fix()));
        }
        return Claim::new(key, "nothing", "", findings);
    };
    let Some((seen, mut findings)) = judge(said) else {
        return Claim::open(key, said, "no run shows it");
    };
    if findings.is_empty() {
        findings = problems(facts, |field| field == key);
    }
    Claim::new(key, said, seen, findings)
}

fn repo_sha(facts: &ClaimFacts<'_>) -> Claim {
    field(facts, "repo_sha", |said| {
        let so = is_commit(said) && said == facts.base;
        let untrue = (!so).then(|| untrue("repo_sha", said, facts.base));
        Some((facts.base.to_owned(), untrue.into_iter().collect()))
    })
}

/// Whether the base is the HEAD of the default branch: CEC-60. One that was it before will do
/// where a merge queue tests the result; whether the server enforces one, `merge-check` says.
fn base(facts: &ClaimFacts<'_>) -> Claim {
    let seen = facts.default_head;
    if facts.queue && seen != facts.base {
        let said = format!("was HEAD of {}", facts.default_branch);
        return Claim::new("base", said, format!("behind {}, for the queue", short(seen)), vec![]);
    }
    let said = format!("HEAD of {}", facts.default_branch);
    let now = match &facts.default_head_now {
        Known::Is(now) => now,
        Known::Absent => {
            let gone = Finding::new(Code::Cec60, format!("{} is gone", facts.default_branch));
            let gone = gone.help("see what the server's branches are called");
            return Claim::new("base", said, "gone", vec![gone]);
        }
        Known::Unseen(finding) => {
            return Claim::new("base", said, "not shown", vec![finding.clone()]);
        }
    };
    let seen = if seen == facts.base { now } else { seen };
    let stale = (seen != facts.base).then(|| {
        let message = format!(
            "{} is at {}, but the patch is based on {}",
            facts.default_branch,
            short(seen),
            short(facts.base)
        );
        Finding::new(Code::Cec60, message).help(format!(
            "`git fetch origin && git rebase origin/{}`, then run the review again",
            facts.default_branch
        ))
    });
    Claim::new("base", said, short(seen), stale.into_iter().collect())
}

/// The branch that the pull request comes from, where another one carried the runs. Any
/// kind that policy knows will do: what is merged is the commit.
fn head_branch(facts: &ClaimFacts<'_>) -> Option<Claim> {
    let is = &facts.pull.head.name;
    if facts.said.value("branch").is_none_or(|said| said == is) {
        return None;
    }
    let read = |branches| {
        thrice_orr::judge::branch::read(is.as_bytes(), branches, Some(facts.head_base)).err()
    };
    let findings = facts.branches.and_then(read).unwrap_or_default();
    let seen = if findings.is_empty() { is.as_str() } else { "of no kind" };
    Some(Claim::new("head branch", "of a kind that policy has", seen, findings))
}

/// The branch that carried the runs: the sandbox, from which the pull request may come too.
fn branch(facts: &ClaimFacts<'_>) -> Claim {
    field(facts, "branch", |said| {
        let of_run = |run: &RunFacts| match &run.run {
            Known::Is(run) => run.head_branch.clone(),
            Known::Absent | Known::Unseen(_) => None,
        };
        let own = Some(facts.pull.head.name.clone()).filter(|name| name == said);
        let seen: Vec<String> =
            own.into_iter().chain(facts.runs.iter().filter_map(of_run)).collect();
        let first = seen.first()?;
        if !seen.iter().any(|name| name == said) {
            return Some((first.clone(), vec![untrue("branch", said, first)]));
        }
        let not_sandbox = |branches| not_sandbox(said, branches, facts.sandbox_base);
        Some((said.to_owned(), facts.branches.map(not_sandbox).unwrap_or_default()))
    })
}

fn not_sandbox(name: &str, branches: &Branches, base: &str) -> Vec<Finding> {
    let sandbox =
        |kind: &str| branches.kinds.iter().any(|known| known.sandbox && known.name == kind);
    if !branches.has_sandboxes() {
        return Vec::new();
    }
    match thrice_orr::judge::branch::read(name.as_bytes(), branches, Some(base)) {
        Ok(read) if sandbox(&read.kind) => Vec::new(),
        Ok(read) => {
            let message = format!("{} is no sandbox branch, but of `{}`", quoted(name), read.kind);
            vec![
                Finding::new(Code::BranchName, message)
                    .help("begin with `cargo xtask branch sandbox`"),
            ]
        }
        Err(findings) => findings,
    }
}
