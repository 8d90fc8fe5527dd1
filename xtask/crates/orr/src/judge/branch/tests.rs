use std::process::Command;

use proptest::prelude::*;

use super::*;
use thrice_programme::{Policy, PolicyFiles, check};

const BASE: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f80910111213";

fn branches() -> Branches {
    let files: PolicyFiles = [
        (
            "programme.toml",
            include_str!("../../../../../../docs/examples/trendmarketv2/policy/programme.toml"),
        ),
        (
            "gates.toml",
            include_str!("../../../../../../docs/examples/trendmarketv2/policy/gates.toml"),
        ),
        (
            "branches.toml",
            include_str!("../../../../../../docs/examples/trendmarketv2/policy/branches.toml"),
        ),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into();
    let (policy, findings) = check("policy", &files);
    policy.and_then(|policy: Policy| policy.branches).unwrap_or_else(|| panic!("{findings:?}"))
}

/// Name, kind, and the part that the split is about.
const GOOD: &[(&str, &str, &str)] = &[
    ("feature/S-PC-01-001-retry", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-1", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-002", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-a-b-c", "feature", "S-PC-01-001"),
    ("feature/S-ZZ-99-999-x", "feature", "S-ZZ-99-999"),
    ("feature/S-PC-01-001-s-pc-01-002", "feature", "S-PC-01-001"),
    ("feature/F1-E1-S1-login", "feature", "F1-E1-S1"),
    ("feature/F1-E1-S12-3", "feature", "F1-E1-S12"),
    ("feature/F10-E20-S30-x", "feature", "F10-E20-S30"),
    ("feature/F1-E1-S1-f1-e1-s1", "feature", "F1-E1-S1"),
    ("feature/O-01-order", "feature", "O-01"),
    ("feature/O-01-02-03", "feature", "O-01"),
    ("feature/O-99-z", "feature", "O-99"),
    ("feature/RB-M06-001-restore", "feature", "RB-M06-001"),
    ("feature/RB-M06-001-2", "feature", "RB-M06-001"),
    ("feature/RB-Z99-999-drill-1", "feature", "RB-Z99-999"),
    ("hotfix/S-PC-01-001-retry", "hotfix", "S-PC-01-001"),
    ("hotfix/O-07-leak", "hotfix", "O-07"),
    ("hotfix/F8-E3-S3-rollback", "hotfix", "F8-E3-S3"),
    ("hotfix/RB-M06-004-drill", "hotfix", "RB-M06-004"),
    ("hotfix/RB-M06-004-0", "hotfix", "RB-M06-004"),
    ("feature/S-PC-01-001-lock", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-head", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-x86-64", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-2026", "feature", "S-PC-01-001"),
    ("feature/S-PC-01-001-0123456789", "feature", "S-PC-01-001"),
    ("feature/O-01-o-02", "feature", "O-01"),
    ("feature/F1-E1-S1-2-3-4-5", "feature", "F1-E1-S1"),
    ("q2-s7-codex-20260101-0000-1a2b3c4", "sandbox", "1a2b3c4"),
    ("q2-s7-codex-20261231-2359-1a2b3c4", "sandbox", "1a2b3c4"),
    ("q2-s7-codex-20280229-1200-1a2b3c4", "sandbox", "1a2b3c4"),
    ("q2-s7-codex-19700101-0001-1a2b3c4", "sandbox", "1a2b3c4"),
    ("q2-s7-codex-20260630-0959-1a2b3c4d", "sandbox", "1a2b3c4d"),
    ("q2-s7-codex-20260630-0959-1a2b3c4d5e6f", "sandbox", "1a2b3c4d5e6f"),
    ("q2-s7-codex-20260630-0959-1a2b3c4d5e6f708192a3b4c5d6e7f80910111213", "sandbox", BASE),
    (
        "feature/S-PC-01-001-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "feature",
        "S-PC-01-001",
    ),
    ("hotfix/S-AA-00-000-0", "hotfix", "S-AA-00-000"),
    ("hotfix/F0-E0-S0-0", "hotfix", "F0-E0-S0"),
    ("hotfix/O-00-o", "hotfix", "O-00"),
    ("feature/RB-A00-000-a0-0a", "feature", "RB-A00-000"),
];

/// Name, and what must be reported of it.
const BAD: &[(&[u8], &str)] = &[
    (b"", "it is empty"),
    (b"@", "git has another meaning"),
    (b"HEAD", "git has another meaning"),
    (b"-feature/S-PC-01-001-x", "begins with a hyphen"),
    (b"feature/S-PC-01-001 x", "a blank or a control character"),
    (b"feature/S-PC-01-001-x\n", "a blank or a control character"),
    (b"feature/S-PC-01-001-x\0", "a blank or a control character"),
    (b"feature/S-PC-01-001-\x7f", "a blank or a control character"),
    (b"feature/S-PC-01-001-x~1", "git reads as operators"),
    (b"feature/S-PC-01-001-x^", "git reads as operators"),
    (b"feature/S-PC-01-001:x", "git reads as operators"),
    (b"feature/S-PC-01-001-?", "git reads as operators"),
    (b"feature/S-PC-01-001-*", "git reads as operators"),
    (b"feature/S-PC-01-001-[x", "git reads as operators"),
    (b"feature\\S-PC-01-001-x", "git reads as operators"),
    (b"feature/S-PC-01-001-a..b", "reads as a range"),
    (b"feature/S-PC-01-001-@{1}", "reads as an operator"),
    (b"@{-1}", "reads as an operator"),
    (b"feature/S-PC-01-001-x.", "ends with a dot"),
    (b"/feature/S-PC-01-001-x", "begins or ends with `/`"),
    (b"feature/S-PC-01-001-x/", "begins or ends with `/`"),
    (b"feature//S-PC-01-001-x", "begins or ends with `/`"),
    (b".feature/S-PC-01-001-x", "begins with a dot"),
    (b"feature/.S-PC-01-001-x", "begins with a dot"),
    (b"feature/S-PC-01-001-x.lock", "ends with `.lock`"),
    (b"feature.lock/S-PC-01-001-x", "ends with `.lock`"),
    (b"feature/S-PC-01-001-\xff", "is not UTF-8"),
    (b"main", "matches no kind of branch"),
    (b"develop", "matches no kind of branch"),
    (b"fix/S-PC-01-001-x", "matches no kind of branch"),
    (b"S-PC-01-001-x", "matches no kind of branch"),
    (b"feature-S-PC-01-001-x", "matches no kind of branch"),
    (b"features/S-PC-01-001-x", "matches no kind of branch"),
    (b"refs/heads/feature/S-PC-01-001-x", "matches no kind of branch"),
    (b"feature/", "begins or ends with `/`"),
    (b"feature/x", "where is the story"),
    (b"feature/retry-limit", "where is the story"),
    (b"feature/S-PC-01-001", "where is the story"),
    (b"feature/S-PC-01-001-", "where is the story"),
    (b"feature/S-PC-1-001-x", "where is the story"),
    (b"feature/S-PC-01-01-x", "where is the story"),
    (b"feature/SPC-01-001-x", "where is the story"),
    (b"feature/S_PC_01_001-x", "where is the story"),
    (b"feature/F1-E1-x", "where is the story"),
    (b"feature/O-1-x", "where is the story"),
    (b"hotfix/x", "where is the id"),
    (b"hotfix/RB-06-001-x", "where is the id"),
    (b"feature/s-pc-01-001-x", "`s-pc-01-001` is no id of `story`"),
    (b"Feature/S-PC-01-001-x", "`Feature/` should be `feature/`"),
    (b"feature/S-PC-01-001-Retry", "`Retry` is no slug"),
    (b"feature/S-PC-01-001-a_b", "`a_b` is no slug"),
    (b"feature/S-PC-01-001-a--b", "`a--b` is no slug"),
    (b"feature/S-PC-01-001-a-", "`a-` is no slug"),
    (b"feature/S-PC-01-001--a", "`-a` is no slug"),
    (b"feature/S-PC-01-001-a/b", "`a/b` is no slug"),
    (b"feature/S-PC-01-001-a.b", "`a.b` is no slug"),
    ("feature/S-PC-01-001-\u{fc}ber".as_bytes(), "is no slug"),
    (
        b"feature/S-PC-01-001-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "61 characters, more than 60",
    ),
    (b"q2-s7-codex-20261301-0000-1a2b3c4", "there is no day `20261301`"),
    (b"q2-s7-codex-20270229-0000-1a2b3c4", "there is no day `20270229`"),
    (b"q2-s7-codex-20260100-0000-1a2b3c4", "there is no day `20260100`"),
    (b"q2-s7-codex-20260101-2400-1a2b3c4", "there is no time `2400`"),
    (b"q2-s7-codex-20260101-0960-1a2b3c4", "there is no time `0960`"),
    (b"q2-s7-codex-20260101-0000-1a2b3c5", "does not begin with `1a2b3c5`"),
    (b"q2-s7-codex-20260101-0000-1A2B3C4", "lower case hex digits"),
    (b"q2-s7-codex-20260101-0000-1a2b3c", "7 to 40 lower case hex digits"),
    (b"q2-s7-codex-2026011-0000-1a2b3c4", "is not of the form"),
    (b"q2-s7-codex-20260101-1a2b3c4", "is not of the form"),
    (b"q2-s7-codex-20260101-0000-ghijklm", "is not of the form"),
];

#[test]
fn good_names_are_split_by_their_ids() {
    let branches = branches();
    assert!(GOOD.len() >= 40);
    for (name, kind, part) in GOOD {
        let read = read(name.as_bytes(), &branches, Some(BASE))
            .unwrap_or_else(|f| panic!("{name}: {f:?}"));
        assert_eq!(read.kind, *kind, "{name}");
        assert_eq!(sandbox_kind(name, &branches).is_some(), *kind == "sandbox", "{name}");
        assert!(read.parts.iter().any(|(_, text)| text == part), "{name}: {:?}", read.parts);
    }
}

#[test]
fn bad_names_are_refused_for_their_reason() {
    let branches = branches();
    assert!(BAD.len() >= 60);
    for (name, reason) in BAD {
        let findings =
            read(name, &branches, Some(BASE)).expect_err(&name.escape_ascii().to_string());
        let reported: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert!(
            reported.iter().any(|reported| reported.contains(reason)),
            "{}: {reported:?}",
            name.escape_ascii()
        );
        assert!(findings.iter().all(|finding| finding.help.is_some()));
    }
}

#[test]
fn the_nearest_name_that_would_do() {
    let branches = branches();
    for (name, nearest) in [
        ("feature/s-pc-01-001-Retry_Limit", "`feature/S-PC-01-001-retry-limit` would do"),
        ("Hotfix/o-01-\u{fc}ber", "`hotfix/O-01-uber` would do"),
        ("feature/S-PC-01-001 retry limit", "`feature/S-PC-01-001-retry-limit` would do"),
        ("q2-s7-codex-20260101-0000-fffffff", "`q2-s7-codex-20260101-0000-1a2b3c4` would do"),
        ("feature/x", "`feature/S-PC-01-001-retry-limit` would do"),
        (
            "main",
            "the forms are `q2-s7-codex-<date>-<time>-<base>`, `feature/<story>-<slug>`, `hotfix/<id>-<slug>`",
        ),
    ] {
        let findings = read(name.as_bytes(), &branches, Some(BASE)).expect_err(name);
        assert_eq!(findings[0].help.as_deref(), Some(nearest), "{name}");
    }
    // Every reason at once.
    let findings = read(b"q2-s7-codex-20261301-2561-1a2b3c5", &branches, Some(BASE)).unwrap_err();
    assert_eq!(findings.len(), 3);
}

#[test]
fn slugs_of_many_languages() {
    for (text, expected) in [
        ("Retry limit", "retry-limit"),
        ("  \u{dc}ber-Gr\u{f6}\u{df}e!  ", "uber-grosse"),
        ("reten\u{e7}\u{e3}o de logs", "retencao-de-logs"),
        ("\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} \u{43c}\u{438}\u{440}", "privet-mir"),
        ("don't panic", "dont-panic"),
        ("a/b_c.d", "a-b-c-d"),
    ] {
        assert_eq!(slug(text, LONGEST).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(slug("one two three", 8).as_deref(), Some("one-two"));
    assert_eq!(slug("incomprehensible", 6).as_deref(), Some("incomp"));
    assert!(slug("\u{65e5}\u{672c}\u{8a9e}", LONGEST).is_some());
    assert_eq!(slug(" !? ", LONGEST), None);
}

/// What git itself says of a name.
fn git_takes(name: &[u8]) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(name);
    let ran =
        Command::new("git").args(["check-ref-format", "--branch"]).arg(name).output().unwrap();
    ran.status.success()
}

fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9]{1,4}".prop_map(String::into_bytes),
        4 => prop::sample::select(vec![
            "/", ".", "..", "-", "@", "@{", "{", "}", ".lock", "lock", "~", "^", ":", "?", "*", "[",
            "\\", " ", "\t", "\u{7f}", "\u{1}", "//", "/.", "HEAD", "heads", "refs", "\u{fc}", "!", "'",
            "feature/", "S-PC-01-001", "-x",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(1_u8..=255, 1..3),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

mod properties {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// What git refuses is refused, and what it takes is not said to be refused by it,
        /// but for what it expands to another branch.
        #[test]
        fn git_says_the_same(name in fragments()) {
            let refused = refused_by_git(&name);
            // To git `@` alone is HEAD.
            let takes = git_takes(&name) && name != b"@";
            prop_assert_eq!(refused.is_none(), takes, "{} {:?}", name.escape_ascii(), refused);
            if !takes {
                prop_assert!(read(&name, &branches(), None).is_err());
            }
        }

        #[test]
        fn no_name_makes_it_panic(name in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&name, &branches(), Some(BASE));
        }

        #[test]
        fn a_slug_is_a_slug(text in any::<String>(), longest in 1_usize..LONGEST) {
            if let Some(made) = slug(&text, longest) {
                prop_assert!(is_slug(&made) && made.len() <= longest, "{made}");
                prop_assert_eq!(slug(&made, longest), Some(made.clone()));
                let name = format!("feature/S-PC-01-001-{made}");
                let read = read(name.as_bytes(), &branches(), None).unwrap();
                prop_assert_eq!(read.part("slug"), Some(made.as_str()));
            }
        }
    }
}
