//! The files of the ledger's branch: numbered segments, each of the same number of lines.
//! One after the other they are the ledger.

use thrice_findings::{Code, Finding, Place};

/// How many lines a segment has at most: appending writes one segment, however long the
/// ledger is.
pub(crate) const LINES: usize = 1000;

/// The name of a segment, counted from 0.
#[must_use]
pub(crate) fn name(number: usize) -> String {
    format!("{number:08}.jsonl")
}

/// The segments of a tree, each with its blob, in their order.
///
/// # Errors
/// The first file that is no segment, or the first segment that is missing; `branch` is
/// how people know the ledger.
pub(crate) fn ordered<'t>(
    branch: &str,
    tree: impl IntoIterator<Item = (&'t [u8], &'t str, &'t str)>,
) -> Result<Vec<String>, Box<Finding>> {
    let mut blobs = Vec::new();
    for (path, mode, blob) in tree {
        let expected = name(blobs.len());
        if path != expected.as_bytes() || mode != "100644" {
            let path = thrice_findings::display_bytes(path);
            let message = format!("the ledger has `{path}` where segment {expected} belongs");
            let finding = Finding::new(Code::LedgerForm, message).at(Place::file(branch));
            return Err(Box::new(finding.help(
                "only this tool writes the branch; have an administrator take back what was pushed",
            )));
        }
        blobs.push(blob.to_owned());
    }
    Ok(blobs)
}

/// The last segment after more lines, and those that begin then: `last` is the bytes of
/// the last one, empty where there is none.
#[must_use]
pub(crate) fn extended(last: &[u8], lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut count = last.iter().filter(|byte| **byte == b'\n').count();
    let mut segments = vec![last.to_vec()];
    for line in lines {
        if count >= LINES {
            segments.push(Vec::new());
            count = 0;
        }
        if let Some(segment) = segments.last_mut() {
            segment.extend_from_slice(line);
        }
        count += 1;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_segment_begins_the_next() {
        let line = b"x\n".to_vec();
        let full = line.repeat(LINES);
        assert_eq!(extended(b"", &[line.clone()]), [line.clone()]);
        assert_eq!(extended(b"y\n", &[line.clone()]), [b"y\nx\n".to_vec()]);
        assert_eq!(extended(&full, &[line.clone()]), [full.clone(), line.clone()]);
        let many = vec![line.clone(); 2 * LINES + 1];
        assert_eq!(extended(b"", &many), [full.clone(), full, line]);
    }

    #[test]
    fn what_is_no_segment_is_named() {
        let tree = |files: &[(&'static str, &'static str)]| {
            ordered("ledger", files.iter().map(|(path, mode)| (path.as_bytes(), *mode, "id")))
                .map_err(|finding| finding.message)
        };
        assert_eq!(tree(&[]), Ok(vec![]));
        let two = [("00000000.jsonl", "100644"), ("00000001.jsonl", "100644")];
        assert_eq!(tree(&two), Ok(vec!["id".to_owned(), "id".to_owned()]));
        for (files, says) in [
            (&two[1..], "`00000001.jsonl` where segment 00000000.jsonl"),
            (&[("00000000.jsonl", "120000")], "`00000000.jsonl` where"),
            (&[("00000000.jsonl", "100755")], "`00000000.jsonl` where"),
            (&[("0/00000000.jsonl", "100644")], "`0/00000000.jsonl` where"),
            (&[two[0], ("README", "100644")], "`README` where segment 00000001.jsonl"),
        ] {
            assert!(tree(files).unwrap_err().contains(says), "{files:?}");
        }
    }
}
