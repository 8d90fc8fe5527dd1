//! What is in a pack of evidence, as GitHub Markdown.

use thrice_findings::short;
use thrice_report::markdown::{code, line, table, titled};
use thrice_report::text::counted;

/// A file of a pack.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    /// Its name below the folder of what it is of.
    pub name: String,
    /// What it shows; none where it is only attached.
    pub shows: Option<String>,
    pub sha256: String,
}

/// What a part of a pack is of, and its files.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// A story, or the gate of a sprint.
    pub subject: String,
    pub title: String,
    /// Who answers for it.
    pub owner: Option<String>,
    pub files: Vec<Packed>,
}

/// All that the index of a pack says.
pub(crate) struct Index<'a> {
    /// What the pack is of.
    pub id: &'a str,
    pub title: &'a str,
    pub programme: &'a str,
    /// The name of the archive, and its SHA-256.
    pub archive: (&'a str, &'a str),
    pub commit: &'a str,
    /// The newest review of that commit here, and whether it passed.
    pub review: Option<(String, bool)>,
    /// What was decided on a pack of this id, and by whom; and the digest that was recorded.
    pub decided: Option<(String, Option<String>)>,
    pub parts: &'a [Part],
}

/// The first words of an index.
const INDEX: &str = "# Evidence of ";

/// Whether a file is an index.
#[must_use]
pub(crate) fn is_index(bytes: &[u8]) -> bool {
    bytes.starts_with(INDEX.as_bytes())
}

#[must_use]
pub(crate) fn index(index: &Index<'_>) -> String {
    let Index { archive: (archive, sha256), commit, parts, .. } = index;
    let files = parts.iter().map(|part| part.files.len()).sum();
    let mut text = format!(
        "{INDEX}{}, {}\n\n**{} of {}, complete: `cargo xtask evidence check {}` passed.**\n\n\
        - Archive: {}, SHA-256 {}\n- Commit: {}\n- Review of the commit: {}\n- Decision: {}\n",
        titled(index.id, index.title),
        line(index.programme),
        counted(files, "file"),
        counted(parts.len(), "subject"),
        line(index.id),
        code(archive),
        code(sha256),
        code(commit),
        review(index),
        decision(index)
    );
    for part in *parts {
        let owner = part.owner.as_deref().map(|owner| format!("Owner: {}\n\n", line(owner)));
        let rows = part.files.iter().map(|file| {
            let shows = file.shows.as_deref().map_or_else(|| "attached".to_owned(), line);
            vec![code(&file.name), shows, code(short(&file.sha256))]
        });
        text.push_str(&format!(
            "\n## {}\n\n{}{}",
            titled(&part.subject, &part.title),
            owner.unwrap_or_default(),
            table(&["file", "what it shows", "SHA-256 begins"], rows)
        ));
    }
    text + "\nIn the archive, each subject has a folder of its own. `SHA256SUMS` there has the whole \
        digests: `sha256sum --check SHA256SUMS`.\n"
}

fn review(index: &Index<'_>) -> String {
    match &index.review {
        Some((id, true)) => format!("{} passed", code(id)),
        Some((id, false)) => format!("{} did not pass", code(id)),
        None => "none in this clone: `cargo xtask orr` makes one".to_owned(),
    }
}

fn decision(index: &Index<'_>) -> String {
    match &index.decided {
        None => "none recorded yet".to_owned(),
        Some((said, Some(digest))) if digest == index.archive.1 => {
            format!("{}, on this archive", line(said))
        }
        Some((said, Some(digest))) => {
            format!("{}, on **another** archive: SHA-256 {}", line(said), code(digest))
        }
        Some((said, None)) => format!("{}, without an archive", line(said)),
    }
}
