//! The table of requirements: whatever cites one cites one that is there, whatever it names is
//! there, and every code comes from one or is this tool's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use thrice::requirements::{self, DOCUMENTS};
use thrice_findings::Code;

/// Where the rules themselves are, and what is written from them.
const TABLE: [&str; 2] = ["xtask/crates/thrice/src/requirements.rs", requirements::PATH];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Path and text of every file that may cite a rule.
static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut files = Vec::new();
    for top in ["xtask", "tests", "docs", "policy", "benches", "README.md", "AGENTS.md"] {
        gather(&root(), top, &mut files);
    }
    files
});

fn gather(root: &Path, path: &str, files: &mut Vec<(String, String)>) {
    let full = root.join(path);
    if full.is_dir() {
        for entry in std::fs::read_dir(&full).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name != "target" {
                gather(root, &format!("{path}/{name}"), files);
            }
        }
    } else {
        let bytes = std::fs::read(&full).unwrap();
        files.push((path.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
    }
}

/// What looks like the id of a rule or a section.
static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[PZHS]-[0-9]+(\.[0-9]+)*\b").unwrap());

/// Ids that a line of a comment or of a page cites. Stories of tests and guides have ids of the
/// same form (`S-1`), so an id of the runbook is a citation only where it has a dot.
fn cited<'a>(path: &str, line: &'a str) -> Vec<&'a str> {
    let prose = line.trim_start();
    if !path.ends_with(".md") && !["//", "#"].iter().any(|mark| prose.starts_with(mark)) {
        return Vec::new();
    }
    let ids = ID.find_iter(prose).map(|found| found.as_str());
    ids.filter(|id| !id.starts_with("S-") || id.contains('.')).collect()
}

#[test]
fn every_citation_leads_to_a_rule() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in FILES.iter().filter(|(path, _)| !TABLE.contains(&path.as_str())) {
        for (number, line) in text.lines().enumerate() {
            for id in cited(path, line) {
                count += 1;
                if !requirements::resolves(id) {
                    wrong.push(format!("{path}:{}: {id}", number + 1));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(count > 100, "{count}: nothing was looked at");
    for path in ["x.rs", "x.md"] {
        assert_eq!(cited(path, "/// The matrix (H-4.99, S-1.3)."), ["H-4.99", "S-1.3"]);
    }
    assert_eq!(cited("x.md", "The matrix of H-4; the story S-1."), ["H-4"]);
    assert_eq!(cited("x.rs", "let id = \"H-4\";"), [""; 0]);
    for (id, is_there) in [
        ("H-4.2", true),
        ("H-4", true),
        ("P-3", true),
        ("P-3.0", true),
        ("H-4.99", false),
        ("H-10", false),
        ("P-", false),
        ("Q-1", false),
    ] {
        assert_eq!(requirements::resolves(id), is_there, "{id}");
    }
}

/// A reader does not have the documents.
#[test]
fn nothing_cites_a_document() {
    let document = Regex::new(r"(?i)\bdocuments? [1-4]\b").unwrap();
    let section = Regex::new(r"^\s*(//|#).* §[0-9]").unwrap();
    // Standards have sections too.
    let cites = |line: &str| {
        document.is_match(line) || (section.is_match(line) && !line.contains("FIPS 180-4 §"))
    };
    let exempt = |path: &str| TABLE.contains(&path) || path == "tests/cases/requirements.rs";
    let mut wrong = Vec::new();
    for (path, text) in FILES.iter().filter(|(path, _)| !exempt(path)) {
        let lines = text.lines().enumerate().filter(|(_, line)| cites(line));
        wrong.extend(lines.map(|(number, line)| format!("{path}:{}: {line}", number + 1)));
    }
    assert_eq!(wrong, [""; 0]);
    for cited in ["(document 3 §1.5)", "as documents 1 and 2 say", "// Document 4", "# §6: who"] {
        assert!(cites(cited), "{cited}");
    }
    assert!(!cites("// FIPS 180-4 §5.3.3"));
}

#[test]
fn ids_stand_once_in_their_section_and_every_rule_says_something() {
    let mut seen = BTreeSet::new();
    for document in DOCUMENTS {
        for section in document.sections {
            assert!(section.id.starts_with(&format!("{}-", document.letter)), "{}", section.id);
            assert!(!section.rules.is_empty(), "{} has no rule", section.id);
            for rule in section.rules {
                let number = rule.id.strip_prefix(section.id).and_then(|it| it.strip_prefix('.'));
                let number = number.and_then(|number| number.parse::<u32>().ok());
                assert!(number.is_some(), "{} is not of {}", rule.id, section.id);
                assert!(seen.insert(rule.id), "{} stands twice", rule.id);
                assert!(rule.rule.len() > 15 && rule.rule.ends_with('.'), "{}", rule.id);
            }
        }
    }
    assert!(seen.len() > 250, "{}", seen.len());
}

#[test]
fn every_rule_is_held_by_a_test_that_there_is_or_is_open() {
    for rule in requirements::all() {
        assert!(!rule.tests.is_empty() || rule.open.is_some(), "{} has neither", rule.id);
        assert!(rule.open.is_none_or(|why| why.len() > 20 && why.ends_with('.')), "{}", rule.id);
        for test in rule.tests {
            let (path, name) = test.split_once("::").unwrap();
            let file = FILES.iter().find(|(there, _)| there == path);
            let text = &file.unwrap_or_else(|| panic!("{}: there is no {path}", rule.id)).1;
            assert!(is_test(text, name), "{}: {path} has no test {name}", rule.id);
        }
    }
    assert!(is_test("#[test]\nfn a() {}", "a"));
    assert!(!is_test("fn a() {}\n#[test]\nfn b() { a() }", "a"), "it is a helper");
}

/// Whether a function of that name is a test: of `#[test]`, or of a block of properties.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let at = lines.iter().position(|line| line.starts_with(&head));
    at.is_some_and(|at| {
        lines[..at].iter().rev().take_while(|line| line.starts_with('#')).any(|l| *l == "#[test]")
    })
}

#[test]
fn commands_gates_and_codes_of_the_table_are_there() {
    let mut command = thrice::cli::command::<thrice::cli::NoOwnVerb>();
    command.build();
    for rule in requirements::all() {
        for by in rule.by {
            match by.strip_prefix("gate ") {
                Some(gate) => {
                    let number = gate.strip_prefix('T').and_then(|number| number.parse().ok());
                    assert!(number.is_some_and(|number: u8| number <= 8), "{}: {by}", rule.id);
                }
                // This repository's own verbs, which are none of the product's.
                None if matches!(*by, "docs" | "test") => {}
                None => {
                    let end = by.split(' ').try_fold(&command, |at, word| at.find_subcommand(word));
                    assert!(end.is_some(), "{}: there is no command `{by}`", rule.id);
                }
            }
        }
        for code in rule.codes {
            let found = Code::from_name(code).map(Code::name);
            assert_eq!(found, Some(*code), "{}", rule.id);
        }
    }
}

/// Which rules a code's source names; none where it is this tool's own.
fn rules_of(code: Code) -> Vec<&'static str> {
    let source = code.source();
    let rules = source.split_once(" (").map_or(source, |(rules, _)| rules);
    if rules == "own" { Vec::new() } else { rules.split(", ").collect() }
}

#[test]
fn every_code_has_a_rule_that_names_it_or_is_our_own() {
    for code in Code::ALL {
        for id in rules_of(*code) {
            assert!(requirements::resolves(id), "{}: {id}", code.name());
            let below = format!("{id}.");
            let mut of = requirements::all().filter(|it| it.id == id || it.id.starts_with(&below));
            let names = of.any(|rule| rule.codes.contains(&code.name()));
            assert!(names, "{} names {id}, which does not name it", code.name());
        }
    }
    let own = Code::ALL.iter().filter(|code| rules_of(**code).is_empty()).count();
    assert!(own < Code::ALL.len() / 2, "{own} codes are of no document");
    assert_eq!(Code::Cec10.origin(), "requirement H-1.5.1 (docs/requirements.md)");
    assert_eq!(
        Code::BranchName.origin(),
        "requirements P-5.1, H-1.2.4 (docs/requirements.md); git-check-ref-format(1)"
    );
    assert_eq!(Code::DirtyTree.origin(), "requirement H-4.1 (docs/requirements.md)");
    assert_eq!(Code::DocsStale.origin(), "this tool's own rule");
}

/// A page without a row, or with a broken one, is no table.
#[test]
fn the_page_has_a_whole_row_for_each_rule() {
    let page = requirements::render();
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for rule in requirements::all() {
        let start = format!("| {} | ", rule.id);
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with(&start)).collect();
        assert_eq!(rows.len(), 1, "{}", rule.id);
        assert_eq!(cells(rows[0]), 6, "{}", rows[0]);
        assert_eq!(rows[0].contains("**Open**"), rule.open.is_some(), "{}", rows[0]);
    }
}
