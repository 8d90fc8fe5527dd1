//! `JUnit` XML: suites that declare totals, testcases that say how they ended.
//!
//! There is no standard of it. [`writer`] knows who wrote a document, by marks that
//! the writer always leaves, and [`totals`] what the totals count there.

mod case;
mod totals;
mod writer;

use std::collections::HashMap;

use roxmltree::{Document, Node, NodeId};

use self::case::{Case, Tally};
use self::writer::Writer;
use super::unread::excerpt;
use super::{Reader, TestCase, TestCounts, TestOutcome, TestReport, Unread, xml_guard};

pub(super) fn read(text: &str) -> Result<TestReport, Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    xml_guard::check(text)?;
    let document = Document::parse(text).map_err(|error| Unread::Xml {
        line: error.pos().row as usize,
        why: excerpt(&error.to_string()),
    })?;
    let root = document.root_element();
    if !is_suite(root) {
        return Err(of_another_form(root));
    }
    let suites = Suites::collect(root)?;
    let writer = Writer::of(root);
    writer.can_be_read(root)?;
    let said = suites.check(writer)?;
    Ok(suites.report(writer, said))
}

/// Other XML that test runners write, by the element that it begins with.
fn of_another_form(root: Node<'_, '_>) -> Unread {
    let instead = match root.tag_name().name() {
        "TestRun" => "run `dotnet test --logger junit`, or convert the trx file",
        "Catch" | "Catch2TestRun" | "doctest" => "run the tests with `-r junit`",
        "Site" => "run `ctest --output-junit FILE`",
        _ => "name the file that holds the JUnit report",
    };
    let what = excerpt(&format!("<{}>", root.tag_name().name()));
    Unread::Unsuited { what, why: "no JUnit report begins so", instead }
}

fn is_suite(element: Node<'_, '_>) -> bool {
    matches!(element.tag_name().name(), "testsuite" | "testsuites")
}

struct Suite<'a> {
    element: Node<'a, 'a>,
    parent: Option<usize>,
    /// What it holds directly, and with the suites in it: writers differ in which of
    /// the two they declare.
    own: Tally,
    all: Tally,
    /// The suites that it holds directly, and those of them that failed.
    suites: u64,
    failed_suites: u64,
}

struct Suites<'a> {
    /// Each before those that it holds.
    suites: Vec<Suite<'a>>,
    cases: Vec<(usize, Case)>,
}

/// What the totals say beyond what is listed.
#[derive(Default)]
struct ExtraTotals {
    /// At most so many passed.
    most_passed: Option<u64>,
    /// So many of those that are listed like passed tests are still to do.
    todo: u64,
    /// So many tests that hold others failed, and are not listed.
    failed_holders: u64,
}

impl<'a> Suites<'a> {
    fn collect(root: Node<'a, 'a>) -> Result<Self, Unread> {
        let mut places: HashMap<NodeId, usize> = HashMap::new();
        let mut found = Self { suites: Vec::new(), cases: Vec::new() };
        for element in root.descendants().filter(Node::is_element) {
            let holder = element.parent_element().and_then(|e| places.get(&e.id()).copied());
            if is_suite(element) {
                places.insert(element.id(), found.suites.len());
                let (own, all) = (Tally::default(), Tally::default());
                let suite =
                    Suite { element, parent: holder, own, all, suites: 0, failed_suites: 0 };
                found.suites.push(suite);
            } else if element.has_tag_name("testcase") {
                let case = Case::of(element);
                let holder =
                    holder.ok_or_else(|| Unread::NoTotals { test: excerpt(&case.full_name()) })?;
                found.suites[holder].own.add(&case.tally);
                found.suites[holder].all.add(&case.tally);
                found.cases.push((holder, case));
            } else if matches!(element.tag_name().name(), "error" | "failure")
                && let Some(holder) = holder
            {
                let suite = found.suites[holder].element.attribute("name").unwrap_or_default();
                found.cases.push((holder, Case::of_broken_suite(suite)));
            }
        }
        found.fold();
        Ok(found)
    }

    fn fold(&mut self) {
        for at in (0..self.suites.len()).rev() {
            let (all, parent) = (self.suites[at].all, self.suites[at].parent);
            let failed = self.suites[at].own.failures + self.suites[at].failed_suites > 0;
            if let Some(parent) = parent {
                let parent = &mut self.suites[parent];
                parent.all.add(&all);
                parent.suites += 1;
                parent.failed_suites += u64::from(failed);
            }
        }
    }

    fn check(&self, writer: Writer) -> Result<ExtraTotals, Unread> {
        let mut said = ExtraTotals::default();
        if writer == Writer::Node {
            said = totals::of_comments(self)?;
        } else {
            let declares = |suite: &Suite<'_>| suite.element.has_attribute("tests");
            if !self.suites.iter().any(declares) {
                return Err(match self.cases.first() {
                    Some((_, case)) => Unread::NoTotals { test: excerpt(&case.full_name()) },
                    None => Unread::NoSummary(Reader::Junit),
                });
            }
            let bare = |(holder, case): &&(usize, Case)| {
                !declares(&self.suites[*holder]) && !case.broken_suite
            };
            if let Some((_, case)) = self.cases.iter().find(bare) {
                return Err(Unread::NoTotals { test: excerpt(&case.full_name()) });
            }
        }
        let mut todo = HashMap::new();
        for (at, suite) in self.suites.iter().enumerate().rev() {
            let within = todo.remove(&at).unwrap_or_default();
            let here = totals::check(suite, writer, within)?;
            match suite.parent {
                Some(parent) => *todo.entry(parent).or_default() += here,
                None => said.todo = here,
            }
        }
        Ok(said)
    }

    fn report(self, writer: Writer, said: ExtraTotals) -> TestReport {
        let mut tests: Vec<TestCase> = match writer {
            Writer::Node => self.named_by_suites(),
            Writer::Go => self.leaves("/"),
            Writer::Deno => self.leaves(" > "),
            Writer::Pytest => self.without_reruns(),
            _ => self.cases.into_iter().map(|(_, case)| case.test()).collect(),
        };
        for _ in 0..said.failed_holders {
            let name = "a test that holds others".to_owned();
            tests.push(TestCase { name, outcome: TestOutcome::Failed });
        }
        let mut report = TestReport::new(tests);
        let TestCounts { passed, skipped, .. } = &mut report.counts;
        if let Some(most) = said.most_passed {
            *passed = most.min(*passed);
        }
        let todo = said.todo.min(*passed);
        *passed -= todo;
        *skipped += todo;
        report
    }

    /// node's `classname` is the same for all: the names of the suites report more.
    fn named_by_suites(self) -> Vec<TestCase> {
        const NAMED: usize = 16;
        let named = |(holder, case): (usize, Case)| {
            let mut name = case.name;
            let holders = std::iter::successors(Some(holder), |&at| self.suites[at].parent);
            for at in holders.take(NAMED) {
                if self.suites[at].element.has_tag_name("testsuite") {
                    let suite = self.suites[at].element.attribute("name").unwrap_or_default();
                    name = format!("{suite} > {name}");
                }
            }
            TestCase { name, outcome: case.outcome }
        };
        let file = |(_, case): &(usize, Case)| {
            case.outcome == TestOutcome::Passed && super::names::is_script(&case.name)
        };
        self.cases.into_iter().filter(|case| !file(case)).map(named).collect()
    }

    /// Where tests that hold others are listed beside them.
    fn leaves(self, separator: &str) -> Vec<TestCase> {
        let mut by_class: HashMap<(usize, String), Vec<(String, TestOutcome)>> = HashMap::new();
        for (holder, case) in self.cases {
            by_class.entry((holder, case.class)).or_default().push((case.name, case.outcome));
        }
        let mut tests = Vec::new();
        for ((_, class), cases) in by_class {
            let leaves = super::leaves(cases.into_iter(), separator);
            tests.extend(
                leaves.map(|(name, outcome)| TestCase {
                    name: case::full_name(&class, &name),
                    outcome,
                }),
            );
        }
        tests
    }

    /// pytest-rerunfailures lists each attempt, and one that was repeated like one that
    /// passed; ids are unique otherwise, but where a test fails and its teardown too.
    fn without_reruns(self) -> Vec<TestCase> {
        let mut by_name: HashMap<String, Vec<TestOutcome>> = HashMap::new();
        for (_, case) in self.cases {
            by_name.entry(case.full_name()).or_default().push(case.outcome);
        }
        let mut tests = Vec::new();
        for (name, mut outcomes) in by_name {
            if outcomes.len() > 1 && outcomes.contains(&TestOutcome::Passed) {
                outcomes = vec![TestOutcome::Failed];
            }
            tests.extend(
                outcomes.into_iter().map(|outcome| TestCase { name: name.clone(), outcome }),
            );
        }
        tests
    }
}
