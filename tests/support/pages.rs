//! Pages whose blocks are run: each ```sh block in order, its exit status and its output
//! compared with what the page says.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Ran, World, XTASK, write_program};

/// A block to be run.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) script: String,
    pub(crate) exit: i32,
    pub(crate) shown: Option<String>,
}

/// The blocks to be run. The ```text block after one is what it prints.
pub(crate) fn steps(tutorial: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = tutorial.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let mut words = info.split_whitespace();
        match words.next() {
            Some("sh") => {
                let exit = words.next().and_then(|word| word.strip_prefix("exit="));
                steps.push(Step {
                    line: number + 1,
                    script: block.join("\n"),
                    exit: exit.map_or(0, |exit| exit.parse().unwrap()),
                    shown: None,
                });
            }
            Some("text") => {
                let step = steps.last_mut().expect("a text block before any sh block");
                assert!(step.shown.is_none(), "line {}: two text blocks for one sh", number + 1);
                step.shown = Some(block.join("\n"));
            }
            _ => panic!("line {}: a block that is neither sh nor text", number + 1),
        }
    }
    steps
}

/// A shell in which `thrice` and `cargo xtask` are the program under test, and which remembers
/// what was exported.
pub(crate) struct Shell {
    bin: PathBuf,
    kept: PathBuf,
    before: &'static str,
}

impl Shell {
    /// Lays it out in a world; `before` comes before each block.
    pub(crate) fn begin(world: &World, before: &'static str) -> Self {
        let (bin, kept) = (world.root().join("bin"), world.root().join("kept"));
        std::fs::create_dir(&bin).unwrap();
        let stub = format!("#!/bin/sh\nshift\nexec {XTASK} \"$@\"\n");
        write_program(&bin.join("cargo"), &stub);
        std::os::unix::fs::symlink(XTASK, bin.join("thrice")).unwrap();
        std::fs::write(&kept, "").unwrap();
        Self { bin, kept, before }
    }

    /// Runs a block by a command that starts bash.
    pub(crate) fn run(&self, mut bash: Command, step: &Step) -> Ran {
        let (kept, before) = (self.kept.display(), self.before);
        let script =
            format!(". '{kept}'\ntrap 'export -p > {kept}' EXIT\n{before}{}\n", step.script);
        let path = format!("{}:{}", self.bin.display(), std::env::var("PATH").unwrap());
        bash.args(["-e", "-c", &script]).env("PATH", path).output().unwrap().into()
    }
}

/// Runs the blocks of a page of this repository; each ends as it says and prints what it says,
/// and `least` of them print. With `UPDATE_EXPECT` the page is written with what they print.
pub(crate) fn prints_what_it_says(page: &str, least: usize, run: impl Fn(&Step) -> Ran) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut printed = Vec::new();
    let mut wrong = Vec::new();
    for step in steps(&text) {
        let ran = run(&step);
        let at = format!("{page}:{}", step.line);
        let said = said(&ran.stdout, &ran.stderr);
        assert_eq!(ran.status, step.exit, "{at}\n{}\n{said}", step.script);
        if let Some(shown) = &step.shown {
            printed.push((step.line, said.clone()));
            wrong.extend(covers(shown, &said).err().map(|line| format!("{at}: {line}\n{said}")));
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, updated(&text, &printed)).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    assert!(printed.len() >= least, "{}", printed.len());
}

/// All that a step of a page printed, without what the tests' own clock says.
fn said(stdout: &str, stderr: &str) -> String {
    let of_tests = |line: &&str| {
        line.starts_with("xtask: XTASK_") && line.ends_with("sets the clock; it is for tests only")
    };
    let printed = format!("{stdout}{stderr}");
    let lines: Vec<&str> = printed.trim_end().lines().filter(|line| !of_tests(line)).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The document, its blocks of output replaced by what was printed.
fn updated(text: &str, printed: &[(usize, String)]) -> String {
    let pattern = r"\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\b";
    let pattern =
        format!(r"{pattern}|\b\d{{4}}\b  |release-[0-9a-f]{{24}}|\b\d{{14}}-[0-9a-f]{{16}}");
    let hex = regex::Regex::new(&pattern).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (line, printed) in printed.iter().rev() {
        let from = (*line..lines.len()).find(|at| lines[*at] == "```text").unwrap() + 1;
        let to = (from..lines.len()).find(|at| lines[*at] == "```").unwrap();
        let hidden =
            |found: &regex::Captures<'_>| format!("{:width$}", "…", width = found[0].len());
        let shown = hex.replace_all(printed, hidden).into_owned();
        lines.splice(from..to, shown.trim_end().lines().map(|line| line.trim_end().to_owned()));
    }
    lines.join("\n") + "\n"
}

/// Whether the lines that are shown are printed in this order. `…` in a line is any
/// text; a line that is `…` alone is any lines; without it, lines follow each other,
/// and nothing follows the last one.
pub(crate) fn covers(shown: &str, printed: &str) -> Result<(), String> {
    // A document is tried with a clock of its own, which the program says; a reader has none.
    let is_shown = |line: &&str| !line.starts_with("xtask: XTASK_");
    let mut printed: Vec<&str> = printed.lines().map(str::trim_end).filter(is_shown).collect();
    while printed.last().is_some_and(|line| line.is_empty()) {
        printed.pop();
    }
    // The shown block may begin anywhere: `cargo` may speak of building before it.
    let mut at = 0;
    let mut anywhere = true;
    for line in shown.lines().map(str::trim_end) {
        if line == "…" {
            anywhere = true;
            continue;
        }
        let reach = if anywhere { printed.len() } else { (at + 1).min(printed.len()) };
        let found = (at..reach).find(|index| matches(line, printed[*index]));
        at = found.ok_or_else(|| line.to_owned())? + 1;
        anywhere = false;
    }
    match printed.get(at) {
        Some(more) if !anywhere => Err(format!("nothing more, where it printed: {more}")),
        _ => Ok(()),
    }
}

fn matches(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|start| printed.strip_prefix(start)) else {
        return false;
    };
    // Columns stay where they are: spaces stand for the rest of what `…` hides.
    let parts: Vec<&str> = parts.map(str::trim_start).collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}
