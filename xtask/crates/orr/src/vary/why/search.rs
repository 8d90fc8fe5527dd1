//! What to try next, and what follows from what was seen.

use super::clue::{self, Clue, TrialFacts};
use crate::vary::Variation;
use thrice_programme::Aspect;

/// How often a plain gate is repeated to see a difference that is rare.
const REPEATS: u32 = 12;

/// What a gate left in one trial. Equal where outcome and bytes are, whatever the facts.
#[derive(Clone, Debug)]
pub(crate) struct TrialOutcome {
    /// Whether the gate passed.
    pub passes: bool,
    /// The file that is asked about, where the gate left it.
    pub bytes: Option<Vec<u8>>,
    /// What was true around it.
    pub facts: TrialFacts,
}

impl PartialEq for TrialOutcome {
    fn eq(&self, other: &Self) -> bool {
        self.passes == other.passes && self.bytes == other.bytes
    }
}

/// Runs the gate once more.
pub(crate) trait Laboratory {
    /// Runs it in a new checkout, with this variation; none where there is no time left.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    fn observe(&mut self, variation: &Variation) -> anyhow::Result<Option<TrialOutcome>>;
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// In what the two runs differed, each with the second one's value.
    pub candidates: Variation,
    /// The candidates that the difference itself speaks for, most likely first.
    pub suspects: Vec<Aspect>,
    /// Values that hold still what varies of itself, most likely first.
    pub pins: Vec<(Aspect, String)>,
    /// Whether no run of the review passed the gate: then nothing differs yet.
    pub never_passed: bool,
}

/// Why a gate differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Because of one aspect that the runs differed in.
    Varied {
        aspect: Aspect,
        /// Its value in the run that differs.
        value: String,
        /// Whether it was seen twice, with a plain run between.
        confirmed: bool,
    },
    /// Because of several aspects together.
    Together(Vec<Aspect>),
    /// It differs between plain runs, and no longer where this is held still.
    Pinned { aspect: Aspect },
    /// It differs between plain runs, and its own values say why.
    Clue(Clue),
    /// It differs between plain runs, once in a while.
    Rare {
        /// How many of the plain runs differed.
        differed: u32,
        of: u32,
    },
    /// The gate fails in a plain run, too, and was seen to pass in none.
    FailsPlain,
    /// It differed in the review and never again.
    NotRepeated {
        /// In how many further runs.
        of: u32,
    },
    /// It differs between plain runs, for no reason that was found.
    OfItself,
    /// There was no time to find out.
    NoTime,
}

struct Search<'a> {
    laboratory: &'a mut dyn Laboratory,
    question: &'a Question,
    runs: u32,
}

/// Searches for the cause.
pub(crate) fn search(
    question: &Question,
    laboratory: &mut dyn Laboratory,
) -> anyhow::Result<Cause> {
    Search { laboratory, question, runs: 0 }.cause()
}

impl Search<'_> {
    /// What the gate leaves; none where there is no time left.
    fn observe(&mut self, variation: &Variation) -> anyhow::Result<Option<TrialOutcome>> {
        let seen = self.laboratory.observe(variation)?;
        self.runs += u32::from(seen.is_some());
        Ok(seen)
    }

    fn plain(&mut self) -> anyhow::Result<Option<TrialOutcome>> {
        self.observe(&Variation::default())
    }

    fn cause(&mut self) -> anyhow::Result<Cause> {
        let Some(first) = self.plain()? else { return Ok(Cause::NoTime) };
        if self.question.never_passed && !first.passes {
            return Ok(Cause::FailsPlain);
        }
        for suspect in self.question.suspects.clone() {
            let one = self.question.candidates.only(|aspect| aspect == suspect);
            if one.is_plain() {
                continue;
            }
            let Some(seen) = self.observe(&one)? else { return Ok(Cause::NoTime) };
            if seen != first {
                return self.confirmed(&first, &one, clue::between(&first, &seen));
            }
        }
        let Some(control) = self.plain()? else { return Ok(Cause::NoTime) };
        if control != first {
            return self.of_itself(&first, &control);
        }
        let all = &self.question.candidates;
        if all.is_plain() {
            return self.rare(&first);
        }
        match self.observe(all)? {
            None => Ok(Cause::NoTime),
            Some(seen) if seen == first => self.rare(&first),
            Some(_) => self.narrowed(&first),
        }
    }

    /// The smallest group that makes the difference, by halves, confirmed.
    fn narrowed(&mut self, first: &TrialOutcome) -> anyhow::Result<Cause> {
        let suspects = &self.question.suspects;
        let rank = |aspect: Aspect| suspects.iter().position(|it| *it == aspect);
        let mut group: Vec<Aspect> =
            self.question.candidates.iter().map(|(aspect, _)| aspect).collect();
        group.sort_by_key(|aspect| (rank(*aspect).unwrap_or(usize::MAX), *aspect));
        while group.len() > 1 {
            let (left, right) = group.split_at(group.len() / 2);
            let halves = [left.to_vec(), right.to_vec()];
            let mut hit = None;
            for half in halves {
                let part = self.question.candidates.only(|aspect| half.contains(&aspect));
                match self.observe(&part)? {
                    Some(seen) if seen != *first => {
                        hit = Some(half);
                        break;
                    }
                    Some(_) => {}
                    None => return Ok(Cause::Together(group)),
                }
            }
            match hit {
                Some(half) => group = half,
                None => break,
            }
        }
        let group = self.question.candidates.only(|aspect| group.contains(&aspect));
        self.confirmed(first, &group, None)
    }

    /// A group was seen to make the difference: a plain run must still be as the first,
    /// and the group must make it again. `clue` is what the difference itself speaks for: the
    /// answer where there is no time to confirm the group.
    fn confirmed(
        &mut self,
        first: &TrialOutcome,
        group: &Variation,
        clue: Option<Clue>,
    ) -> anyhow::Result<Cause> {
        let answer = |confirmed| match group.iter().collect::<Vec<_>>().as_slice() {
            [(aspect, value)] => {
                Cause::Varied { aspect: *aspect, value: (*value).to_owned(), confirmed }
            }
            several => Cause::Together(several.iter().map(|(aspect, _)| *aspect).collect()),
        };
        let Some(control) = self.plain()? else {
            return Ok(clue.map_or_else(|| answer(false), Cause::Clue));
        };
        if control != *first {
            return self.of_itself(first, &control);
        }
        match self.observe(group)? {
            None => Ok(answer(false)),
            Some(again) if again == *first => self.rare(first),
            Some(_) => Ok(answer(true)),
        }
    }

    /// Two plain runs differ.
    fn of_itself(&mut self, first: &TrialOutcome, control: &TrialOutcome) -> anyhow::Result<Cause> {
        if let Some(clue) = clue::between(first, control) {
            return Ok(Cause::Clue(clue));
        }
        for (aspect, value) in &self.question.pins {
            match self.holds(&Variation::default().with(*aspect, value))? {
                Some(true) => return Ok(Cause::Pinned { aspect: *aspect }),
                Some(false) => {}
                None => break,
            }
        }
        let of_order = clue::is_of_order(first, control).then_some(Cause::Clue(Clue::Order));
        Ok(of_order.unwrap_or(Cause::OfItself))
    }

    /// Whether what differs stays the same where something is held still, and differs again
    /// where it isn't; none where there is no time left.
    fn holds(&mut self, pinned: &Variation) -> anyhow::Result<Option<bool>> {
        let Some(still) = self.observe(pinned)? else { return Ok(None) };
        // What is held still by chance alone differs in one of three.
        for _ in 0..3 {
            match self.observe(pinned)? {
                Some(again) if again == still => {}
                Some(_) => return Ok(Some(false)),
                None => return Ok(None),
            }
        }
        // A flake of one in ten stays the same by chance, and is then the same in plain runs too.
        let mut differed = 0;
        for _ in 0..3 {
            let Some(control) = self.plain()? else { return Ok(None) };
            differed += u32::from(control != still);
        }
        Ok(Some(differed > 1))
    }

    /// It did not differ again: plain runs show whether it does so once in a while.
    fn rare(&mut self, first: &TrialOutcome) -> anyhow::Result<Cause> {
        let mut of = 0;
        while of < REPEATS {
            match self.plain()? {
                Some(seen) if seen != *first => {
                    return Ok(Cause::Rare { differed: 1, of: self.runs });
                }
                Some(_) => of += 1,
                None => break,
            }
        }
        Ok(Cause::NotRepeated { of: self.runs })
    }
}
