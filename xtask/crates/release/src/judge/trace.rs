//! From commits to stories: which of them are in a release, by which pull requests; and
//! the matrix and the notes that report it. What commits say is anybody's text.

use std::collections::BTreeMap;

use super::message::is_story;
use thrice_delivery::judge::backlog::titled;
use thrice_findings::text::ids_in;
use thrice_findings::{Finding, Severity, short};
use thrice_orr::judge::branch;
use thrice_programme::Backlog;
use thrice_programme::branches::Branches;
use thrice_report::csv::cell;
use thrice_report::text::counted;

/// What the matrix says where nothing is known yet.
const OPEN: &str = "not established";

/// A commit, as far as it names stories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    pub id: String,
    pub message: String,
}

/// A story in a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traced {
    /// The pull requests that brought it, in the order of the commits.
    pub pulls: Vec<u64>,
    pub commits: Vec<String>,
    /// What the backlog knows of it.
    pub planned: Option<Planned>,
}

/// A story as it was planned, and what is there to show for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Planned {
    /// What it is about.
    pub title: String,
    /// Its acceptance criteria, those that were added last.
    pub acceptance: Vec<String>,
    /// The folder of its evidence in the commit.
    pub evidence: String,
    /// What its evidence lacks.
    pub lacks: Vec<Finding>,
}

impl Planned {
    /// Whether the evidence lacks nothing that refuses.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        !self.lacks.iter().any(|finding| finding.severity == Severity::Refuse)
    }
}

/// What is in a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Stories by their ids.
    pub stories: BTreeMap<String, Traced>,
    /// Commits that name no story: id, first line, pull request.
    pub others: Vec<(String, String, Option<u64>)>,
}

/// What commits report of stories and pull requests: their trailers, the branches that they
/// merge, and of the backlog's stories the titles of squashed pull requests too.
#[must_use]
pub(crate) fn trace(
    commits: &[Reported],
    branches: Option<&Branches>,
    backlog: Option<&Backlog>,
) -> Trace {
    let mut trace = Trace::default();
    for commit in commits {
        let subject = commit.message.lines().next().unwrap_or_default();
        let (pull, branch) = merged(subject);
        let mut stories: Vec<String> = commit
            .message
            .lines()
            .filter_map(|line| line.strip_prefix("Story:"))
            .flat_map(|rest| rest.split([',', ' ']))
            .map(|story| story.trim().to_owned())
            .collect();
        stories.extend(branch.and_then(|branch| story_of(branch, branches, backlog)));
        if let (Some(backlog), Some(_), None) = (backlog, pull, branch) {
            let named = titled(subject, backlog).and_then(|at| backlog.stories.get(at));
            stories.extend(named.map(|story| story.id.clone()));
        }
        stories.retain(|story| is_story(story));
        stories.sort_unstable();
        stories.dedup();
        if stories.is_empty() {
            trace.others.push((commit.id.clone(), subject.to_owned(), pull));
        }
        for story in stories {
            let traced = trace.stories.entry(story).or_default();
            traced.commits.push(commit.id.clone());
            traced.pulls.extend(pull.filter(|pull| !traced.pulls.contains(pull)));
        }
    }
    trace
}

impl Trace {
    /// Takes in what the backlog says of its stories; their evidence lies under `root`, and
    /// `lacks` reports what that of a story lacks.
    pub(crate) fn plan(
        &mut self,
        backlog: &Backlog,
        root: &str,
        lacks: impl Fn(&str) -> Vec<Finding>,
    ) {
        for (id, traced) in &mut self.stories {
            traced.planned = backlog.story(id).map(|story| Planned {
                title: story.title.clone(),
                acceptance: story.acceptance.iter().chain(&story.delta).cloned().collect(),
                evidence: format!("{root}/{id}"),
                lacks: lacks(id),
            });
        }
    }

    /// The stories that the backlog knows.
    pub(crate) fn planned(&self) -> impl Iterator<Item = (&str, &Planned)> {
        self.stories.iter().filter_map(|(id, traced)| Some((id.as_str(), traced.planned.as_ref()?)))
    }
}

/// The pull request and the branch that a commit's first line names.
fn merged(subject: &str) -> (Option<u64>, Option<&str>) {
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        let (number, from) = rest.split_once(" from ").unwrap_or((rest, ""));
        let branch = from.split_once('/').map(|(_, branch)| branch);
        return (number.parse().ok(), branch);
    }
    if let Some(rest) = subject.strip_prefix("Merge branch '") {
        return (None, rest.split('\'').next());
    }
    let number = subject.strip_suffix(')').and_then(|rest| rest.rsplit_once("(#"));
    (number.and_then(|(_, number)| number.parse().ok()), None)
}

/// The story that a branch's name names: by policy's forms, else one that is planned, else
/// letters and a number.
fn story_of(name: &str, branches: Option<&Branches>, backlog: Option<&Backlog>) -> Option<String> {
    if let Some(branches) = branches {
        let read = branch::read(name.as_bytes(), branches, None).ok()?;
        let is_id = |name: &str| !["slug", "date", "time", "base"].contains(&name);
        return read.parts.into_iter().find(|(name, _)| is_id(name)).map(|(_, id)| id);
    }
    let rest = name.strip_prefix("feature/").or_else(|| name.strip_prefix("hotfix/"))?;
    let is_planned = |id: &str| backlog.is_some_and(|it| it.story(id).is_some());
    if let Some((0, id)) = ids_in(rest, is_planned).first() {
        return Some((*id).to_owned());
    }
    let mut parts = rest.splitn(3, '-');
    let (class, number) = (parts.next()?, parts.next()?);
    let good = number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty();
    good.then(|| format!("{class}-{number}"))
}

fn pulls(traced: &Traced) -> String {
    let all: Vec<String> = traced.pulls.iter().map(|pull| format!("#{pull}")).collect();
    if all.is_empty() { "no pull request known".to_owned() } else { all.join(" ") }
}

/// Columns of the matrix.
const COLUMNS: [&str; 6] =
    ["story", "acceptance criteria", "evidence", "pull requests", "commits", "release"];

fn rows(trace: &Trace, tag: &str) -> Vec<[String; 6]> {
    let row = |(story, traced): (&String, &Traced)| {
        let commits: Vec<&str> = traced.commits.iter().map(|id| short(id)).collect();
        let planned = traced.planned.as_ref();
        let acceptance = planned.map(|it| it.acceptance.join("; ")).filter(|it| !it.is_empty());
        let evidence = planned.map(|it| match it.is_whole() {
            true => it.evidence.clone(),
            false => format!("{} (incomplete)", it.evidence),
        });
        [
            story.clone(),
            acceptance.unwrap_or_else(|| OPEN.to_owned()),
            evidence.unwrap_or_else(|| OPEN.to_owned()),
            pulls(traced),
            commits.join(" "),
            tag.to_owned(),
        ]
    };
    trace.stories.iter().map(row).collect()
}

/// The matrix from story to release, as Markdown.
#[must_use]
pub(crate) fn matrix_markdown(trace: &Trace, tag: &str) -> String {
    let title = format!("# Stories of {}\n\n", escaped(tag));
    if trace.stories.is_empty() {
        return title + "**No commit names a story.**\n";
    }
    let whole = trace.planned().filter(|(_, planned)| planned.is_whole()).count();
    let count = counted(trace.stories.len(), "story");
    let said = format!("**{count}; {whole} with complete evidence.**\n\n");
    // The release is the same in all rows: the title names it.
    let shown = COLUMNS.len() - 1;
    let mut text = title + &said;
    let mut line = |cells: &[String]| text.push_str(&format!("| {} |\n", cells.join(" | ")));
    line(&COLUMNS.map(str::to_owned)[..shown]);
    line(&vec!["---".to_owned(); shown]);
    for mut row in rows(trace, tag) {
        let planned = trace.stories.get(&row[0]).and_then(|traced| traced.planned.as_ref());
        row[0].extend(planned.map(|it| format!(" {}", it.title)));
        line(&row.each_ref().map(|cell| escaped(cell))[..shown]);
    }
    text
}

/// The same as CSV (RFC 4180, lines end with LF).
#[must_use]
pub(crate) fn matrix_csv(trace: &Trace, tag: &str) -> String {
    let line = |cells: &[String]| cells.join(",") + "\n";
    let mut text = line(&COLUMNS.map(cell));
    rows(trace, tag)
        .iter()
        .for_each(|row| text.push_str(&line(&row.each_ref().map(|it| cell(it)))));
    text
}

/// Notes of a release, from what is in it.
#[must_use]
pub(crate) fn notes(
    trace: &Trace,
    title: &str,
    (since, own): (Option<&str>, Option<&str>),
    proof: &[(&str, String)],
) -> String {
    let mut text = format!("# {}\n\n", escaped(title));
    if let Some(own) = own {
        text.push_str(own.trim_end());
        text.push_str("\n\n");
    }
    let (stories, others) = (trace.stories.len(), trace.others.len());
    text.push_str(&format!(
        "**{}, {}** ",
        counted(stories, "story"),
        counted(others, "other change")
    ));
    match since {
        Some(since) => text.push_str(&format!("since {}.\n", escaped(since))),
        None => text.push_str("in the first release of its line.\n"),
    }
    if !trace.stories.is_empty() {
        text.push_str("\n## Stories\n\n");
    }
    for (story, traced) in &trace.stories {
        let title = traced.planned.as_ref().map(|it| format!(": {}", escaped(&it.title)));
        let (story, title) = (escaped(story), title.unwrap_or_default());
        text.push_str(&format!("- {story}{title} ({})\n", escaped(&pulls(traced))));
    }
    if !trace.others.is_empty() {
        text.push_str("\n## Other changes\n\n");
    }
    for (id, subject, pull) in &trace.others {
        let pull = pull.map(|pull| format!(" \\#{pull}")).unwrap_or_default();
        text.push_str(&format!("- {} ({}{})\n", escaped(subject), short(id), pull));
    }
    if !proof.is_empty() {
        text.push_str("\n## Proof\n\n");
    }
    for (name, value) in proof {
        text.push_str(&format!("- {name}: {value}\n"));
    }
    text
}

/// A text that is nothing but text in Markdown.
#[must_use]
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in thrice_findings::text::on_one_line(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // A mention would call somebody.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' | '>' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}
