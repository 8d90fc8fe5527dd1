//! Each retired key, and files that have none.

use proptest::prelude::*;

use super::*;
use crate::{check, schema};
use thrice_findings::Severity;

/// The row, a file with it, and the same file of today.
const TABLE: &[(&[&str], &str, &str)] = &[
    (&["checkout"], "# a\ncheckout = \"clone\"\n# b\nvary = 1\n", "# a\n# b\nvary = 1\n"),
    (&["checkout"], "checkout = \"worktree\" # why\r\nx = 1\r\n", "# why\r\nx = 1\r\n"),
    (&["checkout"], "x = 1\n  \"checkout\" = '''\nclone'''", "x = 1\n  "),
    (
        &["workflow", "merge_queue"],
        "[workflow] # w\n# q\nmerge_queue = true # on\nname = \"n\"\n",
        "[workflow] # w\n# q\nbase = \"queue\" # on\nname = \"n\"\n",
    ),
    (&["workflow", "merge_queue"], "workflow.merge_queue = false\n", "workflow.base = \"head\"\n"),
    (
        &["workflow", "merge_queue"],
        "workflow = { attest = true, merge_queue = true }\n",
        "workflow = { attest = true, base = \"queue\" }\n",
    ),
    (&["path"], "path = \"docs/l.jsonl\"\nsigners = \"s\"\n", "signers = \"s\"\n"),
    (
        &["kinds", "evidence-decision"],
        "[kinds.risk]\nsigned = true\n\n# e\n[kinds.evidence-decision] # f\n# g\nsigned = true\nroles = [\n  \"po\", # h\n]\n[people]\n",
        "[kinds.risk]\nsigned = true\n\n# e\n# f\n# g\n[people]\n",
    ),
    (
        &["kinds", "evidence-decision"],
        "[kinds]\nevidence-decision = { signed = true }\nrisk.signed = true\n",
        "[kinds]\nrisk.signed = true\n",
    ),
    (
        &["kinds", "evidence-decision"],
        "kinds.evidence-decision.signed = true\nkinds.evidence-decision.roles = []\n",
        "",
    ),
];

fn row(path: &[&str]) -> &'static RetiredKey {
    RETIRED.iter().find(|row| row.path == path).unwrap()
}

#[test]
fn each_retired_key_is_rewritten_and_comments_and_order_stay() {
    for (path, old, new) in TABLE {
        assert_eq!(upgraded(row(path).file, old), *new, "{old}");
        assert_eq!(upgraded(row(path).file, new), *new, "a second time");
    }
    for row in RETIRED {
        assert!(TABLE.iter().any(|(path, ..)| *path == row.path), "{row:?}");
    }
}

#[test]
fn what_cannot_be_rewritten_safely_stays_byte_for_byte() {
    for (name, text) in [
        ("gates.toml", "[workflow]\nmerge_queue = \"yes\"\n"),
        ("gates.toml", "[workflow]\nmerge_queue = true\nbase = \"head\"\n"),
        ("gates.toml", "workflow = 1\nx = \"checkout = 1\"\n"),
        ("gates.toml", "checkout = \n"),
        ("gates.toml", "[[gates]]\ncheckout = \"clone\"\n"),
        ("ledger.toml", "kinds = { evidence-decision = {}, risk = { signed = true } }\n"),
        ("programme.toml", "checkout = \"clone\"\npath = 1\n"),
    ] {
        assert_eq!(upgraded(name, text), text);
    }
}

#[test]
fn policy_check_says_what_became_of_each() {
    for (path, old, _) in TABLE {
        let row = row(path);
        let files = PolicyFiles::from([(row.file.to_owned(), old.as_bytes().to_vec())]);
        let (_, findings) = check("policy", &files);
        let key = path.last().unwrap();
        let about = findings.iter().filter(|it| it.message.starts_with(&format!("`{key}` is ")));
        let about: Vec<_> = about.collect();
        assert_eq!(about.len(), 1, "{old}: {findings:#?}");
        assert_eq!((about[0].code, about[0].severity), (Code::PolicyUnknownKey, Severity::Refuse));
        assert!(about[0].help.as_ref().unwrap().contains("policy upgrade"), "{about:?}");
        let place = about[0].place.as_ref().unwrap();
        assert!(place.line.is_some_and(|line| old.lines().nth(line - 1).unwrap().contains(key)));
    }
}

/// A row that named a key of today would take away what is read.
#[test]
fn no_retired_key_is_one_of_today() {
    for row in RETIRED {
        let mut at = schema::of(row.file.trim_end_matches(".toml")).unwrap();
        let (name, tables) = row.path.split_last().unwrap();
        for table in tables {
            at = at["properties"][table].take();
        }
        assert!(at["properties"][name].is_null(), "{row:?}");
        if let Fate::Renamed(new, values) = row.fate {
            let words = at["properties"][new]["enum"].as_array().unwrap();
            for (_, value) in values {
                assert!(words.contains(&value.trim_matches('"').into()), "{row:?}: {value}");
            }
        }
    }
}

const OURS: [(&str, &str); 2] = [
    ("gates.toml", include_str!("../../../../../policy/gates.toml")),
    ("ledger.toml", include_str!("../../../../../docs/examples/koraos/policy/ledger.toml")),
];

proptest! {
    #[test]
    fn a_file_of_today_is_unchanged(
        which in 0..2_usize,
        at in any::<prop::sample::Index>(),
        comment in "(#[ -~]{0,20}|)",
    ) {
        let (name, text) = OURS[which];
        let lines: Vec<&str> = text.lines().collect();
        let (before, after) = lines.split_at(at.index(lines.len()));
        let text = [before, &[comment.as_str()], after].concat().join("\n");
        prop_assert_eq!(upgraded(name, &text), text);
    }

    #[test]
    fn no_text_makes_it_panic_and_a_second_time_changes_nothing(
        which in 0..2_usize,
        text in "([a-z.]{0,4}(checkout|merge_queue|path|evidence-decision|\\[kinds|\\[workflow|[=\\]{}#,\" \n'\\[]|true|é){0,6}\n?){0,4}",
    ) {
        let name = OURS[which].0;
        let once = upgraded(name, &text);
        prop_assert_eq!(upgraded(name, &once), once.clone());
        if text.parse::<toml::Table>().is_err() {
            prop_assert_eq!(once, text);
        }
    }
}
