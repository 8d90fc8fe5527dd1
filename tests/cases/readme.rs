//! README.md, typed; and the words of the pages that people write.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::support::pages::{Step, covers, steps};
use crate::support::{Ran, World, XTASK, picture};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The part of a page below one heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(heading).unwrap_or_else(|| panic!("no `{heading}`"));
    rest.split("\n## ").next().unwrap()
}

/// Output with what differs between two reviews hidden: times, digests, durations.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, replacement) in [
        (r"passed at [^\x22]+", "passed at [TIME]"),
        (r"\b[0-9a-f]{12}\b", "[DIGEST]"),
        (r"\b\d+\.\d s\b", "#.# s"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, replacement).into_owned();
    }
    text
}

/// Types a block in a folder, with the program installed as `thrice`.
fn run(world: &World, folder: &Path, step: &Step) -> Ran {
    let bin = world.root().join("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(XTASK, bin.join("thrice")).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = world.command("bash");
    command.args(["-e", "-c", &step.script]).current_dir(folder).env("PATH", path);
    command.output().unwrap().into()
}

#[test]
fn the_demo_fails_at_the_quoted_line_and_then_passes() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let steps = steps(section(&readme, "## See it fail, then pass\n"));
    let exits: Vec<i32> = steps.iter().map(|step| step.exit).collect();
    assert_eq!(exits, [30, 0]);
    let typed: usize = steps.iter().map(|step| step.script.lines().count()).sum();
    assert_eq!(typed, 10, "a demo of ten lines");
    let drawn = picture::of(&steps, &["> test.sh", "git commit", "thrice orr"]);
    expect_test::expect_file!["../../docs/demo.svg"].assert_eq(&drawn);
    let world = World::new();
    let above = world.root().join("readme");
    std::fs::create_dir(&above).unwrap();
    for (step, folder) in steps.iter().zip([above.clone(), above.join("demo")]) {
        let ran = run(&world, &folder, step);
        assert_eq!(ran.status, step.exit, "{}\n{ran:?}", step.script);
        let shown = step.shown.as_ref().expect("a block that shows nothing");
        if let Err(missing) = covers(&plain(shown), &plain(&ran.stdout)) {
            panic!("README.md shows this, in its place:\n{missing}\nprinted:\n{}", ran.stdout);
        }
    }
}

#[test]
fn the_readme_fits_on_few_screens_and_leads_to_pages_that_are_there() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() < 120, "{} lines", readme.lines().count());
    for command in ["cargo xtask orr --runs 3", "cargo xtask test"] {
        assert!(section(&readme, "## The two commands\n").contains(command), "{command}");
    }
    assert!(section(&readme, "## Limitations\n").contains("of 22 known kinds it finds 16"));
    let link = Regex::new(r"\]\(([^)#]+)[^)]*\)").unwrap();
    let mut links = 0;
    for (page, text) in written().into_iter().chain([("README.md".to_owned(), readme)]) {
        let folder = root().join(&page).parent().unwrap().to_owned();
        for found in link.captures_iter(&prose(&text)) {
            if !found[1].contains("://") {
                links += 1;
                assert!(folder.join(&found[1]).exists(), "{page}: {} is not there", &found[1]);
            }
        }
    }
    assert!(links > 30, "{links}");
}

/// Every page of docs/ and of its examples that no command writes, with its text.
fn written() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for folder in ["docs", "docs/examples"] {
        for entry in root().join(folder).read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let page = format!("{folder}/{name}");
            if page.ends_with(".md") {
                let text = std::fs::read_to_string(root().join(&page)).unwrap();
                if !text.starts_with("<!-- Written by") {
                    pages.push((page, text));
                }
            }
        }
    }
    pages.sort();
    assert!(pages.len() >= 12, "{pages:?}");
    pages
}

/// A page without its code and without its blocks of commands, output and rules.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().map(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fence || fenced || line.starts_with("    ") { "" } else { line }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    Regex::new("`[^`\n]*`").unwrap().replace_all(&text, "``").into_owned()
}

/// A word that a reader stumbles over, and the field's own.
const WORDS: &[(&str, &str)] = &[
    (r"mend(s|ed|ing)?", "fix"),
    (r"where\s+left\s+out|where\s+it\s+is\s+left\s+out", "by default"),
    (r"desks?", "local machine"),
    (r"tells?|told", "reports, says"),
    (r"(stands?|stood)\s+(in|there)|lies?\s+(below|under)", "is in, is under"),
    (r"an\s+own", "its own"),
    (r"strangers?", "untrusted"),
    (r"begun|(is|was|are)\s+begun", "started"),
    (r"(gone|goes|go)\s+on\s+with", "resumes"),
    (r"what\s+is\s+so", "the facts"),
    (r"demand(s|ed|ing)?", "requires"),
    (r"binds\s+nobody", "can't enforce"),
    (r"writ(es|ten)\s+down", "records"),
    (r"of\s+(all\s+its\s+)?40\s+(hex\s+)?digits", "full SHA"),
];

/// The stumbling blocks of a text: line, what was written, what to write.
fn stumbles(text: &str) -> Vec<(usize, String, &'static str)> {
    let mut found = Vec::new();
    for (pattern, better) in WORDS {
        let word = Regex::new(&format!(r"(?i)\b({pattern})\b")).unwrap();
        found.extend(word.find_iter(text).map(|it| {
            let line = text[..it.start()].matches('\n').count() + 1;
            (line, it.as_str().to_owned(), *better)
        }));
    }
    found.sort();
    found
}

#[test]
fn pages_use_the_words_of_the_field() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut wrong = Vec::new();
    for (page, text) in written().into_iter().chain([("README.md".to_owned(), readme)]) {
        for (line, word, better) in stumbles(&prose(&text)) {
            wrong.push(format!("{page}:{line}: `{word}`: write `{better}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn stumbling_blocks_are_found_in_prose_alone() {
    for (text, words) in [
        ("Mend it\nat the desk.", &["Mend", "desk"][..]),
        ("now where\nleft out", &["where\nleft out"]),
        ("an own HOME, told", &["an own", "told"]),
        ("amends the desktop; its own; beginning; recommend", &[]),
        ("a\n```text\nmend\n```\nb `sla-reported-late`", &[]),
        ("    mend\n", &[]),
        ("`a` is told `b`", &["told"]),
        ("a\n```sh exit=1\nmend\n```\nit tells", &["tells"]),
    ] {
        let found = stumbles(&prose(text));
        let found: Vec<&str> = found.iter().map(|(_, word, _)| word.as_str()).collect();
        assert_eq!(found, words, "{text}");
    }
}

#[test]
fn the_glossary_explains_every_word_in_two_sentences_at_most() {
    let text = std::fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let words = "gate run ORR scorecard evidence filemap patch base sandbox-branch story wave cycle \
                 sprint feature epic decision finding verdict engine programme CEC standing ledger \
                 freeze drill trigger";
    let entry = Regex::new("(?m)^## (.+)\n\n((?:.+\n)+)").unwrap();
    let end = Regex::new(r"[.!?](\s|$)").unwrap();
    let mut explained = Vec::new();
    for found in entry.captures_iter(&text) {
        let ends = end.find_iter(&found[2]).count();
        assert!((1..=2).contains(&ends), "{}: {ends} sentences\n{}", &found[1], &found[2]);
        explained.push(found[1].to_lowercase());
    }
    assert!(explained.is_sorted(), "{explained:?}");
    for word in words.split_whitespace() {
        let word = word.replace('-', " ").to_lowercase();
        assert!(explained.contains(&word), "no entry `{word}`");
    }
}
