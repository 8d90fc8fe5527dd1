//! Whether every action is pinned to a commit.

use super::{Uses, Workflow};
use thrice_findings::text::{is_hex, is_lower_hex, is_word, quoted};
use thrice_findings::{Code, Finding, Place};

/// A finding for each `uses` that names something which can change later.
#[must_use]
pub fn unpinned(path: &str, workflow: &Workflow) -> Vec<Finding> {
    workflow.uses.iter().filter_map(|uses| unpinned_use(path, uses)).collect()
}

/// What there is to say of one `uses`.
pub(super) fn unpinned_use(path: &str, uses: &Uses) -> Option<Finding> {
    let message = format!("{} {}", quoted(&uses.text), not_pinned(&uses.text)?);
    let help = match uses.text.starts_with(IMAGE) {
        true => "Write `docker://name@sha256:` and the 64 hexadecimal digits of its digest.",
        false => "Write `owner/action@` and the 40 hexadecimal digits of a commit.",
    };
    Some(Finding::new(Code::ActionUnpinned, message).help(help).at(Place::line(path, uses.line)))
}

/// How the name of an image begins.
const IMAGE: &str = "docker://";

pub(super) fn not_pinned(text: &str) -> Option<&'static str> {
    if text.contains("${{") {
        return Some("is an expression");
    }
    if let Some(image) = text.strip_prefix(IMAGE) {
        return image_not_pinned(image);
    }
    if let Some(local) = text.strip_prefix("./") {
        let leaves = local.split(['/', '\\']).any(|part| part == "..");
        return leaves.then_some("leads out of the repository");
    }
    let Some((action, revision)) = text.split_once('@') else {
        return Some("names no revision");
    };
    if !is_action(action) {
        return Some("is not of the form `owner/repository@commit`");
    }
    (!is_hex(revision, 40)).then_some("is not pinned to a commit")
}

fn image_not_pinned(image: &str) -> Option<&'static str> {
    let pinned = image.split_once('@').is_some_and(|(name, digest)| {
        let digest = digest.strip_prefix("sha256:").unwrap_or_default();
        is_word(name, "._-/:") && is_lower_hex(digest, 64)
    });
    (!pinned).then_some("is not pinned to the digest of an image")
}

fn is_action(text: &str) -> bool {
    let mut parts = text.split('/');
    let owner = parts.next().is_some_and(|owner| is_word(owner, "-_"));
    let mut rest = parts.peekable();
    let some = rest.peek().is_some();
    owner && some && rest.all(|part| is_word(part, "._-") && part != "." && part != "..")
}
