//! The search, against gates that are known: each is a function of its variation.

use super::clue::{Clue, TrialFacts, between, suspects};
use super::search::{Cause, Laboratory, Question, TrialOutcome, search};
use crate::judge::compare::compare;
use crate::vary::Variation;
use thrice_programme::Aspect;

/// A gate, and how many trials there is time for.
struct Known<'a> {
    gate: &'a dyn Fn(&Variation, u32) -> String,
    trials: u32,
    left: u32,
}

impl Laboratory for Known<'_> {
    fn observe(&mut self, variation: &Variation) -> anyhow::Result<Option<TrialOutcome>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.trials += 1;
        let bytes = (self.gate)(variation, self.trials).into_bytes();
        let facts = TrialFacts {
            span: (1_800_000_000, 1_800_000_001),
            temporary: "/c/0/tmp".to_owned(),
            inodes: [(70 + u64::from(self.trials), "src/a".to_owned())].into(),
        };
        Ok(Some(TrialOutcome { passes: bytes != b"red", bytes: Some(bytes), facts }))
    }
}

fn candidates() -> Variation {
    let aspects = [
        Aspect::Checkout,
        Aspect::Home,
        Aspect::Locale,
        Aspect::Zone,
        Aspect::Umask,
        Aspect::User,
        Aspect::Terminal,
        Aspect::Cpus,
        Aspect::Ci,
    ];
    aspects.into_iter().map(|aspect| (aspect, aspect.word().to_owned())).collect()
}

fn asked(time: u32, gate: &dyn Fn(&Variation, u32) -> String) -> (Cause, u32) {
    asked_with(time, &[], gate)
}

fn asked_with(
    time: u32,
    suspects: &[Aspect],
    gate: &dyn Fn(&Variation, u32) -> String,
) -> (Cause, u32) {
    let pins = [(Aspect::HashSeed, "0".to_owned()), (Aspect::Aslr, "off".to_owned())].to_vec();
    let (candidates, suspects) = (candidates(), suspects.to_vec());
    let question = Question { candidates, suspects, pins, never_passed: false };
    answered(time, &question, gate)
}

fn answered(
    time: u32,
    question: &Question,
    gate: &dyn Fn(&Variation, u32) -> String,
) -> (Cause, u32) {
    let mut known = Known { gate, trials: 0, left: time };
    (search(question, &mut known).unwrap(), known.trials)
}

fn value(variation: &Variation, aspect: Aspect) -> String {
    variation.get(aspect).unwrap_or("plain").to_owned()
}

#[test]
fn every_aspect_is_found_alone_within_few_trials() {
    for (aspect, expected) in candidates().iter() {
        let (cause, trials) = asked(100, &|variation, _| value(variation, aspect));
        let expected = Cause::Varied { aspect, value: expected.to_owned(), confirmed: true };
        assert_eq!(cause, expected);
        assert!(trials <= 13, "{aspect:?}: {trials}");
        let (cause, trials) = asked_with(100, &[aspect], &|variation, _| value(variation, aspect));
        assert_eq!((cause, trials), (expected, 4));
    }
}

#[test]
fn a_short_search_says_how_sure_it_is() {
    let gate = |variation: &Variation, _| value(variation, Aspect::Zone);
    let (cause, _) = asked_with(2, &[Aspect::Zone], &gate);
    let unsure = Cause::Varied { aspect: Aspect::Zone, value: "zone".to_owned(), confirmed: false };
    assert_eq!(cause, unsure);
    // A time of the run accuses no aspect that was only seen once.
    let clock = |_: &Variation, trial: u32| (1_800_000_000 + trial % 2).to_string();
    assert_eq!(asked_with(2, &[Aspect::Zone], &clock).0, Cause::Clue(Clue::Time));
    assert_eq!(asked(0, &gate).0, Cause::NoTime);
    assert_eq!(asked(2, &gate).0, Cause::NoTime);
    assert!(
        matches!(asked(4, &gate).0, Cause::Together(aspects) if aspects.contains(&Aspect::Zone))
    );
}

#[test]
fn two_aspects_that_act_only_together_are_both_named() {
    let gate = |variation: &Variation, _| {
        let both = variation.has(Aspect::Home) && variation.has(Aspect::Ci);
        both.to_string()
    };
    let (cause, _) = asked(100, &gate);
    assert!(
        matches!(&cause, Cause::Together(aspects)
            if aspects.contains(&Aspect::Home) && aspects.contains(&Aspect::Ci)),
        "{cause:?}"
    );
}

#[test]
fn what_varies_of_itself_is_explained_by_pins_and_clues_or_not_at_all() {
    let seed = |variation: &Variation, trial: u32| {
        if variation.has(Aspect::HashSeed) { "x".to_owned() } else { format!("a {}", trial % 100) }
    };
    assert_eq!(asked(100, &seed).0, Cause::Pinned { aspect: Aspect::HashSeed });
    // What looks like a suspect of the review is seen to vary without it.
    let (cause, _) = asked_with(100, &[Aspect::Zone], &seed);
    assert_eq!(cause, Cause::Pinned { aspect: Aspect::HashSeed });
    let time = |_: &Variation, trial: u32| format!("at {} UTC", 1_800_000_000 + trial % 2);
    assert_eq!(asked(100, &time).0, Cause::Clue(Clue::Time));
    let bytes = |_: &Variation, trial: u32| format!("\0/ {} 0", 1_800_000_000 + trial % 2);
    assert_eq!(asked(100, &bytes).0, Cause::Clue(Clue::Time));
    let order =
        |_: &Variation, trial: u32| ["a\nb\nc\n", "b\nc\na\n"][trial as usize % 2].to_owned();
    assert_eq!(asked(100, &order).0, Cause::Clue(Clue::Order));
    let name = |_: &Variation, trial: u32| format!("wrote /c/0/tmp/x.{trial}/y");
    assert_eq!(asked(100, &name).0, Cause::Clue(Clue::TemporaryName));
    let inode = |_: &Variation, trial: u32| format!("{}", 70 + trial);
    assert_eq!(asked(100, &inode).0, Cause::Clue(Clue::Inode("src/a".to_owned())));
    let random = |_: &Variation, trial: u32| format!("id {}", trial * 7919);
    assert_eq!(asked(100, &random).0, Cause::OfItself);
}

#[test]
fn a_flake_is_called_one_and_never_blamed_on_an_aspect() {
    let rare = |_: &Variation, trial: u32| (trial == 8).to_string();
    assert_eq!(asked(100, &rare).0, Cause::Rare { differed: 1, of: 8 });
    // It flaked in the first trial, and in none in which something is held still.
    let early = |_: &Variation, trial: u32| (trial == 1).to_string();
    assert_eq!(asked(100, &early).0, Cause::OfItself);
    let never = |_: &Variation, _: u32| String::new();
    assert!(matches!(asked(100, &never).0, Cause::NotRepeated { .. }));
    // It flaked in the very trial of the suspect.
    let unlucky = |_: &Variation, trial: u32| (trial == 2).to_string();
    let (cause, _) = asked_with(100, &[Aspect::Zone], &unlucky);
    assert!(matches!(cause, Cause::NotRepeated { .. }), "{cause:?}");
}

#[test]
fn what_never_passed_and_fails_in_a_plain_run_has_no_cause_among_the_differences() {
    let never_passed =
        Question { candidates: candidates(), never_passed: true, ..Question::default() };
    let red = |_: &Variation, _: u32| "red".to_owned();
    assert_eq!(answered(100, &never_passed, &red), (Cause::FailsPlain, 1));
    let passed = Question { never_passed: false, ..never_passed.clone() };
    assert!(matches!(answered(100, &passed, &red).0, Cause::NotRepeated { .. }));
    let of_locale = |variation: &Variation, _: u32| {
        if variation.has(Aspect::Locale) { "red" } else { "green" }.to_owned()
    };
    let (cause, _) = answered(100, &never_passed, &of_locale);
    assert!(matches!(cause, Cause::Varied { aspect: Aspect::Locale, .. }), "{cause:?}");
}

#[test]
fn a_difference_names_its_suspects() {
    let found = |left: &str, right: &str| {
        let file = |text: &str| vec![("f".to_owned(), text.as_bytes().to_vec())];
        let difference = compare(&file(left), &file(right)).remove(0).difference;
        let candidates = candidates()
            .with(Aspect::User, "thrice-two")
            .with(Aspect::Zone, "Etc/GMT+12")
            .with(Aspect::Temporary, "elsewhere");
        suspects(&difference, &candidates)
    };
    assert_eq!(found("by nobody", "by thrice-two"), [Aspect::User]);
    assert_eq!(found("a\nB\n", "B\na\n"), [Aspect::Locale]);
    assert_eq!(found("a B", "B a"), [Aspect::Locale]);
    let home = found("in /c/x/1/home/.x", "in /c/x/3/home/.x");
    assert_eq!(home.first(), Some(&Aspect::Home));
    let temporary = found("in /c/x/1/tmp/a", "in /c/x/3/tmp/a");
    assert_eq!(temporary.first(), Some(&Aspect::Temporary));
}

#[test]
fn clues_need_both_sides() {
    let seen = |text: &str| TrialOutcome {
        passes: true,
        bytes: Some(text.as_bytes().to_vec()),
        facts: TrialFacts { span: (1_800_000_000, 1_800_000_009), ..TrialFacts::default() },
    };
    let both = |left: &str, right: &str| between(&seen(left), &seen(right));
    assert_eq!(both("t=1800000003.5", "t=1800000007.1"), Some(Clue::Time));
    assert_eq!(both("1800000003123", "1800000007123"), Some(Clue::Time));
    assert_eq!(both("t=1800000003", "t=1900000000"), None);
    assert_eq!(both("5", "7"), None);
    // 1,800,000,000 is 2027-01-15 08:00:00 UTC.
    assert_eq!(both("at 08:00:02 UTC", "at 08:00:05 UTC"), Some(Clue::Time));
    assert_eq!(both("2027-01-15T08:00:02Z", "2027-01-15T08:00:05.1Z"), Some(Clue::Time));
    assert_eq!(both("took 00:01:02", "took 00:01:03"), None);
    assert_eq!(both("a b", "a"), None);
}
