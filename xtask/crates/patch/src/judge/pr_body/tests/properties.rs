//! What holds of any body, any notes and any bytes.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in "(## |- \\[x\\] |```|~~~|[a-zé:]|\r|\n|\t| ){0,60}") {
        prop_assert!(!Fixture::new().reported(&bytes).is_empty());
        prop_assert!(!Fixture::new().reported(text).is_empty());
        let _ = RecordedDecision::read(&bytes);
        prop_assert!(Story::read("x", &bytes).is_err());
    }

    /// Whatever is written over a part of the body is reported, and nothing panics.
    #[test]
    fn whatever_is_edited_does_not_pass(at in 0_usize..4000, length in 0_usize..30, noise in "[`#\\-\\[\\]x \n\r\ta-z0-9{}\":,]{0,12}") {
        let fixture = Fixture::new();
        let good = fixture.body();
        let mut body = good.clone().into_bytes();
        let at = at.min(body.len());
        let end = (at + length).min(body.len());
        body.splice(at..end, noise.bytes());
        prop_assert_eq!(fixture.reported(&body).is_empty(), body == good.as_bytes());
    }

    #[test]
    fn a_list_of_paths_is_read_back(name in "[^/\\\\`\\p{C}\\p{Z}]{1,12}") {
        prop_assume!(name != "." && name != "..");
        let path = format!("scripts/{name}");
        let fixture = Fixture { patch: patch(BASE, &[path]), ..Fixture::new() };
        prop_assert_eq!(fixture.reported(fixture.body()), [""; 0]);
    }

    #[test]
    fn damaged_notes_are_reported_and_never_panic(at in 0..NOTES.len(), length in 0_usize..30, noise in "[\\[\\]\"'=a-z \n]{0,8}") {
        let mut notes = NOTES.as_bytes().to_vec();
        let end = (at + length).min(notes.len());
        notes.splice(at..end, noise.bytes());
        if let Err(findings) = Story::read("notes.toml", &notes) {
            prop_assert!(findings.iter().all(|finding| finding.place.is_some()));
        }
    }
}
