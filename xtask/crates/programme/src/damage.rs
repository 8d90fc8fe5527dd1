//! One property of every file of policy: whatever is cut out of it or written over it, what
//! refuses says where.

use proptest::prelude::*;

use crate::PolicyFiles;
use thrice_findings::{Code, Finding, Severity};

/// A file of policy beside this repository's own programme and gates.
pub(crate) fn beside_ours(name: &str, bytes: &[u8]) -> PolicyFiles {
    let programme: &[u8] = include_bytes!("../../../../policy/programme.toml");
    let gates: &[u8] = include_bytes!("../../../../policy/gates.toml");
    let named = [("programme.toml", programme), ("gates.toml", gates), (name, bytes)];
    named.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into()
}

/// A good file with up to 60 bytes replaced by noise of the format's own characters.
pub(crate) fn damaged(good: &'static str) -> impl Strategy<Value = Vec<u8>> {
    (0..good.len(), 0_usize..60, "[\\[\\]\"'=#a-z0-9@ \n./-]{0,8}").prop_map(
        |(at, length, noise)| {
            let mut bytes = good.as_bytes().to_vec();
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, noise.bytes());
            bytes
        },
    )
}

/// Nothing is read just where something refuses, and each finding has a line, but for those of
/// these codes.
pub(crate) fn is_placed(
    is_read: bool,
    findings: &[Finding],
    whole: &[Code],
) -> Result<(), TestCaseError> {
    let refuses = findings.iter().any(|finding| finding.severity == Severity::Refuse);
    prop_assert_eq!(is_read, !refuses);
    for finding in findings {
        let line = finding.place.as_ref().and_then(|place| place.line);
        prop_assert!(line.is_some() || whole.contains(&finding.code), "{:?}", finding);
    }
    Ok(())
}
