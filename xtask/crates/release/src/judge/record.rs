//! What the ledger says of risks, incidents and exceptions. An alarm counts whoever
//! raised it; what calls it off must count itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::message::Pin;
use super::{Facts, refused};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place, Verdict, verdict};
use thrice_ledger::expiry;
use thrice_patch::judge::approvals::Recorded;
use thrice_programme::Kind;
use thrice_programme::release::Stage;
use thrice_pull::judge::claims::{Claim, Seen};

/// An entry of the ledger that bears on a release.
#[derive(Clone, Debug)]
pub struct Noted {
    /// Its line, from 1.
    pub line: usize,
    /// Its own name.
    pub id: String,
    /// What sort it is.
    pub kind: Kind,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it says.
    pub data: Map<String, Value>,
    /// Why it does not count, where it does not.
    pub refused: Option<Finding>,
}

impl Noted {
    /// A text of what it says.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name)?.parse().ok()
    }
}

/// The ledger as it stands here; it begins with that of the default branch.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// How people know it.
    pub path: String,
    /// Where the default branch's ends.
    pub pin: Pin,
    /// Risks, incidents, exceptions, releases and deployments, in their order.
    pub noted: Vec<Noted>,
    /// Approvals of releases.
    pub approvals: Vec<(Stage, Recorded)>,
}

impl Ledger {
    /// The exception to a rule that holds now.
    ///
    /// # Errors
    /// Why others do not, as a clause with a space before it; empty where there are none.
    pub(super) fn exception(&self, rule: &str, facts: &Facts<'_>) -> Result<String, String> {
        let (sha, now, tag) = (facts.sha, facts.now, facts.name());
        let version = facts.tagged.version.to_string();
        let meant = |of: &str| of == tag || of == version;
        let of_rule = self
            .noted
            .iter()
            .filter(|noted| noted.kind == Kind::Exception && noted.text("rule") == Some(rule));
        let mut why = String::new();
        for noted in of_rule {
            let reason = if noted.text("sha").is_some_and(|of| of != sha) {
                "is of another commit".to_owned()
            } else if noted.text("subject").is_some_and(|of| !meant(of)) {
                format!("is for {}", quoted(noted.text("subject").unwrap_or_default()))
            } else if expiry::is_over(noted.time("expires_at"), now) {
                format!("ended at {}", noted.text("expires_at").unwrap_or_default())
            } else if let Some(finding) = &noted.refused {
                format!("does not count: {}", finding.message)
            } else {
                return Ok(noted.id.clone());
            };
            why = format!(" (the exception {} {reason})", noted.id);
        }
        Err(why)
    }

    fn at(&self, noted: &Noted, finding: Finding) -> Finding {
        finding.at(Place::line(&self.path, noted.line))
    }
}

/// Risks and incidents; that the ledger holds is the first of the claims.
pub(super) fn check(facts: &Facts<'_>) -> Vec<Claim> {
    let ledger = match facts.ledger {
        Seen::There(ledger) => ledger,
        Seen::Absent => {
            return vec![Claim::new("ledger", "holds", "there is none yet", Vec::new())];
        }
        Seen::Unknown(finding) => {
            let seen = match verdict(std::slice::from_ref(finding)) {
                Verdict::NotEstablished => "not shown",
                _ => "it does not hold",
            };
            let mut claims = vec![Claim::new("ledger", "holds", seen, vec![finding.clone()])];
            claims.push(Claim::open("risks", "none critical is open", "the ledger does not tell"));
            claims.push(Claim::open("incidents", "no P0", "the ledger does not tell"));
            return claims;
        }
    };
    let seen = format!("begins with {} merged", ledger.pin.entries);
    vec![
        Claim::new("ledger", "holds", seen, Vec::new()),
        risks(facts, ledger),
        incidents(facts, ledger),
    ]
}

/// The latest entry of each subject that counts for it: one that calls an alarm off
/// counts only where its author may.
fn latest<'l>(
    ledger: &'l Ledger,
    kind: Kind,
    subject: &str,
    alarms: impl Fn(&Noted) -> bool,
) -> Vec<&'l Noted> {
    let mut latest: BTreeMap<&str, &Noted> = BTreeMap::new();
    for noted in ledger.noted.iter().filter(|noted| noted.kind == kind) {
        if noted.refused.is_some() && !alarms(noted) {
            continue;
        }
        latest.insert(noted.text(subject).unwrap_or_default(), noted);
    }
    let mut all: Vec<&Noted> = latest.into_values().collect();
    all.sort_by_key(|noted| noted.line);
    all
}

fn risks(facts: &Facts<'_>, ledger: &Ledger) -> Claim {
    let is_open = |noted: &Noted| {
        let critical = noted.text("severity") == Some("critical");
        let ended = || expiry::is_over(noted.time("expires_at"), facts.now);
        critical
            && match noted.text("state") {
                Some("mitigated" | "closed") => false,
                Some("accepted") => ended(),
                _ => true,
            }
    };
    let alarms = |noted: &Noted| is_open(noted);
    let open: Vec<&Noted> =
        latest(ledger, Kind::Risk, "risk", alarms).into_iter().filter(|it| is_open(it)).collect();
    let findings = open.iter().map(|noted| {
        let (id, title) = (noted.text("risk").unwrap_or_default(), noted.text("title"));
        let state = match noted.text("state") {
            Some("accepted") => "was accepted for a time that is over",
            _ => "is open",
        };
        let message = format!(
            "the critical risk {} {state}: {}",
            quoted(id),
            quoted(title.unwrap_or_default())
        );
        ledger.at(noted, refused(Code::ReleaseRisk, message, "mitigate it, or have it accepted"))
    });
    let findings: Vec<Finding> = findings.collect();
    let seen = format!("{} open", findings.len());
    Claim::new("risks", "none critical is open", seen, findings)
}

fn incidents(facts: &Facts<'_>, ledger: &Ledger) -> Claim {
    let candidate = facts.candidate.as_ref();
    let since = candidate.and_then(|it| it.tagged_at.into_iter().chain(it.published_at()).min());
    let is_p0 = |noted: &Noted| noted.text("severity") == Some("P0");
    let is_over = |noted: &Noted| matches!(noted.text("state"), Some("recovered" | "closed"));
    let alarms = |noted: &Noted| is_p0(noted) && !is_over(noted);
    let mut bad: Vec<(&Noted, &str)> = latest(ledger, Kind::Incident, "incident", alarms)
        .into_iter()
        .filter(|noted| is_p0(noted) && !is_over(noted))
        .map(|noted| (noted, "is not over"))
        .collect();
    let known = |time: Timestamp| since.is_some_and(|since| time >= since);
    for noted in ledger.noted.iter().filter(|it| it.kind == Kind::Incident && is_p0(it)) {
        let same = |other: &Noted| other.text("incident") == noted.text("incident");
        let mut of_it = ledger.noted.iter().filter(|it| it.kind == Kind::Incident && same(it));
        let first = of_it.next().map_or(noted.created_at, |first| first.created_at);
        let began = noted.time("began_at").unwrap_or(first);
        let is_after = known(began) || (known(noted.created_at) && !is_over(noted));
        if is_after && !bad.iter().any(|(other, _)| same(other)) {
            bad.push((noted, "came after the candidate"));
        }
    }
    let findings: Vec<Finding> = bad
        .iter()
        .map(|(noted, why)| {
            let id = quoted(noted.text("incident").unwrap_or_default());
            let title = quoted(noted.text("title").unwrap_or_default());
            let message = format!("the P0 incident {id} {why}: {title}");
            let help = "mend its cause, then make a new candidate";
            ledger.at(noted, refused(Code::ReleaseIncident, message, help))
        })
        .collect();
    let said = if since.is_some() { "no P0 since the candidate" } else { "no P0 open" };
    Claim::new("incidents", said, format!("{} found", findings.len()), findings)
}
