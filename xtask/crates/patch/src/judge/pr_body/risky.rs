//! Whether a patch is risky, so that its body says how it is taken back and which runbook
//! speaks of it (S-1.5).

use crate::judge::filemap::{Reach, Ruling};
use crate::judge::patch::Patch;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, display_bytes};
use thrice_programme::Filemap;

/// What is risky of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Risky {
    /// Nothing.
    No,
    /// It touches what needs an approval: where it is of a story, that says how it is
    /// taken back.
    Approval,
    /// What policy declares, in words: it is of a story, which says how it is taken back
    /// and which runbook speaks of it.
    Declared(String),
}

impl Risky {
    /// What is risky of a patch.
    #[must_use]
    pub fn of(filemap: &Filemap, patch: &Patch, rulings: &[Ruling<'_>]) -> Self {
        if let Some(why) = declared(filemap, patch) {
            return Self::Declared(why);
        }
        let held = |ruling: &Ruling<'_>| {
            !ruling.approvals.is_empty() || matches!(ruling.reach, Reach::Frozen(..))
        };
        if rulings.iter().any(held) { Self::Approval } else { Self::No }
    }

    /// Whether a story must say how the patch is taken back.
    #[must_use]
    pub(crate) fn wants_rollback(&self) -> bool {
        *self != Self::No
    }

    /// What a body lacks whose story says these two things; none where it is no story's
    /// and need not be, or says what it must.
    #[must_use]
    pub fn lacks(&self, rollback: bool, runbook: bool) -> Option<(&'static str, String)> {
        match self {
            Self::Declared(why) if !rollback => Some(("Rollback", why.clone())),
            Self::Declared(why) if !runbook => Some(("Runbook", why.clone())),
            Self::Approval if !rollback => {
                Some(("Rollback", "the patch touches what needs an approval".to_owned()))
            }
            _ => None,
        }
    }

    /// What a risky patch lacks that is of no story, or whose story leaves something out.
    #[must_use]
    pub(crate) fn unsaid(&self, story: Option<(bool, bool)>) -> Option<Finding> {
        let Self::Declared(why) = self else { return None };
        let message = match story {
            None => format!("{why}, and no story says how it is taken back"),
            Some((false, _)) => format!("{why}, and its story does not say how it is taken back"),
            Some((_, false)) => format!("{why}, and its story names no runbook that speaks of it"),
            Some(_) => return None,
        };
        Some(Finding::new(Code::RiskyChange, message).help(
            "give `--story` and `--story-notes` with `rollback = [\"…\"]` and, below \
            `[runbook]`, `changed = [\"…\"]`; or make the change smaller",
        ))
    }
}

fn declared(filemap: &Filemap, patch: &Patch) -> Option<String> {
    let rule = filemap.risky.as_ref()?;
    let touched = patch.changes.iter().find_map(|change| {
        let path = String::from_utf8_lossy(&change.path);
        let glob = rule.paths.iter().find(|glob| glob.glob.is_match(&path))?;
        Some((display_bytes(&change.path), glob.glob.text()))
    });
    if let Some((path, glob)) = touched {
        return Some(format!("{path} is risky by {}: {}", quoted(glob), rule.reason));
    }
    let count = patch.changes.len();
    let many = rule.files.filter(|files| count as u64 >= *files)?;
    Some(format!("{count} paths change, of which {many} are risky: {}", rule.reason))
}
