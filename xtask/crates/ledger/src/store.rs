//! Appending an entry: signed once, then placed at the end of the ledger's branch.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::branch::{LedgerBranch, Reading, head_of, read_entry};
use super::decisions::{Alarm, DecisionContent};
use super::gather::{self, ALARMS, decisions_by, here};
use super::line::{EntryLine, NO_ROOT, is_id, sealed, signed_words};
use super::placing::{Waits, ruleset};
use super::signature::{Keygen, standing};
use super::verify::latest_allowed;
use super::{Entry, Head, canonical};
use thrice_facts::clock::rfc3339;
use thrice_facts::git::{REMOTE, Repository};
use thrice_facts::machine;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::ledger::address_refused;
use thrice_programme::{Kind, LedgerRules};

/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be appended.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What sort of decision it is.
    pub kind: Kind,
    /// What is decided.
    pub data: Map<String, Value>,
    /// The entry's own name; a new one where it is left out. Whoever may be killed and
    /// begin again gives one: an entry that is there already is not appended twice.
    pub id: Option<String>,
    /// The key to sign with; git's own where it is left out and policy demands a
    /// signature.
    pub key: Option<PathBuf>,
}

/// An entry that is in the ledger now.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The entry.
    pub entry: Entry,
    /// Where the ledger ends.
    pub head: Head,
    /// Whether it was appended now; false where it was there already.
    pub is_new: bool,
    /// Why it has no effect yet, where it could not be pushed: it is kept here.
    pub waits: Option<Waits>,
    /// Whether it counts in this clone although it waits: it raises an alarm, or is of one that
    /// the remote does not have.
    pub(crate) counts_here: bool,
    /// The ledger's branch.
    pub(crate) branch: String,
    /// Alarms that got another id than this clone gave them: somebody else was quicker.
    pub(crate) moved: Vec<Alarm>,
}

impl Appended {
    /// That it has no effect yet, where it could not be pushed.
    #[must_use]
    pub fn not_in_effect(&self) -> Option<Finding> {
        let why = self.waits.as_ref()?;
        let Waits { why, is_refused } = why;
        let id = &self.entry.said.id;
        if *is_refused {
            let message = format!("{REMOTE} refused {id}: {why}");
            let help = format!(
                "tell your team yourself, now; each command tries again. {}",
                ruleset(&self.branch)
            );
            return Some(Finding::new(Code::LedgerRefused, message).help(help));
        }
        let message = format!("{id} is not in effect yet: it could not be pushed ({why})");
        let finding = Finding::new(Code::LedgerUnreached, message);
        Some(finding.help("the next command that reaches the remote pushes it"))
    }
}

/// Appends an entry to the ledger's branch. `rules` and `keygen` are those of the base: what
/// would not count by them is not written. The author is git's `user.email`.
///
/// # Errors
/// The reason why nothing was appended; the ledger is then as it was.
pub fn append(
    repository: &Repository,
    rules: &LedgerRules,
    keygen: &Keygen,
    draft: &Draft,
    clock: &dyn Fn() -> Timestamp,
) -> Result<Appended, Box<Finding>> {
    let actor = actor(repository)?;
    no_placeholder(&draft.data)?;
    let branch = LedgerBranch::new(repository, &rules.branch, keygen.interrupt());
    let _lock = branch.lock(PATIENCE)?;
    let reading = branch.read_only(gather::written(repository).as_ref())?;
    let (head, latest) = head_of(&reading)?;
    if let Some(id) = &draft.id {
        if !is_id(id) {
            let message = format!("`{id}` cannot be an entry's id");
            let help = "use 8 to 64 lower case letters, digits and hyphens";
            return Err(Box::new(Finding::new(Code::LedgerId, message).help(help)));
        }
        if let Some((entry, waits)) = there(repository, &reading, id)? {
            let waits = waits.then(|| Waits::from("it waits here already".to_owned()));
            return again(entry, (head, waits), draft, &actor, &rules.branch);
        }
    }
    let now = clock();
    let (line, written) = write(repository, rules, keygen, draft, (&actor, &now), (head, latest))?;
    let mut ours: Vec<String> = reading.waiting().into_iter().map(|entry| entry.said.id).collect();
    let mut lines = reading.pending.clone();
    lines.push(line.into_bytes());
    let placed = branch.place(reading, lines, ALARMS.has(draft.kind))?;
    let new = placed.reading.waiting();
    let entry = new.iter().find(|entry| entry.said.id == written.said.id).cloned();
    let entry =
        entry.ok_or_else(|| unestablished(anyhow::anyhow!("the new entry cannot be read back")))?;
    let (mut moved, mut counts_here) = (Vec::new(), false);
    let opens = DecisionContent::read(draft.kind, &draft.data).is_some_and(|it| it.opens());
    if opens || !ours.is_empty() || placed.waits.is_some() {
        ours.push(entry.said.id.clone());
        // It is recorded: what is not seen now is said by whatever reads it next.
        let before =
            placed.reading.entries(repository, |kind| ALARMS.has(kind)).unwrap_or_default();
        moved = gather::moved(before.iter().chain(&new), &ours);
        if placed.waits.is_some() && ALARMS.wants(&entry) {
            let alarms = before.iter().chain(&new).filter(|it| ALARMS.wants(it));
            let standing = here(decisions_by(keygen, rules, alarms), &ours);
            counts_here = standing.uncounted.iter().all(|it| it.id != entry.said.id);
        }
    }
    let (head, waits, branch) = (placed.head, placed.waits, rules.branch.clone());
    Ok(Appended { entry, head, is_new: true, waits, counts_here, branch, moved })
}

/// Refuses a word that a hint prints for one's own: what is recorded stays.
pub(crate) fn no_placeholder(data: &Map<String, Value>) -> Result<(), Box<Finding>> {
    const HELD: [&str; 8] = ["…", "...", "TEXT", "REASON", "NAME", "FILE", "WORD", "TODO"];
    let is_held = |value: &Value| value.as_str().is_some_and(|it| HELD.contains(&it.trim()));
    let found = data.iter().find(|(_, value)| {
        is_held(value) || value.as_array().is_some_and(|all| all.iter().any(is_held))
    });
    let Some((name, value)) = found else { return Ok(()) };
    let message = format!("`{name}` is only a placeholder: {value}");
    let finding = Finding::new(Code::UsageWrong, message);
    Err(Box::new(finding.help("say it in your own words; nothing was recorded")))
}

fn unestablished(error: anyhow::Error) -> Box<Finding> {
    Box::new(
        Finding::new(Code::NotEstablishedCode, format!("{error:#}"))
            .help("nothing was appended; fix that, then run the command again"),
    )
}

/// Who records, by git's settings.
pub(crate) fn actor(repository: &Repository) -> Result<String, Box<Finding>> {
    let help = "`git config user.email` names who decides; it is one of the addresses in policy/ledger.toml";
    let refuse = |message: String| Box::new(Finding::new(Code::LedgerKey, message).help(help));
    let address = repository.setting("user.email").map_err(unestablished)?;
    let Some(address) = address else {
        return Err(refuse("git does not know who you are".to_owned()));
    };
    match address_refused(&address) {
        Some(reason) => Err(refuse(format!("git's user.email `{address}` {reason}"))),
        None => Ok(address),
    }
}

/// The entry of that id, and whether it waits here.
fn there(
    repository: &Repository,
    reading: &Reading,
    id: &str,
) -> Result<Option<(Entry, bool)>, Box<Finding>> {
    let has_id = |entry: &Entry| entry.said.id == id;
    if let Some(entry) = reading.waiting().into_iter().find(has_id) {
        return Ok(Some((entry, true)));
    }
    let mut found = None;
    if reading.content.checked.may_have(id) {
        reading.lines(
            repository,
            |_, _| true,
            |_, line| {
                if found.is_none() {
                    found = read_entry(line).filter(has_id);
                }
            },
        )?;
    }
    Ok(found.map(|entry| (entry, false)))
}

/// An entry that is there already is the one that was asked for, or another's.
fn again(
    entry: Entry,
    (head, waits): (Head, Option<Waits>),
    draft: &Draft,
    actor: &str,
    branch: &str,
) -> Result<Appended, Box<Finding>> {
    let said = &entry.said;
    let same = said.kind == draft.kind
        && said.actor == actor
        && canonical::object(&said.data) == canonical::object(&draft.data);
    if same {
        let (branch, moved, counts_here) = (branch.to_owned(), Vec::new(), false);
        return Ok(Appended { entry, head, is_new: false, waits, counts_here, branch, moved });
    }
    let line = usize::try_from(entry.index).map_or(1, |index| index + 1);
    let message = format!("the id `{}` is that of an entry that says other words", said.id);
    let finding = Finding::new(Code::LedgerId, message).help("give the new entry another id");
    Err(Box::new(finding.at(Place::line(branch, line))))
}

/// The line of the new entry, which is read back as any other is.
fn write(
    repository: &Repository,
    rules: &LedgerRules,
    keygen: &Keygen,
    draft: &Draft,
    (actor, now): (&str, &Timestamp),
    (head, latest): (Head, &str),
) -> Result<(String, Entry), Box<Finding>> {
    let time = after(*now, latest)?;
    let id = match &draft.id {
        Some(id) => id.clone(),
        None => new_id(&time).map_err(unestablished)?,
    };
    let words = canonical::text(&json!({
        "actor": actor, "created_at": time, "data": draft.data, "id": id,
    }));
    let words = words.strip_suffix('}').unwrap_or(&words);
    let signature = sign(repository, rules, keygen, draft, words)?;
    let said = [actor, &time, &signed_words(words, draft.kind, &rules.programme)];
    let before = if head.entries == 0 { NO_ROOT.to_owned() } else { head.root.to_string() };
    let mut raw = String::new();
    if let Some(signature) = &signature {
        canonical::write_string(signature, &mut raw);
    }
    let raw = signature.as_ref().map(|_| raw.trim_matches('"'));
    let (line, _) = sealed(words, draft.kind, head.entries, &before, raw);
    let read = EntryLine::read(line.trim_end_matches('\n').as_bytes());
    let read = read.map_err(|fault| {
        let finding =
            Finding::new(fault.code, format!("this cannot be recorded: {}", fault.slip.said));
        Box::new(finding.help("change that and run the command again: nothing was recorded. docs/ledger.md has the members of each kind"))
    })?;
    standing(rules, keygen, draft.kind, said, signature.as_deref())?;
    let entry = Entry::of(&read)
        .ok_or_else(|| unestablished(anyhow::anyhow!("the new entry cannot be read back")))?;
    Ok((line, entry))
}

/// The time of a new entry: now, or that of the newest entry where another machine's clock
/// is a little faster, so that nothing is older than what it answers.
fn after(now: Timestamp, latest: &str) -> Result<String, Box<Finding>> {
    let time = rfc3339(now);
    if time.as_str() >= latest {
        return Ok(time);
    }
    if latest_allowed(now).as_str() >= latest {
        return Ok(latest.to_owned());
    }
    let message = format!("the clock says {time}, but the ledger has an entry of {latest}");
    let help = "set the clock of this machine; where the ledger is ahead, find out which machine's clock was";
    Err(Box::new(Finding::new(Code::LedgerClock, message).help(help)))
}

/// A name that no other entry has: the time, and 64 random bits.
fn new_id(time: &str) -> anyhow::Result<String> {
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    Ok(format!("{digits}-{}", machine::random_hex()?))
}

/// The key that git signs with, where that is one of SSH.
pub(crate) fn own_key(
    repository: &Repository,
    keygen: &Keygen,
) -> Result<Option<PathBuf>, Box<Finding>> {
    let named = named_key(repository).map_err(unestablished)?;
    named.map(|named| keygen.key_file(&named)).transpose()
}

/// The key that git signs with, as it names it, where that is one of SSH.
pub(crate) fn named_key(repository: &Repository) -> anyhow::Result<Option<String>> {
    let ssh = repository.setting("gpg.format")?;
    let named = repository.setting_path("user.signingkey")?;
    Ok(named.filter(|_| ssh.as_deref() == Some("ssh")))
}

/// That a decision needs a signature, and there is nothing to sign with.
#[must_use]
pub(crate) fn no_key(kind: Kind) -> Box<Finding> {
    let message = format!("git has no SSH key to sign this entry of the kind `{}`", kind.word());
    Box::new(Finding::new(Code::LedgerKey, message).help(
        "`git config gpg.format ssh` and `git config user.signingkey FILE`, or `--key FILE`; \
        policy/ledger.toml and policy/allowed_signers of the base must name you and the key",
    ))
}

/// Signs where a key is given; where policy demands it; and what calms, where git has a key:
/// without a signature it would not count.
fn sign(
    repository: &Repository,
    rules: &LedgerRules,
    keygen: &Keygen,
    draft: &Draft,
    words: &str,
) -> Result<Option<String>, Box<Finding>> {
    let key = match &draft.key {
        Some(key) => key.clone(),
        None => {
            let is_demanded = rules.kind(draft.kind).signed;
            let is_calm =
                || DecisionContent::read(draft.kind, &draft.data).is_some_and(|it| it.is_calm());
            if !is_demanded && !is_calm() {
                return Ok(None);
            }
            match own_key(repository, keygen)? {
                Some(key) => key,
                None if is_demanded => return Err(no_key(draft.kind)),
                None => return Ok(None),
            }
        }
    };
    let key = std::path::absolute(&key).unwrap_or(key);
    keygen.sign(&key, &signed_words(words, draft.kind, &rules.programme)).map(Some)
}
