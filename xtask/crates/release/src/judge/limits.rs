//! What GitHub takes of a release, known before anything is pushed.

use super::published::Wanted;
use thrice_findings::text::{is_word, quoted};
use thrice_findings::{Code, Finding};

/// The longest text of a release, in characters
/// (`body is too long (maximum is 125000 characters)`).
pub(crate) const MOST_BODY: usize = 125_000;
/// The file of the whole notes.
pub(crate) const NOTES: &str = "NOTES.md";
/// What ends notes that are longer than a release's text may be.
const SHORTENED: &str =
    "\n\nThis text is shortened. The whole is in the file NOTES.md of this release.\n";
/// The largest file of a release, in bytes: each must be smaller than 2 GiB.
const MOST_FILE: usize = (2 << 30) - 1;

/// Notes as the text of a release: whole where GitHub takes them, else as many of their
/// lines as it takes, with where the rest is.
#[must_use]
pub(crate) fn body(notes: &str) -> String {
    if !is_too_long(notes) {
        return notes.to_owned();
    }
    let room = MOST_BODY - length(SHORTENED);
    let (mut used, mut end) = (0, 0);
    for line in notes.split_inclusive('\n') {
        used += length(line);
        if used > room {
            break;
        }
        end += line.len();
    }
    let whole_lines = notes.get(..end).unwrap_or_default().trim_end();
    if whole_lines.is_empty() {
        let start: String = notes.chars().take(room / 2).collect();
        return format!("{start}{SHORTENED}");
    }
    format!("{whole_lines}{SHORTENED}")
}

/// Whether notes are longer than a release's text may be, so that they are a file of it.
#[must_use]
pub(crate) fn is_too_long(notes: &str) -> bool {
    length(notes) > MOST_BODY
}

/// Whether the text of a release says that the whole is a file of it.
#[must_use]
pub(crate) fn is_shortened(body: &str) -> bool {
    body.replace("\r\n", "\n").trim_end().ends_with(SHORTENED.trim())
}

/// Characters as a server may count them: no fewer than it does.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The files that GitHub gets: those that the release was begun with for it, and the whole
/// notes where they are too long for its text.
#[must_use]
pub(crate) fn uploads(files: &[Wanted], named: &[String], notes: &str) -> Vec<Wanted> {
    let long = is_too_long(notes);
    let is_wanted = |file: &&Wanted| named.contains(&file.name) || (long && file.name == NOTES);
    files.iter().filter(is_wanted).cloned().collect()
}

/// A finding where GitHub would not take a file, or would give it another name: it renames
/// what has other characters, and dots at an end
/// (<https://docs.github.com/en/rest/releases/assets#upload-a-release-asset>).
#[must_use]
pub(crate) fn refused_file(name: &str, bytes: usize) -> Option<Finding> {
    let plain = is_word(name, "._-") && !name.starts_with('.') && !name.ends_with('.');
    let (message, help) = if !plain || name.len() > 255 {
        let message = format!("GitHub would give the file {} another name", quoted(name));
        (
            message,
            "use letters, digits, hyphens, underscores and dots in `id` of policy/programme.toml",
        )
    } else if bytes > MOST_FILE {
        let message =
            format!("the file {} has {bytes} bytes; GitHub takes less than 2 GiB", quoted(name));
        (message, "make the evidence smaller: it is packed from what the gates leave")
    } else {
        return None;
    };
    Some(Finding::new(Code::ReleaseAsset, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_that_fit_are_the_text_and_longer_ones_are_shortened() {
        let line = "- a commit with a title of some length (0123456789ab)\n";
        for count in [0, 1, 2_000, 4_000] {
            let notes = line.repeat(count);
            let body = body(&notes);
            let long = notes.len() > MOST_BODY;
            assert_eq!((is_too_long(&notes), is_shortened(&body)), (long, long), "{count}");
            assert!(body.chars().count() <= MOST_BODY);
            if !long {
                assert_eq!(body, notes);
                continue;
            }
            // It ends with a whole line, and no more than one line of room is left.
            let kept = body.strip_suffix(SHORTENED).unwrap();
            assert!(notes.starts_with(kept) && kept.ends_with("ab)"), "{}", kept.len());
            assert!(body.len() + line.len() > MOST_BODY);
        }
        let one = "é🦀".repeat(100_000);
        let short = body(&one);
        assert!(is_shortened(&short) && length(&short) <= MOST_BODY);
        assert!(is_shortened(&short.replace('\n', "\r\n")));
    }

    #[test]
    fn exactly_the_limit_is_whole() {
        for (length, long) in [(MOST_BODY, false), (MOST_BODY + 1, true)] {
            assert_eq!(is_too_long(&"x".repeat(length)), long);
        }
    }

    #[test]
    fn the_whole_notes_are_a_file_where_the_text_is_short() {
        let file = |name: &str| Wanted { name: name.to_owned(), sha256: "0".to_owned() };
        let files = [file("pack.zip"), file(NOTES)];
        let names = |named: &[String], notes: &str| -> Vec<String> {
            uploads(&files, named, notes).into_iter().map(|file| file.name).collect()
        };
        let long = "x".repeat(MOST_BODY + 1);
        let pack = ["pack.zip".to_owned()];
        assert_eq!(names(&pack, "x"), ["pack.zip"]);
        assert_eq!(names(&pack, &long), ["pack.zip", NOTES]);
        assert_eq!(names(&[], &long), [NOTES]);
        assert!(names(&[], "x").is_empty());
    }

    #[test]
    fn names_that_github_changes_are_refused() {
        for good in ["s7-1.4.0-rc.1-pack.zip", "a_b.json", "NOTES.md"] {
            assert_eq!(refused_file(good, 1), None, "{good}");
        }
        for bad in ["", ".a", "a.", "a b.zip", "é.zip", "a+b.zip", "a/b", &"a".repeat(256)] {
            assert!(refused_file(bad, 1).is_some(), "{bad}");
        }
        assert!(
            refused_file("a", MOST_FILE).is_none() && refused_file("a", MOST_FILE + 1).is_some()
        );
    }
}
