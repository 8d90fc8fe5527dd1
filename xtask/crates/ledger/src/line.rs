//! One line of the ledger: the nine members of an entry, in canonical form.

use super::digest::Digest;
use super::form::is_time;
use super::kinds;
use super::scan::{Member, Piece, Scanner, Slip};
use thrice_findings::Code;
use thrice_policy::table::{did_you_mean, listed};
use thrice_programme::Kind;
use thrice_programme::ledger::address_refused;

/// Longest line, in bytes: no decision needs more words, and what is longer would be
/// held in memory whole.
pub(crate) const LONGEST: usize = 1 << 20;
/// What stands for the root of no entry.
pub(crate) const NO_ROOT: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How an armoured signature begins and ends.
const ARMOUR: (&str, &str) =
    ("-----BEGIN SSH SIGNATURE-----\\n", "\\n-----END SSH SIGNATURE-----\\n");
/// Longest signature, in bytes.
const LONGEST_SIGNATURE: usize = 16 << 10;

const MEMBERS: [&str; 9] =
    ["actor", "created_at", "data", "id", "index", "kind", "prev_root", "root", "signature"];

/// Why a line is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What it is called.
    pub code: Code,
    /// What is wrong, and at which byte.
    pub(crate) slip: Slip,
}

impl From<Slip> for Fault {
    fn from(slip: Slip) -> Self {
        Self { code: Code::LedgerForm, slip }
    }
}

fn fault(code: Code, at: usize, said: impl Into<String>) -> Fault {
    Fault { code, slip: Slip { at, said: said.into() } }
}

/// An entry as it stands in its line.
#[derive(Clone, Debug)]
pub(crate) struct EntryLine<'a> {
    pub actor: Piece<'a>,
    pub created_at: Piece<'a>,
    /// What, as canonical JSON.
    pub data: Piece<'a>,
    /// The entry's own name.
    pub id: Piece<'a>,
    /// Its place, from 0.
    pub index: u64,
    pub(crate) index_at: usize,
    /// What sort of decision it is.
    pub kind: Kind,
    /// Root of the entry before it, as it says.
    pub prev_root: Piece<'a>,
    /// Its own root, as it says.
    pub root: Piece<'a>,
    /// The signature as a JSON text without quotes; none where it is unsigned.
    pub signature: Option<Piece<'a>>,
    /// The line from its beginning to the end of its id.
    words: &'a str,
    /// What stands before the root, and after it.
    around_root: (&'a str, &'a str),
}

impl<'a> EntryLine<'a> {
    /// Reads a line, which is given without its LF. Its roots may still be anything: the
    /// chain compares them with what they must be.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, Fault> {
        check_bytes(line)?;
        let mut scanner = Scanner::new(line)?;
        let mut members: Vec<Member<'a>> = Vec::new();
        let text = |scanner: &mut Scanner<'a>, number| {
            name(scanner, number)?;
            scanner.string().map_err(Fault::from)
        };
        let actor = text(&mut scanner, 0)?;
        let created_at = text(&mut scanner, 1)?;
        name(&mut scanner, 2)?;
        let start = scanner.at();
        scanner.object(0, |member| members.push(member))?;
        let data = scanner.since(start);
        let id = text(&mut scanner, 3)?;
        let words = scanner.since(0).raw;
        name(&mut scanner, 4)?;
        let index = scanner.value(0)?;
        let kind = text(&mut scanner, 5)?;
        let prev_root = text(&mut scanner, 6)?;
        let before_root = scanner.since(0).raw;
        let root = text(&mut scanner, 7)?;
        let after = scanner.at();
        name(&mut scanner, 8)?;
        let signature = if scanner.takes(b"null") {
            None
        } else {
            Some(scanner.string().map_err(Fault::from)?)
        };
        if !scanner.takes(b"}") {
            return Err(wrong_member(&scanner, 9));
        }
        let around_root = (before_root, scanner.since(after).raw);
        if !scanner.is_over() {
            return Err(scanner.unexpected("the end of the line").into());
        }
        check_texts(created_at, id, signature)?;
        let found = known_kind(kind)?;
        check_actor(actor)?;
        let number = index.raw.parse().ok().filter(|_| index.raw.len() <= 15);
        let Some(number) = number else {
            return Err(fault(Code::LedgerForm, index.at, "`index` must be a whole number"));
        };
        if let Err(slip) = kinds::check(found, &members, data.at) {
            return Err(Fault { code: Code::LedgerKind, slip });
        }
        Ok(Self {
            actor,
            created_at,
            data,
            id,
            index: number,
            index_at: index.at,
            kind: found,
            prev_root,
            root,
            signature,
            words,
            around_root,
        })
    }

    /// The root that the words and the position of this entry have.
    #[must_use]
    pub(crate) fn true_root(&self) -> Digest {
        let (before, after) = self.around_root;
        Digest::of(&[before, after])
    }

    /// What the signature is over: what is said and in which programme, without its position.
    #[must_use]
    pub(crate) fn signed_words(&self, programme: &str) -> String {
        signed_words(self.words, self.kind, programme)
    }

    /// The line that says the same at another position, with its LF and its root.
    #[must_use]
    pub(crate) fn moved(&self, index: u64, prev_root: &str) -> (String, Digest) {
        sealed(self.words, self.kind, index, prev_root, self.signature.map(|piece| piece.raw))
    }
}

/// What a signature is over; `words` are a line up to the end of its id. It names the
/// programme, so that what was signed for one says nothing in another.
pub(super) fn signed_words(words: &str, kind: Kind, programme: &str) -> String {
    let mut out = format!("{words},\"kind\":\"{}\",\"programme\":", kind.word());
    super::canonical::write_string(programme, &mut out);
    out + "}"
}

/// A whole line with its LF, and its root. `signature` is a JSON text without quotes.
pub(super) fn sealed(
    words: &str,
    kind: Kind,
    index: u64,
    prev_root: &str,
    signature: Option<&str>,
) -> (String, Digest) {
    let kind = kind.word();
    let before =
        format!("{words},\"index\":{index},\"kind\":\"{kind}\",\"prev_root\":\"{prev_root}\"");
    let after = match signature {
        Some(signature) => format!(",\"signature\":\"{signature}\"}}"),
        None => ",\"signature\":null}".to_owned(),
    };
    let root = Digest::of(&[&before, &after]);
    (format!("{before},\"root\":\"{root}\"{after}\n"), root)
}

/// Goes on over the name of a member.
fn name(scanner: &mut Scanner<'_>, number: usize) -> Result<(), Fault> {
    const BEFORE: [&[u8]; 9] = [
        b"{\"actor\":",
        b",\"created_at\":",
        b",\"data\":",
        b",\"id\":",
        b",\"index\":",
        b",\"kind\":",
        b",\"prev_root\":",
        b",\"root\":",
        b",\"signature\":",
    ];
    let there = BEFORE.get(number).is_some_and(|before| scanner.takes(before));
    if there { Ok(()) } else { Err(wrong_member(scanner, number)) }
}

/// Says what stands where the member of that number belongs.
fn wrong_member(scanner: &Scanner<'_>, number: usize) -> Fault {
    let (done, rest) = MEMBERS.split_at_checked(number).unwrap_or((&MEMBERS, &[]));
    let wanted = match rest.first() {
        Some(name) => format!("the member `{name}`"),
        None => "`}`".to_owned(),
    };
    let rest_of_line = scanner.rest();
    let named = rest_of_line.trim_start_matches([',', '{', '"']);
    let named = named.split('"').next().unwrap_or_default();
    let looks_named = rest_of_line.starts_with(",\"") || rest_of_line.starts_with("{\"");
    let at = scanner.at() + usize::from(looks_named);
    if !looks_named {
        return scanner.unexpected(&wanted).into();
    }
    let said = if done.contains(&named) {
        format!("the member `{named}` is given twice")
    } else if MEMBERS.contains(&named) {
        format!("{wanted} is missing before `{named}`")
    } else {
        format!("an entry has no member `{named}`; {wanted} belongs here")
    };
    fault(Code::LedgerForm, at, said)
}

/// What is wrong with a line before any of it is read.
fn check_bytes(line: &[u8]) -> Result<(), Fault> {
    if line.is_empty() {
        return Err(fault(Code::LedgerForm, 0, "this line is empty"));
    }
    if line.len() > LONGEST {
        let said = format!("this line is longer than {LONGEST} bytes");
        return Err(fault(Code::LedgerForm, LONGEST, said));
    }
    if line.starts_with(b"\xef\xbb\xbf") {
        return Err(fault(Code::LedgerForm, 0, "the file begins with a byte order mark"));
    }
    Ok(())
}

fn check_texts(
    created_at: Piece<'_>,
    id: Piece<'_>,
    signature: Option<Piece<'_>>,
) -> Result<(), Fault> {
    if !is_time(created_at.raw) {
        let said = "`created_at` must be a time in UTC, such as `2026-01-31T09:00:00Z`";
        return Err(fault(Code::LedgerForm, created_at.at, said));
    }
    if !is_id(id.raw) {
        let said = "`id` must be 8 to 64 lower case letters, digits and hyphens";
        return Err(fault(Code::LedgerForm, id.at, said));
    }
    if let Some(signature) = signature.filter(|signature| !is_armoured(signature.raw)) {
        let said = "`signature` must be null or what `ssh-keygen -Y sign` writes";
        return Err(fault(Code::LedgerForm, signature.at, said));
    }
    Ok(())
}

/// Whether a text can be an entry's name.
#[must_use]
pub(crate) fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
        at += 1;
    }
    (8..=64).contains(&at) && at == bytes.len()
}

/// Whether a JSON text without quotes is an armoured signature: base64 between its two
/// lines, and nothing else.
fn is_armoured(raw: &str) -> bool {
    let inner = raw.strip_prefix(ARMOUR.0).and_then(|rest| rest.strip_suffix(ARMOUR.1));
    let good =
        |byte: u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=');
    inner.is_some_and(|inner| {
        raw.len() <= LONGEST_SIGNATURE
            && inner.split("\\n").all(|line| !line.is_empty() && line.bytes().all(good))
    })
}

fn known_kind(kind: Piece<'_>) -> Result<Kind, Fault> {
    Kind::from_word(kind.raw).ok_or_else(|| {
        let hint =
            did_you_mean(kind.raw, Kind::WORDS, format!("the kinds are {}", listed(Kind::WORDS)));
        fault(Code::LedgerKind, kind.at, format!("there is no kind `{}`: {hint}", kind.raw))
    })
}

fn check_actor(actor: Piece<'_>) -> Result<(), Fault> {
    match address_refused(actor.raw) {
        Some(reason) => {
            Err(fault(Code::LedgerForm, actor.at, format!("`actor` {reason}; write one address")))
        }
        None => Ok(()),
    }
}
