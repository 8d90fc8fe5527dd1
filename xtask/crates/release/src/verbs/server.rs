//! What GitHub shows of a commit's review, and of a candidate's release.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::judge::Digests;
use crate::judge::orr::{newest, on_server};
use crate::judge::published::Release;
use crate::judge::tag_rules::judge as judge_tag;
use thrice_facts::git::Commit;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_findings::{Code, Finding, Known, Verdict, verdict};
use thrice_orr::evidence::bundle;
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::judge::required_checks as checks;
use thrice_orr::judge::server::{Expected, MOST_BYTES, Run, choose_artifact, judge_digest};
use thrice_orr::required_checks::posted;
use thrice_programme::Policy;
use thrice_pull::judge::claims::{Claim, RunFacts};
use thrice_pull::verbs::pr::verify::{VerifyContext, date, seen};

/// What the server shows of a review.
pub(super) struct Reviewed {
    /// The claims over it.
    pub(super) claims: Vec<Claim>,
    /// What its runs left.
    pub(super) digests: Option<Digests>,
    pub(super) runs: Vec<(Expected, RunFacts)>,
}

/// The review of a commit, by the gates of its own policy.
pub(super) fn reviewed(context: &VerifyContext<'_>, policy: &Policy, commit: &Commit) -> Reviewed {
    match look(context, policy, commit) {
        Ok(reviewed) => reviewed,
        Err(finding) => {
            let claim = Claim::new("review", "three runs", "not shown", vec![*finding]);
            Reviewed { claims: vec![claim], digests: None, runs: Vec::new() }
        }
    }
}

fn look(
    context: &VerifyContext<'_>,
    policy: &Policy,
    commit: &Commit,
) -> Result<Reviewed, Box<Finding>> {
    let Some(ruleset) = &policy.gates.ruleset else {
        let finding = Finding::new(Code::PolicyMissing, "policy names no workflow")
            .help("set `workflow` in `[ruleset]` of policy/gates.toml");
        return Err(Box::new(finding));
    };
    let github = context.github;
    let home = github.repository()?;
    let workflow = github.workflow(&ruleset.workflow)?;
    if workflow.path != ruleset.workflow {
        let message =
            format!("the server has the workflow {}, policy {}", workflow.path, ruleset.workflow);
        let help = "correct `workflow` in policy/gates.toml";
        return Err(Box::new(Finding::new(Code::WorkflowUnusable, message).help(help)));
    }
    let query = format!("runs?head_sha={}&event=workflow_dispatch", encoded(&commit.id));
    let path = github.repo(&format!("actions/workflows/{}/{query}", workflow.id));
    let all: Vec<Run> = github.list(&path, Some("workflow_runs"))?;
    let gates: Vec<String> = policy.gates.gates.iter().map(|gate| gate.id.clone()).collect();
    let of = |run: &Run| Expected {
        repository: home.full_name.clone(),
        sha: commit.id.clone(),
        // A run is of its commit, whatever branch it was dispatched on.
        branch: run.head_branch.clone().unwrap_or_default(),
        event: "workflow_dispatch".to_owned(),
        workflow_id: workflow.id,
        workflow_path: workflow.path.clone(),
        gates: gates.clone(),
        programme: policy.programme.id.clone(),
    };
    let runs: Vec<(Expected, RunFacts)> = newest(all)
        .iter()
        .map(|run| (of(run), context.run(&run.id.to_string(), &of(run))))
        .collect();
    let (mut claims, digests) = on_server(&runs, &commit.id, &commit.tree);
    let gates: Vec<&str> = gates.iter().map(String::as_str).collect();
    let required = checks::Required {
        sha: &commit.id,
        gates: &gates,
        app_id: ruleset.app_id,
        workflow: &ruleset.workflow,
        workflow_id: Some(workflow.id),
    };
    claims.push(checked(github, &required));
    Ok(Reviewed { claims, digests, runs })
}

/// The required checks, as one claim.
fn checked(github: &GitHub, required: &checks::Required<'_>) -> Claim {
    let (name, said) =
        ("checks", format!("{} green, by app {}", required.gates.len(), required.app_id));
    let (posted, runs) = match posted(github, required.sha) {
        Ok(both) => both,
        Err(failure) => return Claim::new(name, said, "not shown", vec![failure.finding()]),
    };
    let (lines, findings) = checks::judge(required, &posted, &runs);
    let green = lines.iter().filter(|line| line.verdict == Verdict::Pass).count();
    let refusals =
        findings.into_iter().filter(|it| verdict(std::slice::from_ref(it)) != Verdict::Pass);
    let refusals: Vec<Finding> = refusals.collect();
    Claim::new(name, said, format!("{green} of {} green", lines.len()), refusals)
}

/// When a candidate was published.
pub(super) fn published(github: &GitHub, tag: &str) -> Known<Timestamp> {
    let path = github.repo(&format!("releases/tags/{}", encoded(tag)));
    match seen(github.read::<Release>(&path)) {
        Known::Is(release) => {
            let time = release.published_at.as_deref().and_then(|time| time.parse().ok());
            time.map_or(Known::Absent, Known::Is)
        }
        Known::Absent => Known::Absent,
        Known::Unseen(finding) => Known::Unseen(finding),
    }
}

/// The bytes of a scorecard, and of the archive beside it.
pub(super) type Evidence = (Vec<u8>, Vec<u8>);

/// Scorecard and archive of a review, as its last run left them.
pub(super) fn evidence(
    github: &GitHub,
    runs: &[(Expected, RunFacts)],
    digests: &Digests,
) -> Result<Evidence, Box<Finding>> {
    let gone = || {
        let help = "make new runs: `cargo xtask orr --on github`";
        Box::new(Finding::new(Code::Cec40, "no run has its artifact any more").help(help))
    };
    let (expected, run) = runs.last().ok_or_else(gone)?;
    let (Known::Is(seen), Known::Is(artifacts)) = (&run.run, &run.artifacts) else {
        return Err(gone());
    };
    let artifact = choose_artifact(expected, seen.id, artifacts)?;
    let path = github.repo(&format!("actions/artifacts/{}/zip", artifact.id));
    let bytes = github.download(&path, MOST_BYTES).map_err(|failure: Failure| failure.finding())?;
    if let Some(wrong) = judge_digest(artifact, &sha256_hex(&bytes)) {
        return Err(Box::new(wrong));
    }
    let bundle = bundle::open(&expected.programme, &bytes)?;
    let same = sha256_hex(&bundle.zip) == digests.evidence_zip_sha256
        && sha256_hex(&bundle.scorecard) == digests.scorecard_sha256;
    if !same {
        let finding = Finding::new(Code::ReleaseDigest, "the run's artifact changed meanwhile");
        return Err(Box::new(finding.help("run the command again")));
    }
    Ok((bundle.scorecard, bundle.zip))
}

/// Whether what is published stays as it is.
pub(super) fn immutable(github: &GitHub) -> Claim {
    let (name, said) = ("immutable", "releases lock at their publication");
    match seen(github.read::<Immutable>(&github.repo("immutable-releases"))) {
        Known::Is(reported) if reported.enabled => Claim::new(name, said, "they do", Vec::new()),
        Known::Unseen(finding) => Claim::new(name, said, "not shown", vec![finding]),
        Known::Is(_) | Known::Absent => {
            let message = "GitHub does not lock this repository's releases";
            let finding = Finding::new(Code::ReleaseMutable, message).help(
                "switch immutable releases on in its settings; only who may change them sees that",
            );
            Claim::new(name, said, "they do not", vec![finding])
        }
    }
}

/// What the server's rules about tags have against a tag. Where they cannot be read, the
/// push itself reports.
pub(super) fn tag_rules(github: &GitHub, tag: &str) -> Vec<Finding> {
    let listed = github.list::<Value>(&github.repo("rulesets?includes_parents=true"), None);
    let of_tags = |one: &Value| one.get("target").and_then(Value::as_str) == Some("tag");
    let listed = listed.unwrap_or_default().into_iter().filter(of_tags);
    let ids = listed.filter_map(|one| one.get("id").and_then(Value::as_u64));
    let read = |id| github.read(&github.repo(&format!("rulesets/{id}?includes_parents=true"))).ok();
    let rulesets: Vec<Value> = ids.filter_map(read).collect();
    judge_tag(&rulesets, tag)
}

/// Whether releases lock, as the server reports it.
#[derive(Deserialize)]
struct Immutable {
    #[serde(default)]
    enabled: bool,
}

/// What time the server says it is: the machine's own clock could be set to a time at which a
/// soak is over.
pub(super) fn now(github: &GitHub) -> Result<Timestamp, Box<Claim>> {
    let (name, said) = ("clock", "the server's");
    let failed = |finding| Box::new(Claim::new(name, said, "not shown", vec![finding]));
    let path = github.repo("");
    let answer = github.look(path.trim_end_matches('/'));
    let answer = answer.map_err(|failure| failed(failure.finding()))?;
    answer.header("date").and_then(date).ok_or_else(|| {
        let message = "the server does not say what time it is";
        failed(Finding::new(Code::ServerSilent, message).help("run it again later"))
    })
}
