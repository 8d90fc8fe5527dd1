//! `JUnit` XML: suites that declare totals, testcases that say how they ended.

use std::collections::HashMap;

use roxmltree::{Document, Node, NodeId};

use super::unread::{agree, excerpt};
use super::{Reader, TestCase, TestOutcome, TestReport, Unread, xml_guard};

pub(super) fn read(text: &str) -> Result<TestReport, Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    xml_guard::check(text)?;
    let document = Document::parse(text).map_err(|error| Unread::Xml {
        line: error.pos().row as usize,
        why: excerpt(&error.to_string()),
    })?;
    if !is_suite(document.root_element()) {
        return Err(Unread::NoSummary(Reader::Junit));
    }
    let mut suites = Suites::default();
    // Backwards, every element comes after all that it holds.
    let elements: Vec<_> = document.descendants().filter(Node::is_element).collect();
    for element in elements.into_iter().rev() {
        if element.has_tag_name("testcase") {
            suites.testcase(element)?;
        } else if is_suite(element) {
            suites.close(element)?;
        }
    }
    if suites.declared {
        Ok(TestReport::new(suites.tests))
    } else {
        Err(Unread::NoSummary(Reader::Junit))
    }
}

fn is_suite(element: Node<'_, '_>) -> bool {
    matches!(element.tag_name().name(), "testsuite" | "testsuites")
}

#[derive(Clone, Copy, Default)]
struct Tally {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

/// What is in a suite: directly, and with the suites inside it. Runners differ in
/// which of the two they declare.
#[derive(Clone, Copy, Default)]
struct Held {
    own: Tally,
    all: Tally,
}

#[derive(Default)]
struct Suites {
    held: HashMap<NodeId, Held>,
    tests: Vec<TestCase>,
    /// Some suite declares how many tests it holds.
    declared: bool,
}

impl Suites {
    fn testcase(&mut self, element: Node<'_, '_>) -> Result<(), Unread> {
        let suite = element.parent_element().filter(|&parent| is_suite(parent));
        let suite = suite.filter(|suite| suite.has_attribute("tests"));
        let suite = suite.ok_or_else(|| Unread::NoTotals { test: excerpt(&name(element)) })?;
        let (outcome, tally) = outcome(element);
        let held = self.held.entry(suite.id()).or_default();
        held.own.add(tally);
        held.all.add(tally);
        self.tests.push(TestCase { name: name(element), outcome });
        Ok(())
    }

    fn close(&mut self, element: Node<'_, '_>) -> Result<(), Unread> {
        let held = self.held.remove(&element.id()).unwrap_or_default();
        let declared = |attribute| check(element, attribute, held);
        self.declared |= declared(("tests", |tally| tally.tests))?;
        declared(("failures", |tally| tally.failures))?;
        declared(("errors", |tally| tally.errors))?;
        declared(("skipped", |tally| tally.skipped))?;
        if let Some(parent) = element.parent_element() {
            self.held.entry(parent.id()).or_default().all.add(held.all);
        }
        Ok(())
    }
}

type Total = (&'static str, fn(Tally) -> u64);

/// Whether the total is declared; an error if it is and does not agree.
fn check(element: Node<'_, '_>, (name, of): Total, held: Held) -> Result<bool, Unread> {
    let Some(text) = element.attribute(name) else { return Ok(false) };
    let suite = excerpt(element.attribute("name").unwrap_or_default());
    let what = format!("{suite}: {name}");
    match text.trim().parse() {
        Ok(said) if said == of(held.own) => {}
        Ok(said) => agree(|| what, said, of(held.all))?,
        Err(_) => return Err(Unread::BadTotal { what, text: excerpt(text) }),
    }
    Ok(true)
}

/// A failed attempt that a retry made good (`flakyFailure`, `flakyError`) is no
/// failure in the suite's totals and is one in the outcome.
fn outcome(element: Node<'_, '_>) -> (TestOutcome, Tally) {
    let has = |name| u64::from(element.children().any(|child| child.has_tag_name(name)));
    let tally =
        Tally { tests: 1, failures: has("failure"), errors: has("error"), skipped: has("skipped") };
    let broken = tally.failures + tally.errors + has("flakyFailure") + has("flakyError");
    let not_run = matches!(element.attribute("status"), Some("notrun" | "disabled"));
    let outcome = if broken > 0 {
        TestOutcome::Failed
    } else if tally.skipped > 0 || not_run {
        TestOutcome::Skipped
    } else {
        TestOutcome::Passed
    };
    (outcome, tally)
}

fn name(element: Node<'_, '_>) -> String {
    let name = element.attribute("name").unwrap_or_default();
    match element.attribute("classname") {
        Some(class) if !class.is_empty() => format!("{class}::{name}"),
        _ => name.to_owned(),
    }
}
