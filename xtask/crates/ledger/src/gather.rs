//! Reading the ledger, and its entries by the rules and keys of a base.

use std::sync::{Mutex, PoisonError};

use super::Entry;
use super::branch::{LedgerBranch, ReadFrom, Reading, unestablished};
use super::decisions::entries::ApprovalScope;
use super::decisions::{Alarm, DEFERRED, Decision, Standing};
use super::signature::{Keygen, counts};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Severity};
use thrice_programme::LedgerRules;
use thrice_programme::ledger::Kind;

/// Whether an entry says what goes wrong.
#[must_use]
pub fn is_of_alarms(entry: &Entry) -> bool {
    use Kind::{Block, Drill, Incident, Risk, Trigger, Unblock};
    matches!(entry.said.kind, Risk | Incident | Block | Unblock | Drill | Trigger)
}

/// Whether an entry bears on stories, waves and cycles.
#[must_use]
pub fn is_of_delivery(entry: &Entry) -> bool {
    use Kind::{
        Approval, Block, CycleClose, Drill, Exception, Risk, SprintGate, Unblock, WaveGate,
    };
    let says = |name: &str, word: &str| {
        entry.said.data.get(name).and_then(serde_json::Value::as_str) == Some(word)
    };
    match entry.said.kind {
        Risk | Block | Unblock | Drill | WaveGate | SprintGate | CycleClose => true,
        Approval => says("about", ApprovalScope::Story.word()),
        Exception => says("rule", DEFERRED),
        _ => false,
    }
}

/// The ledger at the remote's tip of this moment; see [`LedgerBranch::read`].
///
/// # Errors
/// Where it does not go on from what this clone has seen, or git fails.
pub fn reading(repository: &Repository, rules: &LedgerRules) -> Result<Reading, Box<Finding>> {
    let interrupt = Interrupt::listen().map_err(unestablished)?;
    let reading = LedgerBranch::new(repository, &rules.branch, &interrupt).read()?;
    let tip = LedgerTip {
        branch: reading.branch.clone(),
        tip: reading.tip.clone(),
        is_current: !matches!(reading.source, ReadFrom::LastSeen(_)),
        shown: reading.describe(),
    };
    *READ.lock().unwrap_or_else(PoisonError::into_inner) = Some(tip);
    Ok(reading)
}

/// Which ledger this process read last, to say on what a command's answer rests.
static READ: Mutex<Option<LedgerTip>> = Mutex::new(None);

/// Where a ledger was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTip {
    /// The name of its branch.
    pub branch: String,
    /// The last commit of it; none where nothing was recorded yet.
    pub tip: Option<String>,
    /// Whether that was the remote's at that moment: where it could not be asked, it is what
    /// this clone saw last.
    pub is_current: bool,
    /// The same in words, such as `ledger at 0123456789ab`.
    pub shown: String,
}

/// Which ledger this process read last; none where it read none.
#[must_use]
pub fn last_read() -> Option<LedgerTip> {
    READ.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The entries of the ledger, for commands that show: where the remote cannot be asked,
/// those that were seen last, with a warning; `None` where it does not hold, and then the
/// findings say why.
pub fn entries(
    repository: &Repository,
    rules: &LedgerRules,
    findings: &mut Vec<Finding>,
) -> Option<Vec<Entry>> {
    read_entries(repository, rules, findings).map(|(entries, _)| entries)
}

/// The same, and beside them the entries of this clone that wait to be pushed.
fn read_entries(
    repository: &Repository,
    rules: &LedgerRules,
    findings: &mut Vec<Finding>,
) -> Option<(Vec<Entry>, Vec<Entry>)> {
    let read = reading(repository, rules).map_err(|finding| vec![*finding]);
    let read = read.and_then(|reading| {
        findings.extend(reading.unreached_warning());
        let entries = reading.entries()?;
        findings.extend(moved(&entries, &reading.pushed).iter().map(moved_warning));
        Ok((entries, reading.waiting()))
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
    let of_alarms = entries.into_iter().filter(|entry| is_of_alarms(entry));
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

/// What holds for whoever sits here: as [`standing`], with the entries of this clone that
/// wait to be pushed. A warning says so, and [`Standing::waiting`] says what they are about.
/// What lets something through asks [`standing`]: what waits has no effect yet.
///
/// # Errors
/// As [`standing`].
pub fn standing_here(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    wanted: impl Fn(&Entry) -> bool,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Standing>> {
    let Some((mut entries, waiting)) = read_entries(repository, rules, findings) else {
        return Ok(None);
    };
    let about = waiting.iter().filter(|entry| wanted(entry));
    let mut about: Vec<String> =
        about.filter_map(|entry| Some(entry.subject()?.to_owned())).collect();
    let ours: Vec<String> = waiting.iter().map(|entry| entry.said.id.clone()).collect();
    if !waiting.is_empty() {
        let count = waiting.len();
        let (noun, verb) = if count == 1 { ("entry", "is") } else { ("entries", "are") };
        let message = format!("{count} {noun} of this clone {verb} not in effect yet, not pushed");
        let mut finding = Finding::new(Code::LedgerUnreached, message);
        finding.severity = Severity::Warn;
        findings.push(finding.help("the next command that reaches the remote pushes first"));
    }
    entries.extend(waiting);
    let mut standing = standing_of(repository, base, rules, &entries, wanted)?;
    about.extend(standing.moved(&ours).map(|alarm| alarm.id.clone()));
    standing.waiting = about;
    Ok(Some(standing))
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
/// As [`entries`] and [`decisions`].
pub fn standing(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    wanted: impl Fn(&Entry) -> bool,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Standing>> {
    let Some(entries) = entries(repository, rules, findings) else { return Ok(None) };
    standing_of(repository, base, rules, &entries, wanted).map(Some)
}
