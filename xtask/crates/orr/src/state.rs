//! The states of the agent's contract (H-1.1), as a journal reports them.
//!
//! `PLANNING → PATCHING → SANDBOX_PUSH → ORR_RUN[n] → ORR_OK? → (NO) REPLAN | (YES)
//! PR_OPEN → REVIEW → MERGE | REWORK`. What comes before the journal is reported by git.

use serde::Serialize;

use super::journal::{EngineKind, JournalLine};
use thrice_findings::Verdict;

/// A state of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HarnessState {
    /// There is no patch yet.
    Planning,
    /// There is a patch, and no review of it.
    Patching,
    /// The sandbox branch is being pushed.
    SandboxPush,
    /// Runs are being made; how many were begun.
    OrrRun(u32),
    /// The runs passed.
    OrrOk,
    /// The runs did not pass: a new plan, a new patch.
    Replan,
    /// The pull request is open.
    PrOpen,
    /// What it claims is being verified.
    Review,
    /// It may be merged.
    Merge,
    /// It was closed, and its branch discarded.
    Rework,
}

impl HarnessState {
    /// The document's word.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Planning => "PLANNING".to_owned(),
            Self::Patching => "PATCHING".to_owned(),
            Self::SandboxPush => "SANDBOX_PUSH".to_owned(),
            Self::OrrRun(run) => format!("ORR_RUN[{run}]"),
            Self::OrrOk => "ORR_OK".to_owned(),
            Self::Replan => "REPLAN".to_owned(),
            Self::PrOpen => "PR_OPEN".to_owned(),
            Self::Review => "REVIEW".to_owned(),
            Self::Merge => "MERGE".to_owned(),
            Self::Rework => "REWORK".to_owned(),
        }
    }

    /// Whether the contract lets `next` follow.
    #[must_use]
    pub(crate) fn may_become(self, next: Self) -> bool {
        use HarnessState::{
            Merge, OrrOk, OrrRun, Patching, Planning, PrOpen, Replan, Review, Rework, SandboxPush,
        };
        match (self, next) {
            (OrrRun(before), OrrRun(after)) => after >= before,
            (Planning, Patching)
            | (Patching, SandboxPush | OrrRun(_))
            | (SandboxPush, SandboxPush | OrrRun(_))
            | (OrrRun(_), OrrOk | Replan | Patching)
            | (OrrOk, PrOpen)
            | (PrOpen, Review | Rework)
            | (Review, Review | Merge | Rework)
            | (Merge, Review | Merge | Rework) => true,
            _ => false,
        }
    }

    /// The state after a line of a journal; `None` where the line changes nothing.
    #[must_use]
    pub fn after(self, line: &JournalLine) -> Option<Self> {
        match line {
            JournalLine::Opened(opened) if opened.engine == EngineKind::Local => {
                Some(Self::OrrRun(0))
            }
            JournalLine::Opened(_) => Some(Self::SandboxPush),
            JournalLine::DispatchBegan { run, .. } => Some(Self::OrrRun(self.runs().max(*run))),
            JournalLine::GateBegan { run, .. } => Some(Self::OrrRun(self.runs().max(*run))),
            JournalLine::Decided { verdict: Verdict::Pass, .. } => Some(Self::OrrOk),
            JournalLine::Decided { .. } => Some(Self::Replan),
            JournalLine::PullOpened { .. } => Some(Self::PrOpen),
            JournalLine::PullVerified { .. } => Some(Self::Review),
            JournalLine::MergeChecked { verdict: Verdict::Pass, .. } => Some(Self::Merge),
            JournalLine::MergeChecked { .. } => Some(Self::Review),
            JournalLine::RolledBack { .. } => Some(Self::Rework),
            _ => None,
        }
    }

    /// Whether the runs passed, whatever came after.
    #[must_use]
    pub fn is_proven(self) -> bool {
        matches!(self, Self::OrrOk | Self::PrOpen | Self::Review | Self::Merge)
    }

    fn runs(self) -> u32 {
        if let Self::OrrRun(runs) = self { runs } else { 0 }
    }
}

/// The states that a journal's lines went through, without repetitions; the last is
/// the present one.
///
/// # Errors
/// A line that the contract does not let follow: its number from 1, and the two states.
pub fn path(
    lines: &[JournalLine],
) -> Result<Vec<HarnessState>, (usize, HarnessState, HarnessState)> {
    let mut path = vec![HarnessState::Patching];
    let mut rehearsal = false;
    for (number, line) in lines.iter().enumerate() {
        let before = path.last().copied().unwrap_or(HarnessState::Patching);
        let Some(mut next) = before.after(line) else { continue };
        if let JournalLine::Opened(opened) = line {
            rehearsal = opened.rehearsal;
        }
        // Nothing stands on a rehearsal: whoever wrote the patch is still at work on it.
        if rehearsal && matches!(next, HarnessState::OrrOk | HarnessState::Replan) {
            next = HarnessState::Patching;
        }
        if next == before {
            continue;
        }
        if !before.may_become(next) {
            return Err((number + 1, before, next));
        }
        path.push(next);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::super::journal::Opened;
    use super::*;

    fn opened(engine: EngineKind) -> JournalLine {
        JournalLine::Opened(Opened {
            schema: "xtask/journal/1".to_owned(),
            id: "r".to_owned(),
            number: 1,
            engine,
            commit: "c".to_owned(),
            policy_sha256: "p".to_owned(),
            runs: 3,
            keep_going: false,
            until: false,
            rehearsal: false,
            vary: thrice_programme::VaryMode::None,
            branch: None,
            from: None,
            programs: Default::default(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
        })
    }

    fn dispatched(run: u32) -> JournalLine {
        JournalLine::DispatchBegan { run, nonce: "n".to_owned() }
    }

    fn decided(verdict: Verdict) -> JournalLine {
        JournalLine::Decided { verdict, exit: 0 }
    }

    #[test]
    fn a_journal_tells_its_states() {
        let lines = [
            opened(EngineKind::Github),
            dispatched(1),
            dispatched(2),
            dispatched(2),
            decided(Verdict::Pass),
            JournalLine::PullOpened { number: 7 },
            JournalLine::PullVerified { number: 7, verdict: Verdict::Fail, findings: Vec::new() },
            JournalLine::MergeChecked { number: 7, verdict: Verdict::Pass },
            JournalLine::RolledBack { number: 7 },
        ];
        let words: Vec<_> = path(&lines).unwrap().into_iter().map(HarnessState::word).collect();
        let expected =
            "PATCHING SANDBOX_PUSH ORR_RUN[1] ORR_RUN[2] ORR_OK PR_OPEN REVIEW MERGE REWORK";
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn a_rehearsal_is_never_ok() {
        for verdict in [Verdict::Pass, Verdict::Fail] {
            let JournalLine::Opened(opened) = opened(EngineKind::Local) else { unreachable!() };
            let opened = JournalLine::Opened(Opened { rehearsal: true, ..opened });
            let began = JournalLine::GateBegan { run: 1, gate: "T1".to_owned() };
            let path = path(&[opened, began, decided(verdict)]).unwrap();
            assert_eq!(path.last(), Some(&HarnessState::Patching));
        }
    }

    #[test]
    fn what_the_contract_does_not_let_follow_is_reported() {
        let open = JournalLine::PullOpened { number: 7 };
        for lines in [
            vec![opened(EngineKind::Local), open.clone()],
            vec![opened(EngineKind::Local), decided(Verdict::Fail), open.clone()],
            vec![opened(EngineKind::Github), decided(Verdict::Pass)],
            vec![opened(EngineKind::Local), decided(Verdict::Pass), dispatched(1)],
            vec![JournalLine::RolledBack { number: 7 }],
        ] {
            let (number, _, _) = path(&lines).unwrap_err();
            assert_eq!(number, lines.len());
        }
    }
}
