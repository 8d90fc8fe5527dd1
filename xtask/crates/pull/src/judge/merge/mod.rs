//! The merge gate (P-5, Z-6): whether a pull request may be merged
//! now. Every part says all that speaks against it; any doubt is `NO_MERGE`.

pub(crate) mod approvals;
pub mod delivery;
mod demands;
mod judge;
pub(crate) mod snapshot;

use thrice_findings::{Code, Finding, Severity, Verdict, verdict};

pub use demands::{ApprovalDemand, demands};
pub(crate) use judge::Judged;
pub use judge::judge;

/// The finding that closes a check of the merge gate: how many reasons there are.
#[must_use]
pub(crate) fn no_merge(findings: &[Finding]) -> Option<Finding> {
    let refuses = |finding: &&Finding| finding.severity == Severity::Refuse;
    let open = verdict(findings) == Verdict::NotEstablished;
    let reasons = findings.iter().filter(refuses).count();
    let mut codes: Vec<&str> =
        findings.iter().filter(refuses).map(|finding| finding.code.name()).collect();
    codes.sort_unstable();
    codes.dedup();
    let plural = if reasons == 1 { "" } else { "s" };
    let message = format!("{reasons} reason{plural} against merging: {}", codes.join(", "));
    (reasons > 0).then(|| {
        let mut closing = Finding::new(Code::NoMerge, message)
            .help("settle each, then run the check again: it looks at everything anew");
        // Where all is open, the answer stays "not established": it is no merge all the same.
        if open {
            closing.severity = Severity::Note;
        }
        closing
    })
}

#[cfg(test)]
mod tests;
