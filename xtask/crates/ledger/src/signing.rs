//! Whether whoever sits here can sign a decision so that it counts, and how to make that so.

use super::signature::{Keygen, Signers};
use super::store::{actor, no_key, own_key};
use thrice_facts::clock::{self, rfc3339};
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity};
use thrice_programme::Kind;

/// The longest file that is taken for a public key, in bytes.
const LONGEST: usize = 64 << 10;

/// How to give git a key.
const KEY: &str = "`mkdir -p -m 700 ~/.ssh`, `ssh-keygen -t ed25519 -f ~/.ssh/thrice`, \
    `git config gpg.format ssh`, `git config user.signingkey ~/.ssh/thrice`";

/// Why nothing that is signed here counts by the keys of a base, as a warning; none where it
/// does.
///
/// # Errors
/// Where git cannot be started.
pub fn why_not(repository: &Repository, signers: &Signers) -> anyhow::Result<Option<Finding>> {
    let refuse = |code, message: String, help: String| {
        let mut finding = Finding::new(code, message).help(help);
        finding.severity = Severity::Warn;
        Ok(Some(finding))
    };
    let shown = &signers.shown;
    let Some(address) = repository.setting("user.email")? else {
        let help = "`git config user.email ADDRESS`, one of policy/ledger.toml";
        return refuse(
            Code::LedgerKey,
            "you can't sign: git has no user.email".to_owned(),
            help.to_owned(),
        );
    };
    let ssh = repository.setting("gpg.format")?.is_some_and(|format| format == "ssh");
    let named = repository.setting_path("user.signingkey")?.filter(|_| ssh);
    let Some(key) = named.as_deref().and_then(public_key) else {
        let message = "you can't sign: git has no SSH key (gpg.format, user.signingkey)".to_owned();
        let help = format!(
            "{KEY}; then add a line to {shown} by a reviewed patch: `{address} ` and the contents of ~/.ssh/thrice.pub"
        );
        return refuse(Code::LedgerKey, message, help);
    };
    if lists(&String::from_utf8_lossy(&signers.allowed), &address, &key) {
        return Ok(None);
    }
    let message =
        format!("you can't sign: no key of {address} that git has is in {shown} of the base");
    let help = format!("add this line to {shown} by a reviewed patch: `{address} {key}`");
    refuse(Code::LedgerSigner, message, help)
}

/// The same, after the key has signed a test: what its passphrase keeps shut is no key that signs.
/// Nothing is recorded.
///
/// # Errors
/// Where git can't be started, or the keys can't be written.
pub fn tried(
    repository: &Repository,
    signers: &Signers,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Finding>> {
    if let Some(finding) = why_not(repository, signers)? {
        return Ok(Some(finding));
    }
    let keygen = Keygen::new(signers, interrupt)?;
    let (actor, time) = (actor(repository), rfc3339(clock::now()));
    let verified = actor.and_then(|actor| {
        let key = own_key(repository, &keygen)?;
        let key = key.ok_or_else(|| no_key(Kind::Incident))?;
        let armoured = keygen.sign(&key, TEST)?;
        keygen.verify(&actor, &time, TEST, &armoured)
    });
    Ok(verified.err().map(|finding| *finding))
}

/// What a key signs to show that it can.
const TEST: &str = "a test of this key, recorded nowhere\n";

/// The type and the digits of a public key, as git names it: a file of it, a file of its
/// private half, or the key itself.
pub(crate) fn public_key(named: &str) -> Option<String> {
    let literal =
        named.strip_prefix("key::").or_else(|| named.starts_with("ssh-").then_some(named));
    let text = match literal {
        Some(literal) => literal.to_owned(),
        None => {
            let read = |path: &str| files::read_named(path.as_ref(), LONGEST).ok();
            let bytes = match named.ends_with(".pub") {
                true => read(named),
                false => read(&format!("{named}.pub")).or_else(|| read(named)),
            };
            String::from_utf8(bytes?).ok()?
        }
    };
    let mut words = text.split_whitespace();
    let (sort, digits) = (words.next()?, words.next()?);
    let is_key = sort.starts_with("ssh-") || sort.starts_with("ecdsa-") || sort.starts_with("sk-");
    is_key.then(|| format!("{sort} {digits}"))
}

/// Whether a file of allowed signers has a key under an address. A pattern may match any.
fn lists(allowed: &str, address: &str, key: &str) -> bool {
    let digits = key.rsplit(' ').next().unwrap_or_default();
    let lines = allowed.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.filter(|line| line.split_whitespace().any(|word| word == digits)).any(|line| {
        let names = line.split_whitespace().next().unwrap_or_default().trim_matches('"');
        let fits = |name: &str| name.contains(['*', '?']) || name.eq_ignore_ascii_case(address);
        names.split(',').any(fits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_under_its_address_only() {
        let allowed = "# ona@example.com ssh-ed25519 AAAA\n\
            bea@example.com,b@x.org ssh-ed25519 BBBB bea\n\
            ona@example.com valid-after=\"20260101\" ssh-ed25519 CCCC\n*@corp.org ssh-ed25519 DDDD\n";
        for (address, key, wanted) in [
            ("ona@example.com", "ssh-ed25519 AAAA", false),
            ("ona@example.com", "ssh-ed25519 BBBB", false),
            ("b@x.org", "ssh-ed25519 BBBB", true),
            ("ona@example.com", "ssh-ed25519 CCCC", true),
            ("x@corp.org", "ssh-ed25519 DDDD", true),
        ] {
            assert_eq!(lists(allowed, address, key), wanted, "{address} {key}");
        }
        assert_eq!(public_key("key::ssh-ed25519 AAAA ona").as_deref(), Some("ssh-ed25519 AAAA"));
        assert_eq!(public_key("/nowhere/key"), None);
    }
}
