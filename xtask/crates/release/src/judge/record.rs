//! What the ledger has against a release: risks, incidents, and exceptions that lift a rule.

use jiff::Timestamp;

use super::message::Pin;
use super::{ReleaseFacts, refused};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known, Place, Verdict, verdict};
use thrice_ledger::decisions::entries::ExceptionEntry;
use thrice_ledger::decisions::{Alarm, AlarmKind, Severity, Standing, Step};
use thrice_ledger::expiry;
use thrice_patch::judge::approvals::RecordedApproval;
use thrice_programme::release::Stage;
use thrice_programme::risk::{IncidentSeverity, RiskSeverity};
use thrice_pull::judge::claims::Claim;

/// The ledger as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    /// How people know it.
    pub path: String,
    /// Where the default branch's ends.
    pub pin: Pin,
    /// What it says now.
    pub standing: Standing,
    pub approvals: Vec<(Stage, RecordedApproval)>,
}

impl Ledger {
    /// The exception to a rule that holds now.
    ///
    /// # Errors
    /// Why others do not, as a clause with a space before it; empty where there are none.
    pub(super) fn exception(&self, rule: &str, facts: &ReleaseFacts<'_>) -> Result<String, String> {
        let (sha, now, tag) = (facts.sha, facts.now, facts.name());
        let version = facts.tagged.version.to_string();
        let meant = |of: &str| of == tag || of == version;
        let of_rule = self.standing.exceptions.iter().filter(|it| it.content.rule == rule);
        let mut why = String::new();
        for exception in of_rule {
            let ExceptionEntry { sha: commit, subject, expires_at, .. } = &exception.content;
            let other = subject.as_ref().filter(|subject| !meant(subject));
            let reason = if commit.as_ref().is_some_and(|commit| commit.0 != sha) {
                "is of another commit".to_owned()
            } else if let Some(subject) = other {
                format!("is for {}", quoted(subject))
            } else if expiry::is_over(Some(*expires_at), now) {
                format!("ended at {expires_at}")
            } else if let Err(finding) = exception.calms() {
                format!("does not count: {}", finding.message)
            } else {
                return Ok(exception.id.clone());
            };
            why = format!(" (the exception {} {reason})", exception.id);
        }
        Err(why)
    }

    fn at(&self, alarm: &Alarm, finding: Finding) -> Finding {
        finding.at(Place::line(&self.path, alarm.line))
    }
}

/// Risks and incidents; that the ledger holds is the first of the claims.
pub(super) fn check(facts: &ReleaseFacts<'_>) -> Vec<Claim> {
    let ledger = match facts.ledger {
        Known::Is(ledger) => ledger,
        Known::Absent => {
            return vec![Claim::new("ledger", "holds", "there is none yet", Vec::new())];
        }
        Known::Unseen(finding) => {
            let seen = match verdict(std::slice::from_ref(finding)) {
                Verdict::NotEstablished => "not shown",
                _ => "it does not hold",
            };
            let mut claims = vec![Claim::new("ledger", "holds", seen, vec![finding.clone()])];
            claims.push(Claim::open(
                "risks",
                "no critical risk open",
                "the ledger does not report",
            ));
            claims.push(Claim::open("incidents", "no P0", "the ledger does not report"));
            return claims;
        }
    };
    let seen = format!("{} in all", ledger.pin.entries);
    vec![Claim::new("ledger", "holds", seen, Vec::new()), risks(ledger), incidents(facts, ledger)]
}

fn risks(ledger: &Ledger) -> Claim {
    let critical = Severity::Risk(RiskSeverity::Critical);
    let open = ledger.standing.of_kind(AlarmKind::Risk);
    let open = open.filter(|risk| risk.severity == critical && risk.is_open());
    let findings: Vec<Finding> = open
        .map(|risk| {
            let (id, title) = (quoted(&risk.id), quoted(&risk.title));
            let message = format!("the critical risk {id} is open: {title}");
            let help = "mitigate it, or have it accepted";
            ledger.at(risk, refused(Code::ReleaseRisk, message, help))
        })
        .collect();
    Claim::new("risks", "no critical risk open", format!("{} open", findings.len()), findings)
}

fn incidents(facts: &ReleaseFacts<'_>, ledger: &Ledger) -> Claim {
    let candidate = facts.candidate.as_ref();
    let since = candidate.and_then(|it| it.tagged_at.into_iter().chain(it.published_at()).min());
    let worst = ledger.standing.of_kind(AlarmKind::Incident);
    let worst = worst.filter(|it| it.severity == Severity::Incident(IncidentSeverity::P0));
    let bad = worst.filter_map(|incident| {
        let why = if incident.is_open() {
            "is not over"
        } else if since.is_some_and(|since| was_open_since(incident, since)) {
            "came after the candidate"
        } else {
            return None;
        };
        Some((incident, why))
    });
    let findings: Vec<Finding> = bad
        .map(|(incident, why)| {
            let (id, title) = (quoted(&incident.id), quoted(&incident.title));
            let message = format!("the P0 incident {id} {why}: {title}");
            let help = "fix its cause, then make a new candidate";
            ledger.at(incident, refused(Code::ReleaseIncident, message, help))
        })
        .collect();
    let said = if since.is_some() { "no P0 since the candidate" } else { "no P0 open" };
    Claim::new("incidents", said, format!("{} found", findings.len()), findings)
}

/// Whether an incident began after a time, or was recorded after it as going on.
fn was_open_since(incident: &Alarm, since: Timestamp) -> bool {
    let going_on = [Step::Acknowledge, Step::Contain].into_iter();
    let mut recorded = going_on.filter_map(|step| incident.steps.get(&step));
    incident.opened >= since
        || incident.raised >= since
        || recorded.any(|taken| taken.recorded >= since)
}
