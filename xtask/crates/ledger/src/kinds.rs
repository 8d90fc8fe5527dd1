//! What each kind of entry says: one table, by which entries are appended and verified.
//!
//! To give a kind a member, add a line; an entry that lacks one that is needed, or has
//! one that is not here, is refused.

use super::form::{Form, fits};
use super::scan::{Member, Slip};
use thrice_policy::table::{listed, nearest};
use thrice_programme::Kind;

/// A member of an entry's data.
#[derive(Clone, Copy, Debug)]
pub struct DataMember {
    /// Its name.
    pub name: &'static str,
    /// What it can be.
    pub form: Form,
    /// Whether an entry must have it.
    pub required: bool,
}

const fn needs(name: &'static str, form: Form) -> DataMember {
    DataMember { name, form, required: true }
}

const fn may(name: &'static str, form: Form) -> DataMember {
    DataMember { name, form, required: false }
}

/// How bad a risk, a block or an incident is (P-6).
pub const SEVERITIES: &[&str] = &["critical", "high", "medium"];

/// What an entry of a kind says.
#[must_use]
pub fn members(kind: Kind) -> &'static [DataMember] {
    use Form::{Count, Object, Sha256, Text, Texts, Time, Truth, Word};
    match kind {
        Kind::Approval => {
            const OF: &[DataMember] = &[
                needs("about", Word(&["change", "risk", "rc", "ga", "story"])),
                may("subject", Text),
                needs("sha", Object),
                needs("tree", Object),
                may("base", Object),
                may("content_sha256", Sha256),
                may("paths", Texts),
                may("role", Text),
                may("pull", Count),
                may("reason", Text),
                may("expires_at", Time),
            ];
            OF
        }
        Kind::Release => {
            const OF: &[DataMember] = &[
                needs("stage", Word(&["rc", "ga"])),
                needs("tag", Text),
                needs("version", Text),
                needs("sha", Object),
                may("tag_object", Object),
                may("rc", Text),
                may("line", Text),
                may("run_ids", Texts),
                needs("scorecard_sha256", Sha256),
                needs("evidence_zip_sha256", Sha256),
                may("pack_sha256", Sha256),
                may("stories", Texts),
                may("approvals", Texts),
                may("url", Text),
            ];
            OF
        }
        Kind::Deploy => {
            const OF: &[DataMember] = &[
                needs("environment", Text),
                needs("tag", Text),
                needs("sha", Object),
                needs("result", Word(&["succeeded", "failed", "rolled-back"])),
                may("note", Text),
                may("url", Text),
            ];
            OF
        }
        Kind::Risk => {
            const OF: &[DataMember] = &[
                needs("risk", Text),
                needs("state", Word(&["open", "accepted", "mitigated", "closed"])),
                needs("severity", Word(SEVERITIES)),
                needs("title", Text),
                may("owner", Text),
                may("mitigation", Text),
                may("due_at", Time),
                may("expires_at", Time),
                may("stories", Texts),
                may("wave", Text),
                may("category", Text),
                may("at", Time),
                may("acknowledged_at", Time),
                may("contained_at", Time),
                may("reason", Text),
            ];
            OF
        }
        Kind::Incident => {
            const OF: &[DataMember] = &[
                needs("incident", Text),
                needs("state", Word(&["open", "acknowledged", "contained", "recovered", "closed"])),
                needs("severity", Word(&["P0", "P1", "P2", "P3"])),
                needs("title", Text),
                may("owner", Text),
                may("tag", Text),
                may("sha", Object),
                may("began_at", Time),
                may("at", Time),
                may("wave", Text),
                may("stories", Texts),
                may("category", Text),
                may("postmortem", Text),
                may("postmortem_sha256", Sha256),
                may("note", Text),
                may("url", Text),
            ];
            OF
        }
        Kind::Block => {
            const OF: &[DataMember] = &[
                needs("block", Text),
                needs("subject", Text),
                needs("severity", Word(SEVERITIES)),
                needs("cause", Text),
                needs("owner", Text),
                may("impact", Text),
                may("trigger", Text),
                may("eta", Time),
                may("upstream", Text),
                may("at", Time),
                may("acknowledged_at", Time),
                may("contained_at", Time),
            ];
            OF
        }
        Kind::Unblock => {
            const OF: &[DataMember] =
                &[needs("block", Text), needs("reason", Text), may("at", Time)];
            OF
        }
        Kind::Drill => {
            const OF: &[DataMember] = &[
                needs("drill", Text),
                needs("result", Word(&["pass", "fail"])),
                may("rpo_seconds", Count),
                may("rto_seconds", Count),
                may("evidence_sha256", Sha256),
                may("note", Text),
            ];
            OF
        }
        Kind::EvidenceDecision => {
            const OF: &[DataMember] = &[
                needs("subject", Text),
                needs("decision", Word(&["accepted", "refused"])),
                needs("evidence_sha256", Sha256),
                may("sha", Object),
                may("reason", Text),
            ];
            OF
        }
        Kind::WaveGate => {
            const OF: &[DataMember] = &[
                needs("wave", Text),
                needs("decision", Word(&["pass", "fail", "conditional"])),
                may("sha", Object),
                may("evidence_sha256", Sha256),
                may("conditions", Texts),
                may("expires_at", Time),
                may("reason", Text),
            ];
            OF
        }
        Kind::CycleClose => {
            const OF: &[DataMember] = &[
                needs("cycle", Text),
                needs("decision", Word(&["met", "not-met"])),
                may("stories_done", Texts),
                may("stories_open", Texts),
                may("moved_to", Text),
                may("evidence_sha256", Sha256),
                may("lessons", Text),
            ];
            OF
        }
        Kind::Exception => {
            const OF: &[DataMember] = &[
                needs("rule", Text),
                needs("reason", Text),
                needs("expires_at", Time),
                may("subject", Text),
                may("sha", Object),
                may("tree", Object),
                may("final", Truth),
            ];
            OF
        }
        Kind::Merge => {
            const OF: &[DataMember] = &[needs("entries", Count), needs("root", Sha256)];
            OF
        }
    }
}

/// Checks what an entry of a kind says; `at` is where its data begins.
///
/// # Errors
/// The first slip.
pub fn check(kind: Kind, data: &[Member<'_>], at: usize) -> Result<(), Slip> {
    let known = members(kind);
    for member in data {
        let found = known.iter().find(|known| known.name == member.name.raw);
        let Some(found) = found else {
            return Err(Slip::new(member.name.at, unknown(kind, member.name.raw, known)));
        };
        if let Err(wanted) = fits(found.form, member.value.raw) {
            let name = found.name;
            return Err(Slip::new(member.value.at, format!("`{name}` must be {wanted}")));
        }
    }
    if let Some(missing) = known
        .iter()
        .find(|known| known.required && !data.iter().any(|member| member.name.raw == known.name))
    {
        let kind = kind.word();
        return Err(Slip::new(at, format!("`{}` is missing in this {kind}", missing.name)));
    }
    Ok(())
}

fn unknown(kind: Kind, name: &str, known: &[DataMember]) -> String {
    let names: Vec<&str> = known.iter().map(|member| member.name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", listed(&names)),
    };
    format!("no {} says `{name}`: {hint}", kind.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_something_and_no_member_stands_twice() {
        for kind in Kind::ALL {
            let mut names: Vec<_> = members(kind).iter().map(|member| member.name).collect();
            assert!(members(kind).iter().any(|member| member.required), "{kind:?}");
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{kind:?}");
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(Kind::ALL.len(), Kind::WORDS.len());
    }
}
