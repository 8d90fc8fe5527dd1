//! Signatures, made and verified by ssh-keygen, as git's are. Words go to it by standard
//! input, keys and signatures in files of a private folder; nothing that an entry says
//! can be an option.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use super::signing::public_key;
use super::{Digest, Entry, canonical, line};
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::process::bounded::{Bounds, Stopped};
use thrice_facts::process::{Call, Printed};
use thrice_facts::scratch;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::ledger::address_refused;
use thrice_programme::{Kind, LedgerRules, Person};

/// What signatures of the ledger are for: none that was made for something else counts.
pub(crate) const NAMESPACE: &str = "xtask-ledger";
/// How long ssh-keygen may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How much of what it prints is read, in bytes.
const MOST: u64 = 64 << 10;

/// The keys of signatures that this command found good, by the digest of all that was asked: parts
/// of a command ask of the same entries, and each answer is a process.
static GOOD: Mutex<BTreeMap<Digest, String>> = Mutex::new(BTreeMap::new());

/// The digest of some parts, each of its own length.
fn digest_of<const N: usize>(parts: [&[u8]; N]) -> Digest {
    Digest::of(&parts.map(|part| Digest::of(&[part]).0))
}

/// The keys that count, as a base has them.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    /// Keys and their owners, in the form of ssh-keygen's allowed signers.
    pub allowed: Vec<u8>,
    /// Keys that count no more.
    pub revoked: Option<Vec<u8>>,
    /// Where the keys are, for messages.
    pub shown: String,
}

impl Signers {
    /// The keys of a commit, by its rules.
    ///
    /// # Errors
    /// Where git fails, or policy names a file of revoked keys that is not there.
    pub fn of(
        repository: &Repository,
        commit: &Commit,
        rules: &LedgerRules,
    ) -> anyhow::Result<Self> {
        let tree = repository.tree(commit)?;
        let revoked = match &rules.revoked {
            None => None,
            Some(path) => Some(tree.read(path)?.ok_or_else(|| {
                anyhow::anyhow!("there is no {path} at the base, which policy/ledger.toml names")
            })?),
        };
        let allowed = tree.read(&rules.signers)?.unwrap_or_default();
        Ok(Self { allowed, revoked, shown: rules.signers.clone() })
    }
}

/// ssh-keygen with a set of keys.
pub struct Keygen {
    folder: scratch::Scratch,
    has_revoked: bool,
    is_empty: bool,
    shown: String,
    /// The digest of the keys.
    keys: Digest,
    interrupt: Interrupt,
}

impl Keygen {
    /// Lays the keys of a commit out, by its rules; a request to end ends ssh-keygen too.
    ///
    /// # Errors
    /// As [`Signers::of`], or where the private folder cannot be written.
    pub fn at(
        repository: &Repository,
        commit: &Commit,
        rules: &LedgerRules,
    ) -> anyhow::Result<Self> {
        Self::new(&Signers::of(repository, commit, rules)?, &Interrupt::listen()?)
    }

    /// Lays the keys out.
    ///
    /// # Errors
    /// Where the private folder cannot be written.
    pub fn new(signers: &Signers, interrupt: &Interrupt) -> anyhow::Result<Self> {
        let folder = scratch::folder()?;
        files::write_whole(&folder.path().join("allowed"), &signers.allowed)?;
        if let Some(revoked) = &signers.revoked {
            files::write_whole(&folder.path().join("revoked"), revoked)?;
        }
        let (has_revoked, revoked) = (signers.revoked.is_some(), signers.revoked.as_deref());
        let revoked = revoked.unwrap_or_default();
        Ok(Self {
            folder,
            keys: digest_of([&signers.allowed, &[u8::from(has_revoked)], revoked]),
            has_revoked,
            is_empty: signers.allowed.trim_ascii().is_empty(),
            shown: signers.shown.clone(),
            interrupt: interrupt.clone(),
        })
    }

    /// What ends its work early.
    pub(super) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    fn call(&self) -> Call {
        // Validity intervals without a zone are meant in UTC, on every machine.
        Call::new("ssh-keygen", self.folder.path()).set("LC_ALL", "C").set("TZ", "UTC")
    }

    fn run(&self, call: &Call) -> Result<Printed, Box<Finding>> {
        let bounds = Bounds { time: LIMIT, bytes: MOST, interrupt: &self.interrupt };
        call.run_bounded(bounds).map_err(|stopped| Box::new(unrun(&stopped)))
    }

    /// Verifies what an entry says; `time` is the one that it says. Gives what ssh-keygen
    /// says of the key.
    ///
    /// # Errors
    /// Where the signature is not of these words, or its key is not this author's at that
    /// time; [`Code::ProgramMissing`] where nobody can say.
    pub fn verify(
        &self,
        actor: &str,
        time: &str,
        words: &str,
        armoured: &str,
    ) -> Result<String, Box<Finding>> {
        if let Some(reason) = address_refused(actor) {
            let message = format!("`{actor}` {reason}");
            return Err(Box::new(Finding::new(Code::LedgerSigner, message)));
        }
        let parts = [actor, time, words, armoured].map(str::as_bytes);
        let asked = digest_of([&self.keys.0, &digest_of(parts).0]);
        if let Some(key) = GOOD.lock().ok().and_then(|good| good.get(&asked).cloned()) {
            return Ok(key);
        }
        let signature = self.folder.path().join("signature");
        files::write_whole(&signature, armoured.as_bytes()).map_err(unestablished)?;
        let when: String = time.bytes().filter(u8::is_ascii_digit).map(char::from).collect();
        let call = self
            .call()
            .arguments(["-Y", "verify", "-f", "allowed", "-n", NAMESPACE, "-s", "signature"])
            .arguments(["-I", actor, "-O", &format!("verify-time={when}")])
            .input(words.as_bytes().to_vec());
        let revoking: &[&str] = if self.has_revoked { &["-r", "revoked"] } else { &[] };
        if let Some(key) = good_key(&self.run(&call.clone().arguments(revoking))?) {
            if let Ok(mut good) = GOOD.lock() {
                good.insert(asked, key.clone());
            }
            return Ok(key);
        }
        let otherwise = if self.has_revoked { good_key(&self.run(&call)?) } else { None };
        if let Some(key) = otherwise {
            let message = format!("{key} signed it, which is revoked");
            let finding = Finding::new(Code::LedgerSigner, message);
            return Err(Box::new(finding.help("have it recorded again with a key that counts")));
        }
        let check = ["-Y", "check-novalidate", "-n", NAMESPACE, "-s", "signature"];
        let intact = self.run(&self.call().arguments(check).input(words.as_bytes().to_vec()))?;
        if intact.status != 0 {
            return Err(Box::new(
                Finding::new(Code::LedgerSignature, "the signature is not of what this entry says")
                    .help("an entry was edited, or signed for something else: take it back, and append it again"),
            ));
        }
        Err(Box::new(self.no_key(actor, time, &key_of(&said(&intact)))))
    }

    fn no_key(&self, actor: &str, time: &str, key: &str) -> Finding {
        let shown = &self.shown;
        let message = if self.is_empty {
            format!("{key} signed it, but there is no key in {shown} of the base")
        } else {
            format!("{key} signed it, which is no key of {actor} at {time} in {shown} of the base")
        };
        Finding::new(Code::LedgerSigner, message).help(format!(
            "add a line to {shown} by a reviewed patch first: `{actor} ssh-ed25519 KEY`; \
            `cargo xtask doctor` prints yours"
        ))
    }

    /// Signs words with a key; gives the armoured signature.
    ///
    /// # Errors
    /// Where ssh-keygen cannot.
    pub fn sign(&self, key: &Path, words: &str) -> Result<String, Box<Finding>> {
        if self.is_locked(key)? {
            let shown = key.display();
            let message =
                format!("the key {shown} has a passphrase, and ssh-agent doesn't have it");
            let finding = Finding::new(Code::LedgerKey, message);
            return Err(Box::new(
                finding.help(format!("`ssh-add {shown}`, then run the command again")),
            ));
        }
        let call = self.call().keep("SSH_AUTH_SOCK").keep("HOME");
        let call = call
            .arguments(["-Y", "sign", "-n", NAMESPACE, "-f"])
            .argument(key)
            .input(words.as_bytes().to_vec());
        let printed = self.run(&call)?;
        let armoured = String::from_utf8_lossy(&printed.stdout).into_owned();
        if printed.status == 0 && armoured.starts_with("-----BEGIN SSH SIGNATURE-----\n") {
            return Ok(armoured);
        }
        let said = said(&printed);
        let said = said.lines().last().unwrap_or("it gives no reason");
        Err(Box::new(
            Finding::new(Code::LedgerKey, format!("ssh-keygen did not sign: {said}"))
                .help("name a private key, or a public one whose other half is in ssh-agent"),
        ))
    }

    /// Whether only a passphrase opens a key that ssh-agent doesn't have: ssh-keygen would ask
    /// a terminal that it isn't given.
    fn is_locked(&self, key: &Path) -> Result<bool, Box<Finding>> {
        let named = key.to_string_lossy();
        let key = named.strip_suffix(".pub").map_or(key, Path::new);
        let opened = self.run(&self.call().arguments(["-y", "-P", "", "-f"]).argument(key))?;
        if opened.status == 0 || !said(&opened).contains("incorrect passphrase") {
            return Ok(false);
        }
        let public = public_key(&key.to_string_lossy()).unwrap_or_default();
        let Some(digits) = public.split_whitespace().nth(1) else { return Ok(true) };
        let agent = Call::new("ssh-add", self.folder.path()).keep("SSH_AUTH_SOCK").argument("-L");
        let bounds = Bounds { time: LIMIT, bytes: MOST, interrupt: &self.interrupt };
        let listed = agent.run_bounded(bounds).map(|it| it.stdout).unwrap_or_default();
        Ok(!String::from_utf8_lossy(&listed).contains(digits))
    }

    /// The file of a key as git names it: a path, or a public key itself.
    pub(super) fn key_file(&self, named: &str) -> Result<PathBuf, Box<Finding>> {
        let literal = named.strip_prefix("key::");
        let Some(literal) = literal.or_else(|| named.starts_with("ssh-").then_some(named)) else {
            return Ok(PathBuf::from(named));
        };
        let path = self.folder.path().join("key.pub");
        files::write_whole(&path, format!("{literal}\n").as_bytes()).map_err(unestablished)?;
        Ok(path)
    }
}

fn said(printed: &Printed) -> String {
    let both = [printed.stdout.as_slice(), &printed.stderr].concat();
    String::from_utf8_lossy(&both).trim().to_owned()
}

/// The key, where ssh-keygen says that its signature is good.
fn good_key(printed: &Printed) -> Option<String> {
    let said = said(printed);
    (printed.status == 0 && said.starts_with("Good ")).then(|| key_of(&said))
}

/// What ssh-keygen calls the key, such as `ED25519 key SHA256:…`.
fn key_of(said: &str) -> String {
    let first = said.lines().next().unwrap_or_default();
    let key = first.rsplit(" with ").next().filter(|_| first.contains(" with "));
    key.unwrap_or("an unknown key").to_owned()
}

fn unrun(stopped: &Stopped) -> Finding {
    match stopped {
        Stopped::Unstarted(_) => {
            Finding::new(Code::ProgramMissing, "there is no ssh-keygen to ask about signatures")
                .help("install OpenSSH's client")
        }
        Stopped::Interrupted => Finding::new(Code::Interrupted, "the command was asked to stop"),
        stopped => Finding::new(Code::NotEstablishedCode, format!("ssh-keygen {stopped}"))
            .help("a key with a passphrase must be in ssh-agent; then run the command again"),
    }
}

fn unestablished(error: anyhow::Error) -> Box<Finding> {
    Box::new(Finding::new(Code::NotEstablishedCode, format!("{error:#}")))
}

/// Who an entry that counts is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The address of its author.
    pub actor: String,
    /// Who that is, where policy knows them.
    pub person: Option<Person>,
    /// The key that proves it; none where policy demands no signature and there is none,
    /// so that anybody could have written the entry in their name.
    pub key: Option<String>,
}

impl Author {
    /// The roles that its author holds. Without a key nobody holds one.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        let person = self.person.as_ref().filter(|_| self.key.is_some());
        person.map(|person| person.roles.as_slice()).unwrap_or_default()
    }
}

/// Whether an entry counts by the rules and keys of a base: signed where that is demanded,
/// by a key of its author that was good at its time, and of a role that may.
///
/// # Errors
/// The reason why it does not, or why nobody can say.
pub fn counts(entry: &Entry, rules: &LedgerRules, keygen: &Keygen) -> Result<Author, Box<Finding>> {
    let said = &entry.said;
    let words = signed_text(said, &rules.programme);
    let time = thrice_facts::clock::rfc3339(said.created_at);
    standing(rules, keygen, said.kind, [&said.actor, &time, &words], entry.signature.as_deref())
}

/// The words of an entry that its signature is over.
fn signed_text(said: &super::Said, programme: &str) -> String {
    let mut words = canonical::text(&serde_json::json!({
        "actor": said.actor,
        "created_at": thrice_facts::clock::rfc3339(said.created_at),
        "data": said.data,
        "id": said.id,
    }));
    words.pop();
    line::signed_words(&words, said.kind, programme)
}

/// The same as [`counts`], of words as they stand in a line: author, time, signed text.
pub(super) fn standing(
    rules: &LedgerRules,
    keygen: &Keygen,
    kind: Kind,
    [actor, time, words]: [&str; 3],
    armoured: Option<&str>,
) -> Result<Author, Box<Finding>> {
    let person = may(rules, kind, actor)?;
    let key = match armoured {
        Some(armoured) => Some(keygen.verify(actor, time, words, armoured)?),
        None => match unsigned(rules, kind, actor) {
            Some(finding) => return Err(Box::new(finding)),
            None => None,
        },
    };
    Ok(Author { actor: actor.to_owned(), person: person.cloned(), key })
}

/// The finding of an entry without a signature, where policy demands one.
pub(super) fn unsigned(rules: &LedgerRules, kind: Kind, actor: &str) -> Option<Finding> {
    rules.kind(kind).signed.then(|| {
        let kind = kind.word();
        Finding::new(Code::LedgerUnsigned, format!("this {kind} of {actor} is not signed"))
            .help(format!("append it again with a key; policy demands one for every {kind}"))
    })
}

/// Who the author of an entry is, where their role may make one of that kind.
///
/// # Errors
/// [`Code::LedgerRole`] where it may not.
pub fn may<'r>(
    rules: &'r LedgerRules,
    kind: Kind,
    actor: &str,
) -> Result<Option<&'r Person>, Box<Finding>> {
    let person = rules.person(actor);
    let wanted = rules.kind(kind).roles;
    let holds = person.is_some_and(|person| person.roles.iter().any(|role| wanted.contains(role)));
    if wanted.is_empty() || holds {
        return Ok(person);
    }
    let who = match person {
        None => format!("nobody in policy/ledger.toml has the address {actor}"),
        Some(person) => format!("{} holds none of the roles that may", person.name),
    };
    let (kind, roles) = (kind.word(), wanted.join(" or "));
    let finding = Finding::new(Code::LedgerRole, format!("this {kind} does not count: {who}"))
        .help(format!("have it made by somebody who is {roles}"));
    Err(Box::new(finding.at(Place::default())))
}
