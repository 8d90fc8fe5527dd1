//! Whatever is done to a ledger is found, with its line.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::chain::{Chain, Doubts};
use super::line::{NO_ROOT, sealed};
use super::merge::{Merged, Side, merge};
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

/// Appends an unsigned entry.
fn extended(bytes: &[u8], id: &str, number: u64, armoured: Option<&str>) -> Vec<u8> {
    let data = json!({ "block": id, "reason": "settled \"é\"" });
    let words = words("ana@example.com", &minute(number), &data, id);
    let entries = read("l", bytes).unwrap();
    let before = entries.last().map_or(NO_ROOT.to_owned(), |entry| entry.root.to_string());
    let (line, _) = sealed(&words, Kind::Unblock, entries.len() as u64, &before, armoured);
    [bytes, line.as_bytes()].concat()
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

/// Lines with findings, each with the code of its first.
fn found(lines: &[&[u8]]) -> Vec<(usize, Code)> {
    let mut chain = Chain::new("l");
    for line in lines {
        chain.push(line);
    }
    let checked = chain.end();
    let mut doubts = Doubts::new("l", &checked.doubts);
    if !checked.doubts.is_empty() {
        lines.iter().for_each(|line| doubts.push(line));
    }
    let all = checked.findings.into_iter().chain(doubts.into_findings());
    let mut placed: Vec<_> =
        all.map(|finding| (finding.place.unwrap().line.unwrap(), finding.code)).collect();
    placed.sort();
    placed
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
        // Only the base's ledger tells that the last line is gone.
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
fn what_is_wrong_is_told_by_code_and_place() {
    let lines = ledger(6);
    let text = String::from_utf8(lines.concat()).unwrap();
    let told = |bytes: &[u8]| match read("l", bytes) {
        Ok(_) => String::new(),
        Err(findings) => {
            let one = |finding: &Finding| {
                let place = finding.place.as_ref().unwrap().describe();
                format!("{place} {}: {}", finding.code.name(), finding.message)
            };
            findings.iter().map(one).collect::<Vec<_>>().join("\n")
        }
    };
    assert_eq!(told(text.as_bytes()), "");
    let edited = |from: &str, to: &str| told(text.replacen(from, to, 1).as_bytes());
    let third = lines[2].clone();
    let third = String::from_utf8(third).unwrap();
    let within = |from: &str, to: &str| {
        assert!(third.contains(from), "{from}");
        told(text.replace(&third, &third.replacen(from, to, 1)).as_bytes())
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
        told(&text.as_bytes()[..text.len() - 1]),
        told(&text.as_bytes()[..text.len() - 9]),
        told(&[text.as_bytes(), &lines[5]].concat()),
        told(&[&[b'x'; 2 << 20][..], b"\n"].concat()),
        told(&[lines[0].as_slice(), b"\xff\n", &lines[2]].concat()),
    ];
    expect_test::expect![[r#"
        l:3:240 ledger-root: the words of this line are not those of its root
        l:3:85 ledger-form: a space, where canonical JSON has none
        l:3:323 ledger-form: this line ends with CRLF instead of LF
        l:3:134 ledger-gap: `index` is 3 where 2 belongs
        l:3:240 ledger-root: the words of this line are not those of its root
        l:4:134 ledger-gap: `index` is 3 where 4 belongs
        l:3:144 ledger-kind: there is no kind `unblok`: did you mean `unblock`?
        l:3:144 ledger-kind: there is no kind `x`: the kinds are `approval`, `release`, `deploy`, `risk`, `incident`, `block`, `unblock`, `drill`, `evidence-decision`, `wave-gate`, `cycle-close`, `exception`, `merge`
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
fn an_id_that_stands_twice_is_told_with_its_first_line() {
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
fn time_runs_forward_except_after_a_merge() {
    let line = |index: u64, time: u64, kind: Kind, data: &Value, before: &str| {
        let actor = if kind == Kind::Merge { "git" } else { "a@b.c" };
        let words = words(actor, &minute(time), data, &format!("entry-{index:06}"));
        sealed(&words, kind, index, before, None)
    };
    let unblock = json!({ "block": "B-1", "reason": "x" });
    let merge = |entries: u64| json!({ "entries": entries, "root": NO_ROOT });
    let told = |steps: &[(u64, Kind, Value)]| {
        let mut before = NO_ROOT.to_owned();
        let mut lines = Vec::new();
        for (index, (time, kind, data)) in steps.iter().enumerate() {
            let (text, root) = line(index as u64, *time, *kind, data, &before);
            before = root.to_string();
            lines.push(text.into_bytes());
        }
        found(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let says = |time| (time, Kind::Unblock, unblock.clone());
    let joins = |time, entries| (time, Kind::Merge, merge(entries));
    assert_eq!(told(&[says(5), says(5), says(6)]), []);
    assert_eq!(told(&[says(5), says(4), says(5)]), [(2, Code::LedgerTime)]);
    assert_eq!(told(&[says(5), joins(9, 2), says(2), says(9), says(9)]), []);
    assert_eq!(told(&[joins(9, 2), says(2), says(1)]), [(3, Code::LedgerTime)]);
    assert_eq!(told(&[joins(9, 1), says(10)]), [(2, Code::LedgerTime)]);
    assert_eq!(told(&[joins(9, 1), says(2), says(8)]), [(3, Code::LedgerTime)]);
    assert_eq!(told(&[says(5), joins(4, 1), says(2)]), [(2, Code::LedgerTime)]);
    assert_eq!(told(&[joins(9, 3), says(2)]), [(1, Code::LedgerMerge)]);
    assert_eq!(told(&[joins(9, 2), says(2), joins(9, 1), says(3)]), [(1, Code::LedgerMerge)]);
    assert_eq!(told(&[joins(9, 0)]), [(1, Code::LedgerMerge)]);
}

fn joined(ours: &[u8], theirs: &[u8], defaults: &[Vec<u8>]) -> Result<Merged, Vec<Finding>> {
    merge(Side { name: "ours", bytes: ours }, Side { name: "theirs", bytes: theirs }, defaults)
}

#[test]
fn two_branches_that_appended_become_one_chain() {
    let base = ledger(3).concat();
    let ours = extended(&base, "ours-0001", 10, None);
    let ours = extended(&ours, "ours-0002", 12, None);
    let theirs = extended(&base, "theirs-01", 9, None);
    let theirs = extended(&theirs, "theirs-02", 11, None);
    let merged = joined(&ours, &theirs, &[]).unwrap();
    assert!(merged.bytes.starts_with(&ours));
    let entries = read("l", &merged.bytes).unwrap();
    let ids: Vec<_> = entries.iter().skip(3).map(|entry| entry.said.id.as_str()).collect();
    assert_eq!(ids[..2], ["ours-0001", "ours-0002"]);
    assert_eq!(ids[3..], ["theirs-01", "theirs-02"]);
    assert_eq!(entries[5].said.created_at.to_string(), minute(12));
    assert_eq!((merged.added, merged.first.as_str()), (2, "ours"));
    assert_eq!(merged.head.to_string(), format!("8 {}", entries[7].root));
    // Whose entries begin with those of the default branch goes first, and keeps its roots.
    let merged = joined(&ours, &theirs, &[base.clone(), theirs.clone()]).unwrap();
    assert!(merged.bytes.starts_with(&theirs));
    // Again, and with itself, and with its past: nothing more.
    for other in [&ours, &theirs, &base, &Vec::new(), &merged.bytes.clone()] {
        assert_eq!(joined(&merged.bytes, other, &[]).unwrap().bytes, merged.bytes);
        assert_eq!(joined(other, &merged.bytes, &[]).unwrap().head.entries, 8);
    }
}

#[test]
fn a_broken_side_and_an_edited_entry_are_refused() {
    let base = ledger(2).concat();
    let one = extended(&base, "same-0001", 10, None);
    let other = extended(&base, "same-0001", 11, None);
    let findings = joined(&one, &other, &[]).unwrap_err();
    assert_eq!((findings.len(), findings[0].code), (1, Code::LedgerConflict));
    assert_eq!(findings[0].place.as_ref().unwrap().describe(), "theirs:3:124");
    let broken = &one[..one.len() - 1];
    let findings = joined(&one, broken, &[]).unwrap_err();
    assert_eq!((findings.len(), findings[0].code), (1, Code::LedgerCut));
    assert_eq!(joined(broken, broken, &[]).unwrap_err().len(), 2);
}

mod properties {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Twenty branches append and are merged in any order, some of them more than
        /// once: nothing is lost, nothing stands twice, no word or signature changes.
        #[test]
        fn twenty_branches_become_one_chain(
            steps in proptest::collection::vec((0_usize..20, 0_usize..20, any::<bool>()), 20..60),
            order in Just((0_usize..20).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let armour = "-----BEGIN SSH SIGNATURE-----\\nAA==\\n-----END SSH SIGNATURE-----\\n";
            let base = ledger(2).concat();
            let mut branches = vec![base.clone(); 20];
            let mut said = Vec::new();
            for (number, (one, other, appends)) in steps.iter().enumerate() {
                if *appends || one == other {
                    let id = format!("said-{number:04}");
                    let time = 1000 + (number as u64 * 7919) % 50 + number as u64 * 50;
                    branches[*one] = extended(&branches[*one], &id, time, Some(armour));
                    said.push(id);
                } else {
                    let merged = joined(&branches[*one], &branches[*other], &[]).unwrap();
                    prop_assert!(merged.bytes.starts_with(&branches[*one]) || merged.added == 0);
                    branches[*one] = merged.bytes;
                }
            }
            let mut main = base;
            for branch in order {
                main = joined(&main, &branches[branch], &[main.clone()]).unwrap().bytes;
            }
            let entries = read("l", &main).unwrap();
            let mut ids: Vec<_> = entries
                .iter()
                .filter(|entry| entry.signature.is_some())
                .map(|entry| entry.said.id.clone())
                .collect();
            ids.sort();
            prop_assert_eq!(ids, said);
        }

        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>()) {
            let _ = read("l", &bytes);
            let mut good = ledger(4).concat();
            let at = at.index(good.len());
            good.splice(at..at, bytes.iter().copied());
            let _ = joined(&good, &bytes, std::slice::from_ref(&bytes));
            prop_assert!(bytes.is_empty() || read("l", &good).is_err());
        }
    }
}
