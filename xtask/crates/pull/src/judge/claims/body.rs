//! Plan, files, Filemap, checklist and form: held against the patch in git.

use std::collections::BTreeSet;

use super::{Claim, ClaimFacts, problems};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known, Severity};
use thrice_patch::judge::plan;
use thrice_patch::judge::pr_body::{CHECKLIST, FILES, KEYS, PLAN, SCORECARD};

/// Sections whose problems have a claim of their own.
const OWN: [&str; 4] = [PLAN, SCORECARD, FILES, CHECKLIST];

pub(super) fn check(facts: &ClaimFacts<'_>) -> Vec<Claim> {
    vec![plan(facts), files(facts), filemap(facts), checklist(facts), form(facts)]
}

fn of(section: &'static str) -> impl Fn(&str) -> bool {
    move |field| field.starts_with(section)
}

fn plan(facts: &ClaimFacts<'_>) -> Claim {
    let mut findings = problems(facts, of(PLAN));
    findings.extend(unseen_evidence(facts));
    let seen = match findings.len() {
        0 => "true of the patch".to_owned(),
        count => format!("{count} untruths"),
    };
    Claim::new("Plan.json", "the plan of the patch", seen, findings)
}

/// Evidence of tasks that the manifests of the runs do not list: whoever names a file
/// claims that the gates left it.
fn unseen_evidence(facts: &ClaimFacts<'_>) -> Vec<Finding> {
    let Some(text) = &facts.said.plan else { return Vec::new() };
    let Ok((plan, _)) = plan::read(text.as_bytes()) else { return Vec::new() };
    let below = format!("{}/", facts.output);
    let mut findings = Vec::new();
    for run in facts.runs {
        let Some(parts) = run.parts() else { continue };
        for path in plan.evidence() {
            let own = path.strip_prefix(&below);
            let is = |left: &String| match own {
                Some(own) => left == own,
                // What a gate leaves elsewhere is kept in its folder, under the same path.
                None => left.splitn(3, '/').nth(2) == Some(path),
            };
            if parts.evidence.iter().any(is) {
                continue;
            }
            let message = format!(
                "the plan names {} as evidence, which run {} did not leave",
                quoted(path),
                quoted(&run.said)
            );
            let help = "name what the gates leave: `cargo xtask plan new` drafts it";
            findings.push(Finding::new(Code::Cec50, message).help(help));
        }
        if !findings.is_empty() {
            break;
        }
    }
    findings
}

fn files(facts: &ClaimFacts<'_>) -> Claim {
    let mut findings = problems(facts, of(FILES));
    let said = format!("{} listed", facts.said.files);
    let seen = format!("{} touched", facts.touched.len());
    match &facts.listed {
        Known::Is(listed) => findings.extend(apart(facts.touched, listed)),
        Known::Absent => findings.push(unlisted("the server lists none")),
        Known::Unseen(finding) => findings.push(finding.clone()),
    }
    Claim::new("files", said, seen, findings)
}

/// Where git and the server name different paths, neither is believed.
fn apart(touched: &[String], listed: &[String]) -> Option<Finding> {
    let ours: BTreeSet<&String> = touched.iter().collect();
    let theirs: BTreeSet<&String> = listed.iter().collect();
    let first = ours.symmetric_difference(&theirs).next()?;
    let whose =
        if ours.contains(first) { "git, but not the server" } else { "the server, but not git" };
    Some(unlisted(&format!("{whose}, lists {}", quoted(first.as_bytes()))))
}

fn unlisted(why: &str) -> Finding {
    Finding::new(Code::NotEstablishedCode, format!("which files the patch touches is open: {why}"))
        .help("run the command again in a minute: the server may still be at work on the patch")
}

/// The Filemap of the base: REFUSE-30 beside each CEC-10.
fn filemap(facts: &ClaimFacts<'_>) -> Claim {
    let mut findings = facts.filemap.to_vec();
    let outside = findings.iter().filter(|finding| finding.code == Code::Cec10).count();
    if outside > 0 {
        let message = format!("the patch leaves the Filemap {outside} times");
        findings.push(Finding::new(Code::Refuse30, message).help(Code::Refuse30.fix()));
    }
    let refused = findings.iter().filter(|finding| finding.severity == Severity::Refuse).count();
    let seen = match refused {
        0 => "inside".to_owned(),
        _ => format!("{refused} reasons against it"),
    };
    Claim::new("Filemap", "all inside", seen, findings)
}

fn checklist(facts: &ClaimFacts<'_>) -> Claim {
    let findings = problems(facts, of(CHECKLIST));
    let seen = if findings.is_empty() { "each item of policy" } else { "not as policy has it" };
    Claim::new("checklist", "all ticked", seen, findings)
}

/// Everything else that is not as the template has it.
fn form(facts: &ClaimFacts<'_>) -> Claim {
    let other = |field: &str| !KEYS.contains(&field) && !OWN.iter().any(|own| of(own)(field));
    let findings = problems(facts, other);
    let seen = if findings.is_empty() { "to the letter" } else { "edited" };
    Claim::new("form", "the template", seen, findings)
}
