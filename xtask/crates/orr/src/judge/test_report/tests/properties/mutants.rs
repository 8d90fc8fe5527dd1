//! Damaged reports: a line less, a line twice, the end cut off, another number.

use super::super::runners::{all, is_green};
use super::super::*;

/// The lines, and in XML the elements, which a writer may put on one line.
fn pieces(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let text =
        if text.trim_start().starts_with('<') { text.replace("><", ">\n<") } else { text.into() };
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// The text with each of its numbers in turn one more and one less.
fn other_numbers(text: &str) -> Vec<String> {
    let mut others = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
        let end = begin + text[begin..].bytes().take_while(u8::is_ascii_digit).count();
        if let Ok(number) = text[begin..end].parse::<u64>() {
            for other in [number.saturating_add(1), number.saturating_sub(1)] {
                others.push(format!("{}{other}{}", &text[..begin], &text[end..]));
            }
        }
        at = end;
    }
    others
}

fn mutants(bytes: &[u8]) -> Vec<String> {
    let pieces = pieces(bytes);
    let mut mutants = Vec::new();
    for at in 0..pieces.len() {
        for length in [1, 2, 4] {
            let end = (at + length).min(pieces.len());
            mutants.push([&pieces[..at], &pieces[end..]].concat().concat());
        }
        mutants.push([&pieces[..=at], &pieces[at..]].concat().concat());
        mutants.push(pieces[..at].concat());
        for other in other_numbers(&pieces[at]) {
            let other = vec![other];
            mutants.push([&pieces[..at], &other, &pieces[at + 1..]].concat().concat());
        }
    }
    mutants
}

/// A program with a `main` of its own leaves nothing but its exit status, and that is no
/// part of the log: here it was 101.
const BY_STATUS: &str = "cargo_red_main.txt";

/// What these formats cannot show. gotestsum declares no total of skipped tests, so that
/// the loss of just the element that says `<skipped>` leaves no trace (go-test-json has no
/// such gap); pytest counts no reruns, so that only the repeated testcase shows one.
const UNSEEN: &[(&str, usize)] = &[("gotestsum_none.xml", 2), ("pytest_reruns_2.xml", 4)];

#[test]
fn no_damage_turns_a_report_that_is_not_green_into_one_that_is() {
    let mut tried = 0;
    let mut turned = Vec::new();
    let mut unseen = vec![0; UNSEEN.len()];
    for run in all() {
        if run.name == BY_STATUS {
            assert_eq!(run.status, 101);
            continue;
        }
        if is_green(&run.read()) || run.files.len() != 1 {
            continue;
        }
        for mutant in mutants(&run.files[0]) {
            tried += 1;
            if !is_green(&read(run.reader, mutant.as_bytes())) {
                continue;
            }
            if let Some(known) = UNSEEN.iter().position(|(name, _)| *name == run.name) {
                unseen[known] += 1;
            } else {
                turned.push(format!("{}\n{mutant}", run.name));
            }
        }
    }
    assert_eq!(unseen, UNSEEN.iter().map(|(_, count)| *count).collect::<Vec<_>>());
    assert!(tried > 1_000, "{tried}");
    assert!(turned.is_empty(), "{} of {tried}:\n{}", turned.len(), turned.join("\n----\n"));
}
