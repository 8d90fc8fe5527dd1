//! Reading the ledger, and its entries by the rules and keys of a base.

use super::Entry;
use super::branch::{LedgerBranch, Reading, unestablished};
use super::decisions::entries::ApprovalScope;
use super::decisions::{Alarm, DEFERRED, Decision, Standing};
use super::signature::{Keygen, counts};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Severity, add_new};
use thrice_programme::LedgerRules;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;

/// Which entries bear on something: those of some kinds, and of them those that say so.
#[derive(Clone, Copy)]
pub struct Wanted {
    kinds: &'static [Kind],
    bears: fn(&Entry) -> bool,
}

/// What says what goes wrong.
pub const ALARMS: Wanted = Wanted::of(&[
    Kind::Risk,
    Kind::Incident,
    Kind::Block,
    Kind::Unblock,
    Kind::Drill,
    Kind::Trigger,
]);

/// What bears on stories, waves and cycles.
pub const DELIVERY: Wanted = Wanted {
    kinds: &[
        Kind::Risk,
        Kind::Block,
        Kind::Unblock,
        Kind::Drill,
        Kind::WaveGate,
        Kind::SprintGate,
        Kind::CycleClose,
        Kind::Approval,
        Kind::Exception,
    ],
    bears: |entry| {
        let says = |name: &str, word: &str| {
            entry.said.data.get(name).and_then(serde_json::Value::as_str) == Some(word)
        };
        match entry.said.kind {
            Kind::Approval => says("about", ApprovalScope::Story.word()),
            Kind::Exception => says("rule", DEFERRED),
            _ => true,
        }
    },
};

impl Wanted {
    /// All entries of some kinds.
    #[must_use]
    pub const fn of(kinds: &'static [Kind]) -> Self {
        Self { kinds, bears: |_| true }
    }

    /// Whether entries of a kind may be wanted.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether an entry is wanted.
    #[must_use]
    pub fn wants(&self, entry: &Entry) -> bool {
        self.has(entry.said.kind) && (self.bears)(entry)
    }
}

/// The ledger at the remote's tip of this moment; see [`LedgerBranch::read`]. A command reads it
/// once, and again after it was written or [waited](thrice_programme::world::World::look_again),
/// so that all of its answer is of one moment.
///
/// # Errors
/// Where it does not go on from what this clone has seen, or git fails.
pub fn reading(repository: &Repository, rules: &LedgerRules) -> Result<Reading, Box<Finding>> {
    let (known, is_whole) = match repository.kept::<ReadOnce>() {
        Some(known) => (known.reading.clone().filter(|_| !known.is_written), known.is_whole),
        None => (None, false),
    };
    let known = known.filter(|known| known.branch == rules.branch);
    if let Some(known) = known.as_ref().filter(|known| !is_whole || known.is_whole()) {
        return Ok(known.clone());
    }
    let interrupt = Interrupt::listen().map_err(unestablished)?;
    let branch = LedgerBranch::new(repository, &rules.branch, &interrupt);
    let mut read = known.map_or_else(|| branch.read(), Ok)?;
    if is_whole {
        read = branch.whole(read)?;
    }
    let reading = Some(read.clone());
    repository.keep(ReadOnce { reading, is_written: false, is_whole });
    Ok(read)
}

/// From here on this command reads and checks all of the ledger: what decides rests on nothing
/// that this clone kept of it.
pub fn read_whole(repository: &Repository) {
    let known = repository.kept::<ReadOnce>();
    let known = known.map_or_else(ReadOnce::default, |known| (*known).clone());
    repository.keep(ReadOnce { is_whole: true, ..known });
}

/// The same as [`reading`], for what lets something through: only what the remote has at this
/// moment, and all of it.
///
/// # Errors
/// As [`reading`], and where the remote could not be asked.
pub fn current(repository: &Repository, rules: &LedgerRules) -> Result<Reading, Box<Finding>> {
    read_whole(repository);
    let reading = reading(repository, rules)?;
    reading.unreached().map_or(Ok(reading), |finding| Err(Box::new(finding)))
}

/// What a command read, and whether it has written since.
#[derive(Clone, Default)]
struct ReadOnce {
    reading: Option<Reading>,
    is_written: bool,
    /// Whether it has to be read whole.
    is_whole: bool,
}

/// What this command read last, to say on what its answer rests; none where it read nothing.
#[must_use]
pub fn last_read(world: &World) -> Option<Reading> {
    known(&world.repository().ok()?)
}

fn known(repository: &Repository) -> Option<Reading> {
    repository.kept::<ReadOnce>()?.reading.clone()
}

/// Has the ledger read again, because it is written now; gives what was read of it before.
pub(crate) fn written(repository: &Repository) -> Option<Reading> {
    let known = repository.kept::<ReadOnce>()?;
    repository.keep(ReadOnce { is_written: true, ..(*known).clone() });
    known.reading.clone()
}

/// The entries of some kinds, and the reading that they are of, for commands that show: where the
/// remote cannot be asked, those that were seen last, with a warning; `None` where the ledger does
/// not hold, and then the findings say why.
fn read_entries(
    repository: &Repository,
    rules: &LedgerRules,
    kinds: impl Fn(Kind) -> bool,
    findings: &mut Vec<Finding>,
) -> Option<(Vec<Entry>, Reading)> {
    let read = reading(repository, rules).map_err(|finding| vec![*finding]);
    let read = read.and_then(|reading| {
        findings.extend(reading.unreached_warning());
        let entries = reading.entries(repository, kinds)?;
        if !reading.pushed.is_empty() {
            let alarms = reading.entries(repository, |kind| ALARMS.has(kind))?;
            add_new(findings, moved(&alarms, &reading.pushed).iter().map(moved_warning));
        }
        Ok((entries, reading))
    });
    read.map_err(|broken| findings.extend(broken)).ok()
}

/// The risks and incidents that some entries opened under an id that another had taken.
pub(crate) fn moved<'e>(entries: impl IntoIterator<Item = &'e Entry>, by: &[String]) -> Vec<Alarm> {
    if by.is_empty() {
        return Vec::new();
    }
    // Which id an alarm has depends on no signature.
    let unseen = || Err(Box::new(Finding::new(Code::LedgerUnsigned, "its key was not looked at")));
    let of_alarms = entries.into_iter().filter(|entry| ALARMS.wants(entry));
    let decisions = of_alarms.filter_map(|entry| Decision::of(entry, unseen()));
    Standing::of(decisions, clock::now()).moved(by).cloned().collect()
}

/// That an alarm has another id than the one with which it was opened.
pub(crate) fn moved_warning(alarm: &Alarm) -> Finding {
    let (kind, id, taken) = (alarm.kind.word(), &alarm.id, alarm.opened_as.as_deref());
    let taken = quoted(taken.unwrap_or_default());
    let message =
        format!("{taken} was opened by somebody else: {} is {}", quoted(&alarm.title), quoted(id));
    let mut finding = Finding::new(Code::MatterState, message);
    finding.severity = Severity::Warn;
    finding.help(format!(
        "`cargo xtask {kind} list`; from now on say {}: what names {taken} is of the other one",
        quoted(id)
    ))
}

/// What an entry that waits in this clone does to an alarm that the remote has, where it calms it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// It counts, unless the remote was reached and lacks it: for what shows.
    Counts,
    /// It is held until the remote has it: for what a merge from here rests on.
    Held,
}

/// What holds of [`ALARMS`] for whoever sits here: as [`standing`], with the entries of this clone that
/// wait to be pushed. A warning says so, and [`Standing::waiting`] says what they are about.
/// What lets something through asks [`standing`]: what waits has no effect yet.
///
/// # Errors
/// As [`standing`].
pub fn standing_here(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    pending: Pending,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Standing>> {
    let read = read_entries(repository, rules, |kind| ALARMS.has(kind), findings);
    let Some((entries, reading)) = read else { return Ok(None) };
    let waiting = reading.waiting();
    findings.extend(reading.waiting_warning());
    let ours: Vec<String> = waiting.iter().map(|entry| entry.said.id.clone()).collect();
    let is_held = pending == Pending::Held || reading.is_unpushed();
    let asked = entries.iter().chain(&waiting).filter(|entry| ALARMS.wants(entry));
    let decisions = decisions(repository, base, rules, asked)?;
    let mut standing = here(decisions, if is_held { &ours } else { &[] });
    let is_in_vain = |id: &str| standing.uncounted.iter().any(|it| it.id == id);
    let about = waiting.iter().filter(|it| ALARMS.wants(it) && !is_in_vain(&it.said.id));
    let about = about.filter_map(|entry| entry.subject());
    let raised = standing.alarms.iter().filter(|alarm| ours.contains(&alarm.raised_by));
    let about = about.chain(raised.map(|alarm| alarm.id.as_str()));
    standing.waiting = about.map(str::to_owned).collect();
    Ok(Some(standing))
}

/// What holds after decisions of the remote and then of this clone, those of `held` ids held.
pub(crate) fn here(mut decisions: Vec<Decision>, held: &[String]) -> Standing {
    for decision in &mut decisions {
        decision.is_held = held.contains(&decision.id);
    }
    Standing::of(decisions, clock::now())
}

/// The decisions of entries, each by whether it counts. Signatures take time: only those of
/// entries that are wanted are looked at.
///
/// # Errors
/// Where git fails, or the keys cannot be laid out.
pub fn decisions<'e>(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> anyhow::Result<Vec<Decision>> {
    let mut entries = entries.into_iter().peekable();
    if entries.peek().is_none() {
        return Ok(Vec::new());
    }
    let keygen = Keygen::at(repository, base, rules)?;
    Ok(decisions_by(&keygen, rules, entries))
}

/// The same, by keys that are laid out already.
pub fn decisions_by<'e>(
    keygen: &Keygen,
    rules: &LedgerRules,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Vec<Decision> {
    let decision = |entry: &Entry| Decision::of(entry, counts(entry, rules, keygen));
    entries.into_iter().filter_map(decision).collect()
}

/// What the entries that are wanted say now.
///
/// # Errors
/// As [`decisions`].
pub fn standing_of(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: &[Entry],
    wanted: impl Fn(&Entry) -> bool,
) -> anyhow::Result<Standing> {
    let wanted = entries.iter().filter(|entry| wanted(entry));
    Ok(Standing::of(decisions(repository, base, rules, wanted)?, clock::now()))
}

/// What the entries of the ledger that are wanted say now; `None` where its chain does not hold, and then
/// the findings say why.
///
/// # Errors
/// As [`decisions`].
pub fn standing(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    wanted: Wanted,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Standing>> {
    let read = read_entries(repository, rules, |kind| wanted.has(kind), findings);
    let Some((entries, _)) = read else { return Ok(None) };
    standing_of(repository, base, rules, &entries, |it| wanted.wants(it)).map(Some)
}
