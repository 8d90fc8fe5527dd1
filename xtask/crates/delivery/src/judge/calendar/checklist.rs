//! How far a checklist is, by its boxes (S-6).

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::civil::Date;

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::markdown;
use thrice_programme::Calendar;
use thrice_programme::calendar::days::{end_of, working_day};
use thrice_programme::calendar::{Checklist, ChecklistKind, Sprint};
use thrice_report::markdown::line;

/// The boxes of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Boxes {
    /// How many are ticked.
    pub ticked: usize,
    /// How many there are.
    pub all: usize,
}

/// When a checklist is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckedWhen {
    /// At a gate: now it must be done.
    AtGate,
    /// On the way: it must be done after the day on which it is due.
    OnTheWay,
}

/// The boxes of a list in Markdown, `- [ ]` and `- [x]`; those in fenced code are none.
#[must_use]
pub(crate) fn boxes(text: &str) -> Boxes {
    let (ticked, all) = markdown::boxes(text);
    Boxes { ticked, all }
}

impl Boxes {
    /// Whether all are ticked; a list without a box is never done.
    #[must_use]
    pub(crate) fn is_done(self) -> bool {
        self.all > 0 && self.ticked == self.all
    }
}

/// Whether the boxes of a sprint's deliverables are in this checklist: that of operations, or that
/// of the gate where there is none.
#[must_use]
pub(crate) fn lists_deliverables(sprint: &Sprint, kind: ChecklistKind) -> bool {
    let has = |wanted| sprint.checklists.iter().any(|known| known.kind == wanted);
    match kind {
        ChecklistKind::Operations => true,
        ChecklistKind::Gate => !has(ChecklistKind::Operations),
        _ => false,
    }
}

/// The first of some names that no ticked box is left for, alone or in front of a colon. A box is
/// for one of them: for the longest that it names.
fn unticked<'a>(named: &[&'a str], text: &str) -> Option<&'a str> {
    let mut labels = markdown::ticked(text);
    let plain = |name: &str| markdown::ticked(&format!("- [x] {}", line(name))).pop();
    let mut plain: Vec<_> = named.iter().map(|name| plain(name)).enumerate().collect();
    plain.sort_by_key(|(_, plain)| Reverse(plain.as_ref().map(String::len)));
    let is_missing = |(_, plain): &(usize, Option<String>)| {
        let is_its = |label: &String| {
            let rest = plain.as_ref().and_then(|plain| label.trim().strip_prefix(plain.trim()));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        let its = labels.iter().position(is_its);
        its.map(|at| labels.swap_remove(at)).is_none()
    };
    let missing = plain.into_iter().filter(is_missing).map(|(at, _)| at).min();
    missing.and_then(|at| named.get(at).copied())
}

/// The day by whose end a checklist is done.
#[must_use]
pub(crate) fn due(calendar: &Calendar, sprint: &Sprint, checklist: &Checklist) -> Option<Date> {
    working_day(calendar, sprint.window, checklist.due_day?)
}

/// What a checklist lacks; `text` is none where its file is not there. Each of what is `named`
/// needs a ticked box of its own.
#[must_use]
pub(crate) fn judge(
    (calendar, sprint): (&Calendar, &Sprint),
    checklist: &Checklist,
    (text, named): (Option<&str>, &[&str]),
    (asked, now): (CheckedWhen, Timestamp),
) -> Option<Finding> {
    let due = due(calendar, sprint, checklist);
    let over = due.is_some_and(|day| end_of(calendar, day) <= now);
    if asked == CheckedWhen::OnTheWay && !over {
        return None;
    }
    let boxes = text.map(boxes);
    let is_done = boxes.is_some_and(Boxes::is_done);
    let missing = text.filter(|_| is_done).and_then(|text| unticked(named, text));
    let (word, id, path) = (checklist.kind.word(), &sprint.id, quoted(&checklist.path));
    let open = format!("finish what is open in {path}, and tick it");
    let (lacks, help) = match (boxes, missing) {
        (None, _) => (
            "is not written".to_owned(),
            format!("`cargo xtask sprint checklist {id} --write`, then tick what is done"),
        ),
        (Some(_), Some(name)) => (
            format!("has no box of {}", quoted(name)),
            format!("add `- [ ] {}` to {path}, and tick it", line(name)),
        ),
        (Some(_), None) if is_done => return None,
        (Some(Boxes { all: 0, .. }), None) => ("has no box that could be ticked".to_owned(), open),
        (Some(Boxes { ticked, all }), None) => {
            (format!("has {ticked} of {all} boxes ticked"), open)
        }
    };
    let when = due.map(|day| {
        let verb = if over { "was" } else { "is" };
        format!("; it {verb} due by the end of {day}")
    });
    let message =
        format!("the checklist `{word}` of sprint {id} {lacks}{}", when.unwrap_or_default());
    Some(Finding::new(Code::ChecklistOpen, message).help(help).at(Place::file(&checklist.path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_those_of_lists() {
        for (text, ticked, all) in [
            ("", 0, 0),
            ("- [ ] a\n- [x] b\n* [X] c\n", 2, 3),
            ("  - [x]\n\t+ [ ] d", 1, 2),
            ("[x] a\n- [x]b\n- [y] c\n- x\n- [\n- [x", 0, 0),
            ("```\n- [x] a\n```\n- [ ] b", 0, 1),
            ("- [é] a\n- [ x] b", 0, 0),
        ] {
            assert_eq!(boxes(text), Boxes { ticked, all }, "{text:?}");
        }
        let named = ["alert routes", "a `b`"];
        for (text, missing) in [
            ("- [x] alert routes\n- [x] a `b`: seen", None),
            ("- [x] alert routes to come\n- [x] a `b`", Some("alert routes")),
            ("- [ ] alert routes\n- [x] a `b`", Some("alert routes")),
            ("- [x] all\n  - [x] alert routes\n- [x] c", Some("a `b`")),
            ("```\n- [x] alert routes\n```\n- [x] a `b`", Some("alert routes")),
            ("- [x] alert\n  routes\n- [x] a\\\n  `b`: seen\n  twice", None),
            ("- [x] alert routes\n\n  in use\n- [x] a `b`\n  ```\n  c\n  ```", None),
        ] {
            assert_eq!(unticked(&named, text), missing, "{text:?}");
        }
        assert!(!Boxes::default().is_done() && Boxes { ticked: 2, all: 2 }.is_done());
    }

    #[test]
    fn a_box_is_for_one_name() {
        let nested: &[&str] = &["API", "API: docs"];
        let twice: &[&str] = &["API: docs", "API", "API"];
        for (named, text, missing) in [
            (nested, "- [x] API: docs", Some("API")),
            (nested, "- [x] API: docs\n- [x] API", None),
            (nested, "- [x] API: docs: here\n- [x] API: in use", None),
            (nested, "- [x] API: in use\n- [x] API: seen", Some("API: docs")),
            (nested, "- [x] API: docs\n- [x] API: docs: again", None),
            (nested, "", Some("API")),
            (twice, "- [x] API\n- [x] API: docs", Some("API")),
            (twice, "- [x] API\n- [ ] API\n- [x] API: docs", Some("API")),
            (twice, "- [x] API\n- [x] API: docs\n- [x] API", None),
        ] {
            assert_eq!(unticked(named, text), missing, "{named:?}: {text:?}");
        }
    }
}
