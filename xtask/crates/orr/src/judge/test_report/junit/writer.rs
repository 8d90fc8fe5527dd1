//! Who wrote a document, by marks that the writer always leaves.

use roxmltree::Node;

use super::super::Unread;
use super::super::unread::excerpt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    /// By none of those below: totals are of testcases.
    Other,
    /// `node --test`: totals in comments.
    Node,
    /// pytest: subtests count as tests and are not listed.
    Pytest,
    /// jest-junit: tests still to do are listed and do not count.
    Jest,
    /// mocha's `xunit`: all failures are errors; hooks are listed and do not count.
    Mocha,
    /// Catch2: `tests` and `failures` count assertions.
    Catch2,
    /// gotestsum and go-junit-report: tests that hold others are listed too.
    Go,
    /// deno: tests that hold steps are listed too.
    Deno,
}

impl Writer {
    pub(super) fn of(root: Node<'_, '_>) -> Self {
        let first = root.children().find(|child| child.has_tag_name("testsuite")).unwrap_or(root);
        let name = |element: Node<'_, '_>, name| element.attribute("name") == Some(name);
        let comment = |text: &str| {
            let mut comments = root.children().filter(Node::is_comment);
            comments.any(|c| c.text().is_some_and(|c| c.trim().starts_with(text)))
        };
        let property = |name| {
            let properties = first.children().filter(|child| child.has_tag_name("properties"));
            properties.flat_map(|p| p.children()).any(|p| p.attribute("name") == Some(name))
        };
        if comment("duration_ms ") {
            Self::Node
        } else if name(root, "pytest tests") || name(first, "pytest") {
            Self::Pytest
        } else if name(root, "jest tests") {
            Self::Jest
        } else if name(root, "Mocha Tests") && root.has_tag_name("testsuite") {
            Self::Mocha
        } else if first.attribute("hostname") == Some("tbd") {
            Self::Catch2
        } else if property("go.version") || root.descendants().any(is_go_subtest) {
            Self::Go
        } else if name(root, "deno test") {
            Self::Deno
        } else {
            Self::Other
        }
    }

    pub(super) fn can_be_read(self, root: Node<'_, '_>) -> Result<(), Unread> {
        if self != Self::Other {
            return Ok(());
        }
        // TAP::Formatter::JUnit writes a skipped test like one that passed.
        let suites = root.descendants().filter(|element| element.has_tag_name("testsuite"));
        for suite in suites.filter(|suite| !suite.has_attribute("skipped")) {
            let output = suite.children().find(|child| child.has_tag_name("system-out"));
            let text = output.and_then(|output| output.text()).unwrap_or_default();
            let begins = ["1..", "ok ", "not ok "];
            let is_tap = text.lines().any(|line| begins.iter().any(|b| line.starts_with(b)));
            let bare = |child: Node<'_, '_>| {
                child.has_tag_name("testcase") && !child.has_attribute("classname")
            };
            if is_tap && suite.children().any(bare) {
                return Err(Unread::Unsuited {
                    what: excerpt(suite.attribute("name").unwrap_or_default()),
                    why: "a TAP formatter wrote it, which lists skipped tests as passed",
                    instead: "run the script itself and use the reader tap",
                });
            }
        }
        Ok(())
    }
}

/// Whether it is a testcase with a name such as `TestGroup/inner`.
fn is_go_subtest(element: Node<'_, '_>) -> bool {
    let kinds = ["Test", "Fuzz", "Example", "Benchmark"];
    let is_identifier = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let name = element.attribute("name").filter(|_| element.has_tag_name("testcase"));
    let holder = name.and_then(|name| name.split_once('/')).map(|(holder, _)| holder);
    holder.is_some_and(|holder| {
        is_identifier(holder) && kinds.iter().any(|kind| holder.starts_with(kind))
    })
}
