//! The marked block of a file that this tool keeps current, such as the brief in
//! AGENTS.md. Whatever stands outside of it is the file's own, byte for byte.

use std::ops::Range;

use thrice_findings::{Code, Finding, Place};

/// The line before the block. Any line that begins so begins one.
const BEGIN: &str = "<!-- xtask brief: begin";
/// What this tool writes there.
const BEGIN_LINE: &str =
    "<!-- xtask brief: begin; written by `cargo xtask brief --write`, do not edit -->";
/// The line after it.
const END: &str = "<!-- xtask brief: end";
const END_LINE: &str = "<!-- xtask brief: end -->";

/// The file with this text, whose lines end with LF, as its block: in the place of the
/// one that is there, else at the end. The lines of the block end as the file's do.
///
/// # Errors
/// A finding where the marks of the file are not those of one whole block.
pub(crate) fn splice(path: &str, file: &[u8], text: &str) -> Result<Vec<u8>, Box<Finding>> {
    let found = find(path, file)?;
    let model = found.as_ref().and_then(|block| file.get(block.start..)).unwrap_or(file);
    let ending = ending(model);
    let lines = [BEGIN_LINE, text.trim_end_matches('\n'), END_LINE].join("\n");
    let block = lines.replace('\n', ending).into_bytes();
    Ok(match found {
        Some(old) => {
            let before = file.get(..old.start).unwrap_or_default();
            let after = file.get(old.end..).unwrap_or_default();
            [before, &block, after].concat()
        }
        None => {
            let unended = !file.is_empty() && !file.ends_with(b"\n");
            let blank = if file.is_empty() { "" } else { ending };
            let unended = if unended { ending } else { "" };
            [file, unended.as_bytes(), blank.as_bytes(), &block, ending.as_bytes()].concat()
        }
    })
}

/// What speaks against the block of a file; `file` is `None` where there is none.
#[must_use]
pub(crate) fn stale(path: &str, file: Option<&[u8]>, text: &str) -> Option<Finding> {
    let help = format!("run `cargo xtask brief --write {path}` and commit the result");
    let Some(file) = file else {
        let message = format!("there is no {path}, which is to hold the brief");
        return Some(Finding::new(Code::BriefStale, message).help(help).at(Place::file(path)));
    };
    match splice(path, file, text) {
        Err(finding) => Some(*finding),
        Ok(current) if current == file => None,
        Ok(_) => {
            let message = format!("the brief in {path} is not what policy says");
            Some(Finding::new(Code::BriefStale, message).help(help).at(Place::file(path)))
        }
    }
}

/// How the first line ends.
fn ending(text: &[u8]) -> &'static str {
    let first = text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    if first.ends_with(b"\r\n") { "\r\n" } else { "\n" }
}

/// The bytes of the block, without the end of its last line.
fn find(path: &str, file: &[u8]) -> Result<Option<Range<usize>>, Box<Finding>> {
    let (mut at, mut open, mut block) = (0, None, None);
    for (index, line) in file.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let bare = line.trim_ascii_end();
        let (begins, ends) = (bare.starts_with(BEGIN.as_bytes()), bare.starts_with(END.as_bytes()));
        if (begins || ends) && !is_one_comment(bare) {
            return Err(damaged(path, number, "text stands behind this mark"));
        }
        if begins && open.is_some() {
            return Err(damaged(path, number, "a block begins within another"));
        } else if begins && block.is_some() {
            return Err(damaged(path, number, "this is a second block"));
        } else if begins {
            open = Some((at, number));
        } else if ends {
            let Some((start, _)) = open.take() else {
                return Err(damaged(path, number, "a block ends here that never begins"));
            };
            block = Some(start..at + bare.len());
        }
        at += line.len();
    }
    match open {
        Some((_, number)) => Err(damaged(path, number, "the block that begins here never ends")),
        None => Ok(block),
    }
}

/// Whether the line's first `-->` is its end.
fn is_one_comment(line: &[u8]) -> bool {
    line.windows(3).position(|part| part == b"-->").is_some_and(|at| at + 3 == line.len())
}

fn damaged(path: &str, line: usize, message: &str) -> Box<Finding> {
    let help = format!(
        "leave one line `{BEGIN} -->` and, below it, one line `{END_LINE}`, or none of the two"
    );
    Box::new(Finding::new(Code::BriefBlock, message).help(help).at(Place::line(path, line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spliced(file: &str) -> String {
        match splice("A.md", file.as_bytes(), "one\ntwo\n") {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(finding) => {
                let place = finding.place.unwrap().describe();
                format!("{}: {place}: {}", finding.code.name(), finding.message)
            }
        }
    }

    #[test]
    fn the_block_goes_where_it_was_else_to_the_end() {
        let block = format!("{BEGIN_LINE}\none\ntwo\n{END_LINE}");
        let short = format!("{BEGIN} -->");
        for (file, expected) in [
            (String::new(), format!("{block}\n")),
            ("# A\n".to_owned(), format!("# A\n\n{block}\n")),
            ("# A".to_owned(), format!("# A\n\n{block}\n")),
            (format!("a\n{short}\nold\n{END_LINE}\nb"), format!("a\n{block}\nb")),
            (format!("a\n{short}\n{END_LINE}"), format!("a\n{block}")),
            (format!("{short}\n{END_LINE}  \n"), format!("{block}  \n")),
            (format!("  {BEGIN_LINE}\n"), format!("  {BEGIN_LINE}\n\n{block}\n")),
        ] {
            assert_eq!(spliced(&file), expected, "{file:?}");
        }
    }

    #[test]
    fn lines_end_as_those_of_the_file() {
        let block = format!("{BEGIN_LINE}\r\none\r\ntwo\r\n{END_LINE}");
        assert_eq!(spliced("# A\r\n"), format!("# A\r\n\r\n{block}\r\n"));
        let mixed = format!("a\n{BEGIN} -->\r\nold\n{END_LINE}\nb\r\n");
        assert_eq!(spliced(&mixed), format!("a\n{block}\nb\r\n"));
    }

    #[test]
    fn marks_that_are_no_whole_block_are_reported_and_nothing_is_guessed() {
        let (b, e) = (BEGIN_LINE, END_LINE);
        for (file, expected) in [
            (format!("{b}\nx\n"), "A.md:1: the block that begins here never ends"),
            (format!("x\n{e}\n"), "A.md:2: a block ends here that never begins"),
            (format!("{b}\n{b}\n{e}\n"), "A.md:2: a block begins within another"),
            (format!("{b}\n{e}\nx\n{b}\n{e}\n"), "A.md:4: this is a second block"),
            (format!("{b}\n{e}\n{e}\n"), "A.md:3: a block ends here that never begins"),
            (format!("{b}\n{e} kept?\n"), "A.md:2: text stands behind this mark"),
            (format!("{b} kept?\n{e}\n"), "A.md:1: text stands behind this mark"),
            (format!("{BEGIN}\n{e}\n"), "A.md:1: text stands behind this mark"),
        ] {
            assert_eq!(spliced(&file), format!("brief-block: {expected}"), "{file:?}");
        }
    }

    #[test]
    fn a_file_is_stale_until_it_holds_the_text() {
        let reported = |file: Option<&str>| {
            let finding = stale("A.md", file.map(str::as_bytes), "one\ntwo\n");
            finding.map(|finding| finding.message)
        };
        assert_eq!(reported(None).unwrap(), "there is no A.md, which is to hold the brief");
        let old = "the brief in A.md is not what policy says";
        assert_eq!(reported(Some("# A\n")).unwrap(), old);
        let good = spliced("# A\n");
        assert_eq!(reported(Some(&good)), None);
        assert_eq!(reported(Some(&good.replace("two", "2"))).unwrap(), old);
        assert_eq!(reported(Some(&format!("{good}{good}"))).unwrap(), "this is a second block");
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Files made of marks, parts of them, text and noise.
    fn file() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(BEGIN_LINE.as_bytes().to_vec()),
            Just(END_LINE.as_bytes().to_vec()),
            Just(BEGIN.as_bytes().to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..12),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn writing_twice_is_writing_once(file in file(), text in "[ -~\n]{0,40}") {
            prop_assume!(!text.lines().any(|line| line.starts_with("<!-- xtask")));
            if let Ok(once) = splice("A.md", &file, &text) {
                prop_assert_eq!(splice("A.md", &once, &text).unwrap(), once.clone());
                prop_assert!(stale("A.md", Some(&once), &text).is_none());
            }
        }

        #[test]
        fn what_stands_outside_is_kept(
            before in proptest::collection::vec(any::<u8>(), 0..60),
            after in proptest::collection::vec(any::<u8>(), 0..60),
            old in "[a-z\n]{0,20}",
        ) {
            let marked = format!("\n{BEGIN_LINE}\n{old}\n{END_LINE}");
            let file = [before.as_slice(), marked.as_bytes(), b"\n", &after].concat();
            let new = splice("A.md", &file, "new\n").unwrap();
            prop_assert!(new.starts_with(&[before.as_slice(), b"\n"].concat()));
            prop_assert!(new.ends_with(&[b"\n".as_slice(), &after].concat()));
            let block = format!("{BEGIN_LINE}\nnew\n{END_LINE}");
            prop_assert_eq!(new.len(), before.len() + 1 + block.len() + 1 + after.len());
        }

        #[test]
        fn a_file_without_marks_is_kept_whole(file in proptest::collection::vec(any::<u8>(), 0..80)) {
            let new = splice("A.md", &file, "new\n").unwrap();
            prop_assert!(new.starts_with(&file));
        }
    }
}
