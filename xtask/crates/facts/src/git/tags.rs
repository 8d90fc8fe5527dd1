//! Tags: read as objects, made, and pushed. Nothing is believed of a name but what its
//! object says.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use super::branches::last_line;
use super::{GitError, Repository, call, call_text};
use crate::interrupt::Interrupt;
use crate::process::Call;
use crate::process::bounded::Bounds;

/// How long signing may take: somebody may have to touch a key.
const SIGN: Duration = Duration::from_secs(2 * 60);
/// How much of what git prints is read, in bytes.
const MOST: u64 = 8 << 20;

/// An annotated tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagObject {
    /// Its id.
    pub id: String,
    /// What it points to.
    pub target: String,
    /// What that is: `commit`, or something else.
    pub(crate) target_kind: String,
    /// The name in the object itself.
    pub name: String,
    /// When it was made, in seconds since 1970.
    pub seconds: Option<i64>,
    /// The message, without a signature.
    pub message: String,
    /// The signature's first line, where there is one.
    pub signature: Option<String>,
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// An annotated tag.
    Tag(Box<TagObject>),
    /// Anything else: the id of a commit, mostly.
    Other(String),
    /// It is not here.
    Absent,
}

/// What a new tag is made of.
#[derive(Clone, Copy, Debug)]
pub struct NewTag<'a> {
    /// Its name.
    pub name: &'a str,
    /// The commit.
    pub commit: &'a str,
    /// Its message.
    pub message: &'a str,
    /// When it is made, in seconds since 1970.
    pub seconds: i64,
    /// Whether it is signed.
    pub sign: bool,
}

impl Repository {
    /// What a tag's name, or an object's id, stands for here.
    ///
    /// # Errors
    /// Where git fails otherwise.
    pub fn named(&self, revision: &str) -> anyhow::Result<Named> {
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", revision];
        let printed = call(self.root(), arguments).run_any_status()?;
        let id = call_text(&printed).trim().to_owned();
        if printed.status != 0 {
            return Ok(Named::Absent);
        }
        let kind = call(self.root(), ["cat-file", "-t", &id]).run_any_status()?;
        match (kind.status, call_text(&kind).trim()) {
            (0, "tag") => {}
            (0, _) => return Ok(Named::Other(id)),
            _ => return Ok(Named::Absent),
        }
        let bytes = call(self.root(), ["cat-file", "tag", &id]).run()?.stdout;
        let tag = read(&id, &bytes).with_context(|| format!("the tag {id} cannot be read"))?;
        Ok(Named::Tag(Box::new(tag)))
    }

    /// Makes an annotated tag here, in the words of its message to the byte. Gives its
    /// object's id.
    ///
    /// # Errors
    /// Where git refuses, cannot be started, or is ended.
    pub fn make_tag(&self, new: &NewTag<'_>, interrupt: &Interrupt) -> Result<String, GitError> {
        let sign = if new.sign { "--sign" } else { "--no-sign" };
        let date = format!("{} +0000", new.seconds);
        let arguments = ["tag", "--annotate", sign, "--cleanup=verbatim", "--file=-"];
        let call = call(self.root(), arguments)
            .arguments(["--end-of-options", new.name, new.commit])
            .set("GIT_COMMITTER_DATE", date)
            .input(new.message.as_bytes().to_vec());
        signing(call, "git tag", interrupt)?;
        match self.named(&format!("refs/tags/{}", new.name))? {
            Named::Tag(tag) => Ok(tag.id),
            Named::Other(_) | Named::Absent => {
                Err(anyhow::anyhow!("git made no annotated tag {}", new.name).into())
            }
        }
    }

    /// Whether a tag's signature of SSH is good; `allowed` is a file of allowed signers,
    /// `revoked` one of keys that count no more.
    ///
    /// # Errors
    /// Where it is not, or git cannot be started, or is ended.
    pub fn verify_tag(
        &self,
        object: &str,
        allowed: &Path,
        revoked: Option<&Path>,
        interrupt: &Interrupt,
    ) -> Result<(), GitError> {
        let allowed = format!("gpg.ssh.allowedSignersFile={}", allowed.display());
        let revoked = revoked.map(|path| path.display().to_string()).unwrap_or_default();
        let revoked = format!("gpg.ssh.revocationFile={revoked}");
        let own = ["-c", "gpg.ssh.program=ssh-keygen", "-c", &allowed, "-c", &revoked];
        let call = call(self.root(), own).arguments(["verify-tag", object]);
        signing(call, "git verify-tag", interrupt)
    }

    /// The commits that one commit has and others have not, the newest first, each with
    /// its whole message.
    ///
    /// # Errors
    /// Where git fails.
    pub fn messages(
        &self,
        commit: &str,
        without: &[String],
    ) -> anyhow::Result<Vec<(String, String)>> {
        let excluded = without.iter().map(|id| format!("^{id}"));
        let format = ["log", "-z", "--no-show-signature", "--no-mailmap", "--format=%H%n%B"];
        let printed = call(self.root(), format).argument(commit).arguments(excluded).run()?;
        let text = String::from_utf8_lossy(&printed.stdout).into_owned();
        let commits = text.split('\0').filter_map(|one| one.trim_start().split_once('\n'));
        Ok(commits.map(|(id, message)| (id.to_owned(), message.to_owned())).collect())
    }
}

/// Runs a call that may have to reach somebody's keys.
fn signing(call: Call, shown: &str, interrupt: &Interrupt) -> Result<(), GitError> {
    let names = ["SSH_AUTH_SOCK", "GNUPGHOME", "GPG_TTY", "XDG_RUNTIME_DIR"];
    let call = names.into_iter().fold(call, |call, name| call.keep(name));
    let ran = call.run_bounded(Bounds { time: SIGN, bytes: MOST, interrupt });
    let printed = ran.map_err(|stopped| anyhow::anyhow!("{shown} {stopped}"))?;
    if printed.status == 0 {
        return Ok(());
    }
    Err(GitError::Refused(last_line(&String::from_utf8_lossy(&printed.stderr)).to_owned()))
}

/// Reads a tag's object: headers, an empty line, the message, and a signature behind it.
fn read(id: &str, bytes: &[u8]) -> Option<TagObject> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end_matches('\n'), ""));
    let header = |key: &str| {
        head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).map(str::to_owned)
    };
    let mut at = 0;
    let begins = [
        "-----BEGIN SSH SIGNATURE-----",
        "-----BEGIN PGP SIGNATURE-----",
        "-----BEGIN SIGNED MESSAGE-----",
    ];
    let mut signature = None;
    for line in body.split_inclusive('\n') {
        if begins.contains(&line.trim_end()) {
            signature = Some((at, line.trim_end().to_owned()));
        }
        at += line.len();
    }
    let end = signature.as_ref().map_or(body.len(), |(at, _)| *at);
    let tagger = header("tagger");
    let seconds = tagger.and_then(|line| {
        let mut words = line.rsplit(' ');
        words.next()?;
        words.next()?.parse().ok()
    });
    Some(TagObject {
        id: id.to_owned(),
        target: header("object")?,
        target_kind: header("type")?,
        name: header("tag")?,
        seconds,
        message: body.get(..end)?.to_owned(),
        signature: signature.map(|(_, line)| line),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_object_is_read_with_and_without_a_signature() {
        let plain = "object 1\ntype commit\ntag v1\ntagger A B <a@b> 17 +0000\n\nv1\n\nsha: 1\n";
        let tag = read("9", plain.as_bytes()).unwrap();
        assert_eq!(
            (tag.seconds, tag.message.as_str(), tag.signature),
            (Some(17), "v1\n\nsha: 1\n", None)
        );
        let signed =
            format!("{plain}-----BEGIN SSH SIGNATURE-----\nAAA\n-----END SSH SIGNATURE-----\n");
        let tag = read("9", signed.as_bytes()).unwrap();
        assert_eq!(tag.message, "v1\n\nsha: 1\n");
        assert_eq!(tag.signature.as_deref(), Some("-----BEGIN SSH SIGNATURE-----"));
        assert_eq!(read("9", b"object 1\n\nx"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_never_panic(bytes in any::<Vec<u8>>(), text in "object 1\ntype x\ntag y\n[\n -Ba]*") {
            let _ = read("1", &bytes);
            prop_assert!(read("1", text.as_bytes()).is_some());
        }
    }
}
