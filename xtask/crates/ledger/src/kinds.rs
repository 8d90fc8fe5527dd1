//! Whether an entry says what its kind says: an entry that lacks a member that is
//! required, or has one that its table in `decisions::entries` does not have, is refused.

use super::form::{Form, fits};
use super::scan::{Member, Slip};
use thrice_policy::table::{did_you_mean, listed};
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

/// What an entry of a kind says.
#[must_use]
pub(crate) fn members(kind: Kind) -> &'static [DataMember] {
    use super::decisions::entries as entry;
    match kind {
        Kind::Approval => entry::ApprovalEntry::MEMBERS,
        Kind::Release => entry::ReleaseEntry::MEMBERS,
        Kind::Deploy => entry::DeployEntry::MEMBERS,
        Kind::Risk => entry::RiskEntry::MEMBERS,
        Kind::Incident => entry::IncidentEntry::MEMBERS,
        Kind::Block => entry::BlockEntry::MEMBERS,
        Kind::Unblock => entry::UnblockEntry::MEMBERS,
        Kind::Drill => entry::DrillEntry::MEMBERS,
        Kind::WaveGate => entry::WaveGateEntry::MEMBERS,
        Kind::SprintGate => entry::SprintGateEntry::MEMBERS,
        Kind::Trigger => entry::TriggerEntry::MEMBERS,
        Kind::CycleClose => entry::CycleCloseEntry::MEMBERS,
        Kind::Exception => entry::ExceptionEntry::MEMBERS,
    }
}

/// Checks what an entry of a kind says; `at` is where its data begins.
///
/// # Errors
/// The first slip.
pub(crate) fn check(kind: Kind, data: &[Member<'_>], at: usize) -> Result<(), Slip> {
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
    let hint = did_you_mean(name, &names, format!("it has {}", listed(&names)));
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
