//! Digests and the pasted scorecard, held against the bytes that the runs left.

use super::runs::{Parts, RunFacts};
use super::{Claim, ClaimFacts, field, problems, short, untrue};
use thrice_findings::text::is_lower_hex;
use thrice_findings::{Code, Finding};

pub(super) fn check(facts: &ClaimFacts<'_>) -> Vec<Claim> {
    let left = common(facts);
    vec![
        digest(facts, "scorecard_sha256", left.map(|parts| parts.scorecard_sha256.as_str())),
        digest(facts, "evidence_zip_sha256", left.map(|parts| parts.zip_sha256.as_str())),
        scorecard(facts, left),
    ]
}

/// What all runs of which it is known left alike.
fn common<'a>(facts: &ClaimFacts<'a>) -> Option<&'a Parts> {
    let mut left = facts.runs.iter().filter_map(RunFacts::parts);
    let first = left.next()?;
    left.all(|other| other.zip_sha256 == first.zip_sha256).then_some(first)
}

fn digest(facts: &ClaimFacts<'_>, key: &'static str, seen: Option<&str>) -> Claim {
    field(facts, key, |said| {
        let seen = seen?;
        let so = is_lower_hex(said, 64) && said == seen;
        let untrue = (!so).then(|| untrue(key, said, seen));
        Some((seen.to_owned(), untrue.into_iter().collect()))
    })
}

/// The scorecard in the body: byte for byte that of the runs.
fn scorecard(facts: &ClaimFacts<'_>, left: Option<&Parts>) -> Claim {
    let name = "scorecard";
    let reported = problems(facts, |field| field.starts_with("Scorecard"));
    let Some(said) = &facts.said.scorecard else {
        let mut findings = reported;
        if findings.is_empty() {
            let message = "the body holds no scorecard";
            findings.push(Finding::new(Code::Refuse10, message).help(Code::Refuse10.fix()));
        }
        return Claim::new(name, "nothing", "", findings);
    };
    let lines = |text: &str| format!("{} lines", text.lines().count());
    let Some(parts) = left else { return Claim::open(name, lines(said), "no run shows it") };
    let seen = format!("sha256 {}", short(&parts.scorecard_sha256));
    if said.as_bytes() == parts.scorecard {
        return Claim::new(name, lines(said), seen, reported);
    }
    let message = "the scorecard in the body is not the one that the runs left";
    let untrue = Finding::new(Code::Cec50, message).help("paste it whole, as it is");
    Claim::new(name, lines(said), seen, vec![untrue])
}
