//! Approvals of a release: of each role that policy names, on exactly this commit.

use super::{ReleaseFacts, refused, short};
use thrice_findings::{Code, Finding, Known};
use thrice_patch::judge::approvals;
use thrice_patch::judge::approvals::{Approvals, RecordedApproval};
use thrice_pull::judge::claims::Claim;

/// One claim a role.
pub(super) fn check(facts: &ReleaseFacts<'_>) -> Vec<Claim> {
    let roles = facts.rules.approvals(facts.stage());
    let judged = match facts.ledger {
        Known::Is(ledger) => {
            let of_stage = ledger.approvals.iter().filter(|(stage, _)| *stage == facts.stage());
            let recorded: Vec<RecordedApproval> =
                of_stage.map(|(_, recorded)| recorded.clone()).collect();
            approvals::judge(&approvals::PatchApprovalFacts {
                recorded: &recorded,
                ledger: &ledger.path,
                makers: facts.makers,
                widened: &[],
                now: facts.now,
            })
        }
        Known::Absent => Approvals::default(),
        Known::Unseen(_) => {
            let open = |role: &String| {
                Claim::open(format!("approval of {role}"), "given", "the ledger does not report")
            };
            return roles.iter().map(open).collect();
        }
    };
    roles.iter().map(|role| of_role(facts, &judged, role)).collect()
}

fn of_role(facts: &ReleaseFacts<'_>, judged: &Approvals, role: &String) -> Claim {
    let (name, said) = (format!("approval of {role}"), format!("of {}", short(facts.sha)));
    let subject = facts.tagged.version.to_string();
    if let Some(given) = judged.of(&subject, std::slice::from_ref(role)) {
        return Claim::new(name, said, given.by.clone(), Vec::new());
    }
    if !judged.open.is_empty() {
        return Claim::new(name, said, "nobody can say", judged.open.clone());
    }
    Claim::new(name, said, "none that counts", vec![missing(facts, judged, role)])
}

fn missing(facts: &ReleaseFacts<'_>, judged: &Approvals, role: &str) -> Finding {
    let message = format!(
        "no {role} approved {} as {}{}",
        short(facts.sha),
        facts.stage().word(),
        judged.why_not()
    );
    let help = format!(
        "somebody who is {role} and made no part of it: `cargo xtask approve release --sha {} --stage {}`",
        facts.sha,
        facts.stage().word()
    );
    refused(Code::ReleaseApproval, message, help)
}

/// The ids of the entries by which a release is approved.
#[must_use]
pub(crate) fn given(facts: &ReleaseFacts<'_>) -> Vec<String> {
    let Known::Is(ledger) = facts.ledger else { return Vec::new() };
    let of_stage = ledger.approvals.iter().filter(|(stage, _)| *stage == facts.stage());
    let recorded: Vec<RecordedApproval> = of_stage.map(|(_, recorded)| recorded.clone()).collect();
    let (makers, now) = (facts.makers, facts.now);
    let judged = approvals::judge(&approvals::PatchApprovalFacts {
        recorded: &recorded,
        ledger: &ledger.path,
        makers,
        widened: &[],
        now,
    });
    judged.given.into_iter().map(|given| given.id).collect()
}
