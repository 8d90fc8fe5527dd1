//! Appending an entry: under a lock, to a chain that holds, as one rename.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::decisions::Content;
use super::line::{Line, NO_ROOT, is_id, sealed, signed_words};
use super::signature::{Keygen, standing};
use super::verify::{Asked, Signatures, Verified, lines, next_line, open, place, verify};
use super::{Entry, Head, canonical};
use thrice_facts::clock::rfc3339;
use thrice_facts::git::Repository;
use thrice_facts::{files, machine};
use thrice_findings::{Code, Finding, Place};
use thrice_programme::ledger::address_refused;
use thrice_programme::{Kind, LedgerRules};

/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether that is over.
const LOOK: Duration = Duration::from_millis(20);
/// The file in git's own folder that is locked.
const LOCK: &str = "xtask-ledger.lock";
/// The file in git's own folder in which the longer ledger is written.
const NEXT: &str = "xtask-ledger.next";

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
}

/// Appends an entry to the ledger in the working tree. `rules` and `keygen` are those of
/// the base: what would not count by them is not written. The author is git's
/// `user.email`.
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
    let folder = repository.git_folder().map_err(unestablished)?;
    let _lock = lock(&folder.join(LOCK))?;
    let path = place(repository.root(), &rules.path)?;
    let file = open(&path).map_err(unestablished)?;
    let verified = whole(rules, keygen, file.as_ref())?;
    if let Some(id) = &draft.id {
        if !is_id(id) {
            let message = format!("`{id}` cannot be an entry's id");
            let help = "use 8 to 64 lower case letters, digits and hyphens";
            return Err(Box::new(Finding::new(Code::LedgerId, message).help(help)));
        }
        if let Some(entry) = there(file.as_ref(), id).map_err(unestablished)? {
            return again(entry, verified.head, draft, &actor, &rules.path);
        }
    }
    let (line, entry) = write(repository, rules, keygen, draft, (&actor, &clock()), &verified)?;
    longer(&path, &folder.join(NEXT), file, line.as_bytes()).map_err(unestablished)?;
    let head = Head { entries: verified.head.entries + 1, root: entry.root };
    Ok(Appended { entry, head, is_new: true })
}

fn unestablished(error: anyhow::Error) -> Box<Finding> {
    Box::new(
        Finding::new(Code::NotEstablishedCode, format!("{error:#}"))
            .help("nothing was appended; mend that, then run the command again"),
    )
}

fn actor(repository: &Repository) -> Result<String, Box<Finding>> {
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

/// Waits until no other process appends. The lock ends with its process.
fn lock(path: &Path) -> Result<File, Box<Finding>> {
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file =
        file.with_context(|| format!("cannot open {}", path.display())).map_err(unestablished)?;
    let begun = Instant::now();
    while let Err(error) = file.try_lock() {
        if let std::fs::TryLockError::Error(error) = error {
            return Err(unestablished(anyhow::Error::new(error).context("cannot lock the ledger")));
        }
        if begun.elapsed() > PATIENCE {
            let seconds = PATIENCE.as_secs();
            let message = format!("another process has held the ledger for {seconds} s");
            let help = "wait for it or end it, then run the command again; nothing was appended";
            return Err(Box::new(Finding::new(Code::LedgerLocked, message).help(help)));
        }
        std::thread::sleep(LOOK);
    }
    Ok(file)
}

/// The chain as it stands, which must hold.
fn whole(
    rules: &LedgerRules,
    keygen: &Keygen,
    file: Option<&File>,
) -> Result<Verified, Box<Finding>> {
    let asked = Asked { file: &rules.path, rules, keygen, signatures: Signatures::None, now: None };
    let verified = verify(&asked, file, None).map_err(unestablished)?;
    match verified.findings.first() {
        None => Ok(verified),
        Some(first) => {
            let mut finding = first.clone();
            finding.message = format!("nothing is appended to a broken chain: {}", finding.message);
            Err(Box::new(finding))
        }
    }
}

/// The entry of that id.
fn there(file: Option<&File>, id: &str) -> anyhow::Result<Option<Entry>> {
    let Some(file) = file else { return Ok(None) };
    let mut lines = lines(file)?;
    let mut whole = Vec::new();
    while next_line(&mut lines, &mut whole)? {
        let line = whole.strip_suffix(b"\n").unwrap_or(&whole);
        if let Some(line) = Line::read(line).ok().filter(|line| line.id.raw == id) {
            return Ok(Entry::of(&line));
        }
    }
    Ok(None)
}

/// An entry that is there already is the one that was asked for, or another's.
fn again(
    entry: Entry,
    head: Head,
    draft: &Draft,
    actor: &str,
    path: &str,
) -> Result<Appended, Box<Finding>> {
    let said = &entry.said;
    let same = said.kind == draft.kind
        && said.actor == actor
        && canonical::object(&said.data) == canonical::object(&draft.data);
    if same {
        return Ok(Appended { entry, head, is_new: false });
    }
    let line = usize::try_from(entry.index).map_or(1, |index| index + 1);
    let message = format!("the id `{}` is that of an entry that says other words", said.id);
    let finding = Finding::new(Code::LedgerId, message).help("give the new entry another id");
    Err(Box::new(finding.at(Place::line(path, line))))
}

/// The line of the new entry, which is read back as any other is.
fn write(
    repository: &Repository,
    rules: &LedgerRules,
    keygen: &Keygen,
    draft: &Draft,
    (actor, now): (&str, &Timestamp),
    verified: &Verified,
) -> Result<(String, Entry), Box<Finding>> {
    let time = rfc3339(*now);
    if time < verified.latest {
        let latest = &verified.latest;
        let message = format!("the clock says {time}, but the ledger has an entry of {latest}");
        let help = "set the clock of this machine; where the ledger is ahead, find out which machine's clock was";
        return Err(Box::new(Finding::new(Code::LedgerClock, message).help(help)));
    }
    let id = match &draft.id {
        Some(id) => id.clone(),
        None => new_id(&time).map_err(unestablished)?,
    };
    let words = canonical::text(&json!({
        "actor": actor, "created_at": time, "data": draft.data, "id": id,
    }));
    let words = words.strip_suffix('}').unwrap_or(&words);
    let signature = sign(repository, rules, keygen, draft, words)?;
    let said = [actor, &time, &signed_words(words, draft.kind)];
    let head = verified.head;
    let before = if head.entries == 0 { NO_ROOT.to_owned() } else { head.root.to_string() };
    let mut raw = String::new();
    if let Some(signature) = &signature {
        canonical::write_string(signature, &mut raw);
    }
    let raw = signature.as_ref().map(|_| raw.trim_matches('"'));
    let (line, _) = sealed(words, draft.kind, head.entries, &before, raw);
    let read = Line::read(line.trim_end_matches('\n').as_bytes());
    let read = read.map_err(|fault| {
        let finding =
            Finding::new(fault.code, format!("this cannot be recorded: {}", fault.slip.said));
        Box::new(finding.help("docs/ledger.md lists what each kind says; nothing was appended"))
    })?;
    standing(rules, keygen, draft.kind, said, signature.as_deref())?;
    let entry = Entry::of(&read)
        .ok_or_else(|| unestablished(anyhow::anyhow!("the new entry cannot be read back")))?;
    Ok((line, entry))
}

/// A name that no other entry has: the time, and 64 random bits.
fn new_id(time: &str) -> anyhow::Result<String> {
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    Ok(format!("{digits}-{}", machine::random_hex()?))
}

/// The key that git signs with, where that is one of SSH.
///
/// # Errors
/// Where git cannot be asked, or the key cannot be laid out.
pub(crate) fn own_key(
    repository: &Repository,
    keygen: &Keygen,
) -> Result<Option<PathBuf>, Box<Finding>> {
    let ssh = repository.setting("gpg.format").map_err(unestablished)?;
    let named = repository.setting_path("user.signingkey").map_err(unestablished)?;
    let named = named.filter(|_| ssh.as_deref() == Some("ssh"));
    named.map(|named| keygen.key_file(&named)).transpose()
}

/// That a decision needs a signature, and there is nothing to sign with.
#[must_use]
pub(crate) fn no_key(kind: Kind) -> Box<Finding> {
    let message =
        format!("policy demands a signature for each {}, and there is no key", kind.word());
    Box::new(Finding::new(Code::LedgerKey, message).help(
        "name one, or let git have it: `git config gpg.format ssh` and `git config user.signingkey FILE`",
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
            let is_calm = || Content::read(draft.kind, &draft.data).is_some_and(|it| it.is_calm());
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
    keygen.sign(&key, &signed_words(words, draft.kind)).map(Some)
}

/// Makes a ledger longer by a line: written whole elsewhere, on disk, then renamed, so
/// that a kill leaves the one or the other.
fn longer(path: &Path, next: &Path, file: Option<File>, line: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    files::make_folder(folder)?;
    let write_at = |next: &Path| -> std::io::Result<()> {
        let mut longer = File::create(next)?;
        if let Some(mut file) = file.as_ref() {
            longer.set_permissions(file.metadata()?.permissions())?;
            file.rewind()?;
            std::io::copy(&mut file, &mut longer)?;
        }
        longer.write_all(line)?;
        longer.sync_all()?;
        std::fs::rename(next, path)
    };
    let written = match write_at(next) {
        // git's own folder may be on another disk.
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {
            files::remove(next)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            write_at(&folder.join(format!(".{name}.next")))
        }
        written => written,
    };
    written.with_context(|| format!("cannot write {}", path.display()))?;
    File::open(folder).and_then(|folder| folder.sync_all()).context("cannot write the folder")
}
