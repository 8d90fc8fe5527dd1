use std::io::{Cursor, Write};

use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::*;

/// The difference of two contents of that name.
pub(super) fn one(name: &str, left: &[u8], right: &[u8]) -> Difference {
    let mut all = compare(&[(name.to_owned(), left)], &[(name.to_owned(), right)]);
    assert_eq!(all.len(), 1);
    all.remove(0).difference
}

fn texts(left: &str, right: &str) -> Difference {
    one("log", left.as_bytes(), right.as_bytes())
}

fn summary_and_cause(difference: &Difference) -> (String, Option<&'static str>) {
    (difference.summary(), likely_cause(difference))
}

/// A ZIP of names, contents and the day of January 2020 of each.
pub(super) fn zip(files: &[(&str, &[u8], u8)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, day) in files {
        let time = DateTime::from_date_and_time(2020, 1, *day, 0, 0, 0).unwrap();
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options.last_modified_time(time)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A tar of names, contents, mtimes and modes, of user `uid`.
pub(super) fn tar(files: &[(&str, &[u8], u64, u32)], uid: u64) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content, mtime, mode) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mtime(*mtime);
        header.set_mode(*mode);
        header.set_uid(uid);
        header.set_gid(0);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(super) fn gzip(content: &[u8], mtime: u32) -> Vec<u8> {
    let mut writer = GzBuilder::new().mtime(mtime).write(Vec::new(), Compression::default());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

#[test]
fn the_root_most_comes_first() {
    let paths = [
        "scorecard.json",
        "evidence/T10_x/a",
        "evidence/T2_b/z",
        "evidence/T2_b/a",
        "evidence/T0_r/x",
        "Total",
    ];
    let side = |content: &'static str| paths.map(|path| (path.to_owned(), content)).to_vec();
    let found = compare(&side("1"), &side("2"));
    let order: Vec<_> = found.iter().map(|d| d.path.as_str()).collect();
    assert_eq!(
        order,
        [
            "evidence/T0_r/x",
            "evidence/T2_b/a",
            "evidence/T2_b/z",
            "evidence/T10_x/a",
            "Total",
            "scorecard.json"
        ]
    );
}

#[test]
fn what_one_side_lacks_is_named() {
    let left = [("a".to_owned(), "1"), ("b".to_owned(), "1")];
    let right = [("b".to_owned(), "1"), ("c".to_owned(), "1")];
    let found = compare(&left, &right);
    assert_eq!(
        found[0],
        EntryDifference { path: "a".to_owned(), difference: Difference::OnlyLeft }
    );
    assert_eq!(
        found[1],
        EntryDifference { path: "c".to_owned(), difference: Difference::OnlyRight }
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn a_text_difference_has_its_line_and_a_small_diff() {
    let found = texts(
        "a\nb\nc\ngate ran at 1763681426\nd\ne\nf\n",
        "a\nb\nc\ngate ran at 1763681428\nd\ne\nf\n",
    );
    let expected = Difference::Text {
        line: 4,
        left: Some("gate ran at 1763681426".to_owned()),
        right: Some("gate ran at 1763681428".to_owned()),
        hunks: "@@ -2,5 +2,5 @@\n b\n c\n-gate ran at 1763681426\n+gate ran at 1763681428\n d\n e"
            .to_owned(),
        differing_lines: 1,
        hint: Some(Hint::Time),
    };
    assert_eq!(found, expected);
    assert_eq!(found.summary(), r#"line 4: "gate ran at 1763681426" / "gate ran at 1763681428""#);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        (&json["kind"], &json["hint"], &json["line"]),
        (&"text".into(), &"time".into(), &4.into())
    );
}

#[test]
fn ends_and_invisible_characters_are_shown() {
    let table = [
        ("a\n", "a", r#"line 1: "a\n" / "a""#, Some("only line ends differ")),
        (
            "a\r\nb\r\n",
            "a\nb\n",
            r#"line 1: "a\r\n" / "a\n" (and 1 more line)"#,
            Some("only line ends differ"),
        ),
        (
            "a b\n",
            "a\u{a0}b\n",
            r#"line 1: "a b" / "a\u{a0}b""#,
            Some("only white space or invisible characters differ"),
        ),
        (
            "ab\n",
            "a\u{200b}b\n",
            r#"line 1: "ab" / "a\u{200b}b""#,
            Some("only white space or invisible characters differ"),
        ),
        (
            "a\n",
            "a \n",
            r#"line 1: "a" / "a ""#,
            Some("only white space or invisible characters differ"),
        ),
        ("a\n", "a\nb\n", r#"line 2: (end) / "b""#, None),
        ("", "x", r#"line 1: (end) / "x""#, None),
        ("\u{1b}[31mred", "red", r#"line 1: "\u{1b}[31mred" / "red""#, None),
    ];
    for (left, right, summary, cause) in table {
        assert_eq!(summary_and_cause(&texts(left, right)), (summary.to_owned(), cause));
    }
    let Difference::Text { hunks, .. } = texts("a\n", "a ") else { panic!() };
    assert_eq!(hunks, "@@ -1 +1 @@\n-a\n+a\\u{20}\n\\ no newline at the end");
}

#[test]
fn a_diff_is_at_most_twenty_lines() {
    let side = |word: &str| (0..40).map(|n| format!("{word}{n}\n")).collect::<String>();
    let Difference::Text { hunks, differing_lines, .. } = texts(&side("a"), &side("b")) else {
        panic!()
    };
    assert_eq!((hunks.lines().count(), differing_lines), (20, 40));
    assert!(hunks.ends_with("\n-a17\n…"), "{hunks}");
}

#[test]
fn long_lines_are_shown_where_they_differ() {
    let long = "x".repeat(1000);
    let found = texts(&format!("{long}1{long}\n"), &format!("{long}2{long}\n"));
    let Difference::Text { hunks, left, .. } = &found else { panic!() };
    let (before, after) = ("x".repeat(53), "x".repeat(104));
    assert_eq!(*hunks, format!("@@ -1 +1 @@\n-…{before}1{after}…\n+…{before}2{after}…"));
    assert_eq!(left.as_ref().map(|line| line.chars().count()), Some(400));
    assert!(found.summary().contains("x1x") && found.summary().contains("x2x"));
}

#[test]
fn large_texts_are_not_aligned_line_by_line() {
    let lines: Vec<String> = (0..100_000).map(|n| format!("line {n}\n")).collect();
    let mut other = lines.clone();
    other[0] = "first\n".to_owned();
    other[99_999] = "last\n".to_owned();
    let found = texts(&lines.concat(), &other.concat());
    assert_eq!(found.summary(), r#"line 1: "line 0" / "first" (and 1 more line)"#);
    let Difference::Text { hunks, .. } = found else { panic!() };
    assert_eq!(hunks, "@@ -1,3 +1,3 @@\n-line 0\n+first\n line 1\n line 2");
    let mut turned = lines.clone();
    turned.rotate_left(1);
    assert_eq!(
        likely_cause(&texts(&lines.concat(), &turned.concat())),
        Some("same items in another order")
    );
}

#[test]
fn json_names_the_field() {
    let json = |left: &str, right: &str| one("a.json", left.as_bytes(), right.as_bytes());
    let found = json(
        r#"{"tests":[{"name":"a"},{"name":"b","ms":1}],"x":1}"#,
        r#"{"tests":[{"name":"a"},{"name":"c","ms":2}],"y":1}"#,
    );
    let expected = Difference::Json {
        path: "$.tests[1].name".to_owned(),
        left: r#""b""#.to_owned(),
        right: r#""c""#.to_owned(),
        others: 3,
        hint: None,
    };
    assert_eq!(found, expected);
    assert_eq!(found.summary(), r#"$.tests[1].name: "b" / "c" (and 3 more fields)"#);
    let table = [
        (r#"{"a b":1}"#, r#"{"a b":2}"#, r#"$["a b"]: 1 / 2"#, None),
        (r#"{"a":1}"#, r#"{}"#, "$.a: 1 / (absent)", None),
        ("[1]", "[1,2]", "$[1]: (absent) / 2", None),
        ("[1,2]", "[2,1]", "$: [1,2] / [2,1]", Some("same items in another order")),
        (
            r#"{"a":1,"b":2}"#,
            r#"{"b":2,"a":1}"#,
            r#"line 1: "{"a":1,"b":2}" / "{"b":2,"a":1}""#,
            Some("same items in another order"),
        ),
        (
            "[1, 2]",
            "[1,2]",
            r#"line 1: "[1, 2]" / "[1,2]""#,
            Some("only white space between JSON values differs"),
        ),
        ("[1.0]", "[1.00]", r#"line 1: "[1.0]" / "[1.00]""#, None),
        ("{1", "{2", r#"line 1: "{1" / "{2""#, None),
        (
            r#"{"t":"2025-11-20T23:30:26Z"}"#,
            r#"{"t":"2025-11-20T23:30:29Z"}"#,
            r#"$.t: "2025-11-20T23:30:26Z" / "2025-11-20T23:30:29Z""#,
            Some("looks like a time"),
        ),
    ];
    for (left, right, summary, cause) in table {
        assert_eq!(summary_and_cause(&json(left, right)), (summary.to_owned(), cause));
    }
}

#[test]
fn json_lines_and_mixed_kinds_are_text_or_bytes() {
    let lines = one("a.jsonl", b"{\"a\":1}\n{\"a\":2}\n", b"{\"a\":1}\n{\"a\":3}\n");
    assert_eq!(lines.summary(), r#"line 2: "{"a":2}" / "{"a":3}""#);
    let expected = Difference::Bytes {
        offset: 2,
        left_hex: "00ff".to_owned(),
        right_hex: String::new(),
        left_len: 4,
        right_len: 2,
    };
    let found = one("a.json", b"ab\0\xff", b"ab");
    assert_eq!(found, expected);
    assert_eq!(found.summary(), "byte 2: 00ff / (end) (4 and 2 bytes)");
}

#[test]
fn causes_are_reported_by_what_lines_look_like() {
    use Hint::{Order, Path, Random, Time};
    let table = [
        ("at 12:00:01", "at 12:00:07", Some(Time)),
        ("Fri Nov 20 23:30:26 UTC 2026", "Sat Nov 21 00:30:26 UTC 2026", Some(Time)),
        ("Fri Nov 20 23:30:26 UTC 2026", "Sat Nov 21 13:30:28 +14 2026", Some(Time)),
        ("Fri Nov 20 23:30:26 FIRST 2026", "Sat Nov 21 13:30:28 second 2026", None),
        ("took 0.12s", "took 0.5s", Some(Time)),
        ("finished in 12ms", "finished in 9ms", Some(Time)),
        (
            "made SystemTime { tv_sec: 17, tv_nsec: 511 }",
            "made SystemTime { tv_sec: 17, tv_nsec: 99023 }",
            Some(Time),
        ),
        ("elapsed: 12", "elapsed: 13", Some(Time)),
        ("secrets: two", "secrets: three", None),
        ("on 2025-01-31", "on 2025-02-01", Some(Time)),
        ("wrote /tmp/tmp.AAA/x", "wrote /tmp/tmp.BBB/x", Some(Path)),
        ("-I:/home/a/src", "-I:/home/b/src", Some(Path)),
        (r"C:\a\x", r"D:\a\x", Some(Path)),
        ("<obj at 0x7f4f03ec46d0>", "<obj at 0x7f6d1a0606d0>", Some(Random)),
        (
            "id 123e4567-e89b-12d3-a456-426614174000",
            "id 00000000-e89b-12d3-a456-426614174001",
            Some(Random),
        ),
        ("seed 8f14e45fceea", "seed c9f0f895fb98", Some(Random)),
        ("pid 1", "pid 2", None),
        ("started pid:17", "started pid:4711", Some(Random)),
        ("a, b, c", "c, a, b", Some(Order)),
        ("17 tests", "18 tests", None),
        ("10044541", "10060711", None),
        ("by nobody", "by root", None),
        ("/a/b at 12:00", "/c/d at 12:01", None),
    ];
    for (left, right, hint) in table {
        assert_eq!(cause::of_pair(left, right), hint, "{left} / {right}");
    }
}

#[test]
fn zip_contents_come_before_what_is_recorded_about_them() {
    let stored = CompressionMethod::Stored;
    let left = zip(&[("a", b"1\n", 1), ("b", b"x", 1)], stored);
    let times = zip(&[("a", b"1\n", 2), ("b", b"x", 1)], stored);
    let expected = Difference::ArchiveMetadata {
        entry: "a".to_owned(),
        field: "mtime",
        left: "2020-01-01 00:00:00".to_owned(),
        right: "2020-01-02 00:00:00".to_owned(),
        others: 0,
    };
    assert_eq!(one("x", &left, &times), expected);
    let contents = zip(&[("a", b"1\n", 2), ("b", b"y", 1)], stored);
    let found = one("x.bin", &left, &contents);
    assert_eq!(found.summary(), r#"entry `b`: line 1: "x" / "y" (and 1 more difference)"#);
    let order = zip(&[("b", b"x", 1), ("a", b"1\n", 1)], stored);
    let order = summary_and_cause(&one("x", &left, &order));
    assert_eq!(order, ("entry `a`: order a / b".to_owned(), Some("same items in another order")));
    let packed = zip(&[("a", b"1\n", 1), ("b", b"x", 1)], CompressionMethod::Deflated);
    let packed = one("x", &left, &packed).summary();
    assert_eq!(packed, "entry `a`: compression Stored / Deflated (and 3 more differences)");
    let missing = zip(&[("a", b"1\n", 1)], stored);
    assert_eq!(one("x", &left, &missing).summary(), "entry `b`: only on the left");
}

#[test]
fn tar_entries_have_their_owner_mode_and_time() {
    let base = tar(&[("a", b"1", 0, 0o644)], 0);
    let table = [
        (
            tar(&[("a", b"1", 1_763_681_426, 0o644)], 0),
            "entry `a`: mtime 1970-01-01T00:00:00Z / 2025-11-20T23:30:26Z",
            "looks like a time",
        ),
        (
            tar(&[("a", b"1", 0, 0o600)], 0),
            "entry `a`: mode 0644 / 0600",
            "looks like the umask of the run",
        ),
        (
            tar(&[("a", b"1", 0, 0o644)], 7),
            "entry `a`: owner 0/0 / / 7/0 /",
            "looks like the user or group of the run",
        ),
    ];
    for (other, summary, cause) in table {
        assert_eq!(summary_and_cause(&one("x", &base, &other)), (summary.to_owned(), Some(cause)));
    }
}

#[test]
fn gzip_and_what_is_in_it() {
    let found = one("evidence/a.log.gz", &gzip(b"same", 0), &gzip(b"same", 1_763_681_426));
    assert_eq!(found.summary(), "entry `a.log`: mtime none / 2025-11-20T23:30:26Z");
    let tgz = |content: &[u8]| gzip(&tar(&[("dir/a.json", content, 0, 0o644)], 0), 0);
    let found = one("a.tgz", &tgz(b"[1]"), &tgz(b"[2]"));
    assert_eq!(found.summary(), "entry `a.tar`: entry `dir/a.json`: $[0]: 1 / 2");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["inner"]["inner"]["kind"], "json");
}

#[test]
fn archives_are_opened_three_deep_and_no_further() {
    let nested = |content: &[u8], depth: usize| {
        (0..depth).fold(content.to_vec(), |inner, _| gzip(&inner, 0))
    };
    let found = one("x", &nested(b"1", 3), &nested(b"2", 3)).summary();
    assert!(found.ends_with(r#"line 1: "1" / "2""#), "{found}");
    let found = one("x", &nested(b"1", 4), &nested(b"2", 4)).summary();
    assert!(found.contains("byte "), "{found}");
}

#[test]
fn a_bomb_is_compared_as_bytes() {
    let bomb = |last: u8| {
        let mut room = vec![0_u8; 1 << 20];
        room[(1 << 20) - 1] = last;
        gzip(&room, 0)
    };
    let (left, right) = (bomb(1), bomb(2));
    let small = &mut Room { depth: DEPTH, bytes: 1 << 20 };
    assert!(matches!(difference("x.gz", &left, &right, small), Some(Difference::Bytes { .. })));
    let enough = &mut Room { depth: DEPTH, bytes: 2 << 20 };
    assert!(matches!(difference("x.gz", &left, &right, enough), Some(Difference::Archive { .. })));
}
