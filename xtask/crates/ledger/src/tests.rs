//! Whatever is done to a ledger is found, with its line.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::chain::Chain;
use super::line::{NO_ROOT, sealed};
use super::*;
use thrice_findings::Code;

/// Words of an entry up to its id, as a line has them.
fn words(actor: &str, time: &str, data: &Value, id: &str) -> String {
    let said = json!({ "actor": actor, "created_at": time, "data": data, "id": id });
    canonical::text(&said).trim_end_matches('}').to_owned()
}

/// A time, this many minutes into a year.
fn minute(number: u64) -> String {
    let (day, hour, minute) = (number / 1440, number / 60 % 24, number % 60);
    format!("2026-{:02}-{:02}T{hour:02}:{minute:02}:00Z", 1 + day / 28, 1 + day % 28)
}

fn ledger(entries: u64) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut before = NO_ROOT.to_owned();
    for index in 0..entries {
        let id = format!("entry-{index:06}");
        let data = json!({ "block": format!("B-{index}"), "reason": "settled" });
        let words = words("ana@example.com", &minute(index), &data, &id);
        let (line, root) = sealed(&words, Kind::Unblock, index, &before, None);
        before = root.to_string();
        lines.push(line.into_bytes());
    }
    lines
}

#[test]
fn a_chain_that_holds_is_read_whole() {
    let lines = ledger(1000);
    let bytes = lines.concat();
    let entries = read("l", &bytes).unwrap();
    assert_eq!(entries.len(), 1000);
    assert_eq!(entries[7].prev_root, entries[6].root);
    assert_eq!(entries[7].said.data["block"], "B-7");
    assert_eq!(read("l", b"").unwrap(), []);
}

/// Every line of a thousand: deleted, doubled, swapped with the next.
#[test]
fn every_deleted_doubled_or_swapped_line_is_found_with_its_line() {
    let lines = ledger(1000);
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    // A window about the change: what lies before and after is checked once, above.
    for at in 0..lines.len() {
        let mut deleted = lines.clone();
        deleted.remove(at);
        let end = (at + 3).min(deleted.len());
        // Only the base's ledger reports that the last line is gone.
        if at + 1 < lines.len() {
            assert_eq!(first(&deleted[..end], at), (at + 1, Code::LedgerGap), "deleted {at}");
        }
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        let end = (at + 3).min(doubled.len());
        assert_eq!(first(&doubled[..end], at), (at + 2, Code::LedgerGap), "doubled {at}");
        if at + 1 < lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            let end = (at + 3).min(swapped.len());
            assert_eq!(first(&swapped[..end], at), (at + 1, Code::LedgerGap), "swapped {at}");
        }
    }
}

/// The first finding of lines, the first `whole` of which are those of the ledger.
fn first(lines: &[&[u8]], whole: usize) -> (usize, Code) {
    thread_local! {
        static BEFORE: std::cell::RefCell<Option<(usize, Chain<'static>)>> =
            const { std::cell::RefCell::new(None) };
    }
    BEFORE.with_borrow_mut(|before| {
        let (done, chain) = before.get_or_insert_with(|| (0, Chain::new("l")));
        for line in &lines[*done..whole] {
            chain.push(line);
        }
        *done = whole;
        let mut chain = chain.clone();
        for line in &lines[whole..] {
            chain.push(line);
        }
        let finding = chain.end().findings.into_iter().next().unwrap();
        (finding.place.unwrap().line.unwrap(), finding.code)
    })
}

/// Three bytes of each line, in places that move through it, each changed into another.
#[test]
fn every_changed_byte_is_found_in_its_line_or_the_next() {
    let lines = ledger(1000);
    let mut chain = Chain::new("l");
    for (number, line) in lines.iter().enumerate() {
        for third in 0..3 {
            let mut changed = line.clone();
            let at = (third * line.len() / 3 + number * 7) % line.len();
            let byte = (number % 255 + 1) as u8;
            changed[at] ^= byte;
            let mut chain = chain.clone();
            let parts: Vec<&[u8]> = changed.split_inclusive(|byte| *byte == b'\n').collect();
            for part in parts.into_iter().chain(lines.get(number + 1).map(Vec::as_slice)) {
                chain.push(part);
            }
            let found = chain.end().findings.into_iter().next();
            let found = found.unwrap_or_else(|| panic!("line {number}, byte {at} ^ {byte}"));
            assert_eq!(found.place.unwrap().line, Some(number + 1));
        }
        chain.push(line);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_is_wrong_is_reported_by_code_and_place() {
    let lines = ledger(6);
    let text = String::from_utf8(lines.concat()).unwrap();
    let reported = |bytes: &[u8]| match read("l", bytes) {
        Ok(_) => String::new(),
        Err(findings) => {
            let one = |finding: &Finding| {
                let place = finding.place.as_ref().unwrap().describe();
                format!("{place} {}: {}", finding.code.name(), finding.message)
            };
            findings.iter().map(one).collect::<Vec<_>>().join("\n")
        }
    };
    assert_eq!(reported(text.as_bytes()), "");
    let edited = |from: &str, to: &str| reported(text.replacen(from, to, 1).as_bytes());
    let third = lines[2].clone();
    let third = String::from_utf8(third).unwrap();
    let within = |from: &str, to: &str| {
        assert!(third.contains(from), "{from}");
        reported(text.replace(&third, &third.replacen(from, to, 1)).as_bytes())
    };
    let table = [
        within("settled", "Settled"),
        within("\"B-2\"", "\"B-2\" "),
        within("\n", "\r\n"),
        within("\"index\":2", "\"index\":3"),
        within("unblock", "unblok"),
        within("unblock", "x"),
        within("\"block\"", "\"blok\""),
        within("\"block\":\"B-2\",", ""),
        within("{\"actor\":\"ana@example.com\",", "{"),
        within(",\"id\":", ",\"data\":{},\"id\":"),
        within("\"kind\"", "\"kinds\""),
        within("entry-", "Entry-"),
        within("ana@", "*@"),
        within("ana@", "-a@"),
        within("T00:02:00Z", "T00:02:00+0"),
        within("null", "\"x\""),
        within("null}", "null,\"x\":1}"),
        within("null}", "null}}"),
        edited("{", "\u{feff}{"),
        edited("\n", "\n\n"),
        reported(&text.as_bytes()[..text.len() - 1]),
        reported(&text.as_bytes()[..text.len() - 9]),
        reported(&[text.as_bytes(), &lines[5]].concat()),
        reported(&[&[b'x'; 2 << 20][..], b"\n"].concat()),
        reported(&[lines[0].as_slice(), b"\xff\n", &lines[2]].concat()),
    ];
    expect_test::expect![[r#"
        l:3:240 ledger-root: the words of this line are not those of its root
        l:3:85 ledger-form: a space, where canonical JSON has none
        l:3:323 ledger-form: this line ends with CRLF instead of LF
        l:3:134 ledger-gap: `index` is 3 where 2 belongs
        l:3:240 ledger-root: the words of this line are not those of its root
        l:4:134 ledger-gap: `index` is 3 where 4 belongs
        l:3:144 ledger-kind: there is no kind `unblok`: did you mean `unblock`?
        l:3:144 ledger-kind: there is no kind `x`: the kinds are `approval`, `release`, `deploy`, `risk`, `incident`, `block`, `unblock`, `drill`, `wave-gate`, `sprint-gate`, `trigger`, `cycle-close`, `exception`
        l:3:73 ledger-kind: no unblock says `blok`: did you mean `block`?
        l:3:71 ledger-kind: `block` is missing in this unblock
        l:3:2 ledger-form: the member `actor` is missing before `created_at`
        l:3:106 ledger-form: the member `data` is given twice
        l:3:136 ledger-form: an entry has no member `kinds`; the member `kind` belongs here
        l:3:112 ledger-form: `id` must be 8 to 64 lower case letters, digits and hyphens
        l:3:11 ledger-form: `actor` has a character that means something to ssh-keygen; write one address
        l:3:11 ledger-form: `actor` begins like an option; write one address
        l:3:42 ledger-form: `created_at` must be a time in UTC, such as `2026-01-31T09:00:00Z`
        l:3:319 ledger-form: `signature` must be null or what `ssh-keygen -Y sign` writes
        l:3:323 ledger-form: an entry has no member `x`; `}` belongs here
        l:3:323 ledger-form: the end of the line belongs here
        l:1:1 ledger-form: the file begins with a byte order mark
        l:2:1 ledger-form: this line is empty
        l:3:134 ledger-gap: `index` is 1 where 2 belongs
        l:6:323 ledger-cut: the last line does not end with LF
        l:6:306 ledger-form: an entry has no member `signatur`; the member `signature` belongs here
        l:6:315 ledger-cut: the last line does not end with LF
        l:7:134 ledger-gap: `index` is 5 where 6 belongs
        l:7:112 ledger-id: the id `entry-000005` stands in line 6 already
        l:1:1048577 ledger-form: this line is longer than 1048576 bytes
        l:2:1 ledger-form: this byte is not UTF-8
    "#]].assert_eq(&(table.join("\n") + "\n"));
}

#[test]
fn an_id_that_stands_twice_is_reported_with_its_first_line() {
    let mut bytes = Vec::new();
    for (number, id) in ["one-entry", "two-entry", "one-entry"].iter().enumerate() {
        let entries = read("l", &bytes).unwrap();
        let before = entries.last().map_or(NO_ROOT.to_owned(), |entry| entry.root.to_string());
        let data = json!({ "block": "B-1", "reason": "x" });
        let words = words("a@b.c", &minute(0), &data, id);
        let (line, _) = sealed(&words, Kind::Unblock, number as u64, &before, None);
        bytes.extend_from_slice(line.as_bytes());
        if number < 2 {
            continue;
        }
        let findings = read("l", &bytes).unwrap_err();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].message, "the id `one-entry` stands in line 1 already");
        assert_eq!(findings[0].place.as_ref().unwrap().describe(), "l:3:96");
    }
}

#[test]
fn time_runs_forward_in_a_file_and_no_entry_is_of_the_future() {
    let reported = |minutes: &[u64], chain: Chain<'_>| {
        let mut chain = chain;
        let mut before = NO_ROOT.to_owned();
        for (index, time) in (0..).zip(minutes) {
            let data = json!({ "block": "B-1", "reason": "x" });
            let words = words("a@b.c", &minute(*time), &data, &format!("entry-{index:06}"));
            let (text, root) = sealed(&words, Kind::Unblock, index, &before, None);
            before = root.to_string();
            chain.push(text.as_bytes());
        }
        let lines = chain.end().findings.into_iter();
        lines.map(|it| (it.place.unwrap().line.unwrap(), it.code)).collect::<Vec<_>>()
    };
    let future = minute(7);
    let file = || Chain::new("l").not_after(&future);
    assert_eq!(reported(&[5, 5, 6], file()), []);
    assert_eq!(reported(&[5, 4, 5], file()), [(2, Code::LedgerTime)]);
    assert_eq!(reported(&[5, 8, 8], file()), [(2, Code::LedgerTime), (3, Code::LedgerTime)]);
    // On a branch an entry has the place at which it arrived.
    assert_eq!(reported(&[5, 4, 5, 7], file().of_branch()), []);
    assert_eq!(reported(&[5, 8, 5], file().of_branch()), [(2, Code::LedgerTime)]);
}

mod properties {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>()) {
            let _ = read("l", &bytes);
            let mut good = ledger(4).concat();
            let at = at.index(good.len());
            good.splice(at..at, bytes.iter().copied());
            prop_assert!(bytes.is_empty() || read("l", &good).is_err());
        }
    }
}
