//! The templates of evidence, and whether a file still has their words.

use thrice_findings::text::is_word;
use thrice_policy::markdown;

/// A file that evidence must have.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name below the folder.
    pub file: String,
    /// What it is for.
    pub title: String,
    /// What its template asks for, a line each.
    pub asks: Vec<String>,
    /// Whether it may say "not applicable", with a reason.
    pub may_be_left_out: bool,
    /// Whether it must link the pull request.
    pub is_pull: bool,
    /// Acceptance criteria, each of which has a section with its result.
    pub criteria: Vec<String>,
}

/// The five items of P-7.2: file, title, whether it may be left out, and what
/// its template asks for.
pub(crate) const ITEMS: [(&str, &str, bool, &str); 5] = [
    (
        "functional.md",
        "functional evidence of the acceptance criteria",
        false,
        "Replace this line: each acceptance criterion, base and delta, and what shows that it holds.",
    ),
    (
        "observability.md",
        "logs, metrics and alerts",
        true,
        "Replace this line: which logs, metrics and alerts show it at work, or `Not applicable: ` and why.",
    ),
    (
        "degradation.md",
        "error, degradation and fallback",
        true,
        "Replace this line: how it fails and what it falls back to, or `Not applicable: ` and why.",
    ),
    (
        "runbook.md",
        "the runbook that was changed",
        true,
        "Replace this line: a link to the runbook that was changed, or `Not applicable: ` and why.",
    ),
    (
        "pull-request.md",
        "the pull request with its required check green",
        false,
        "Replace this line: the address of the pull request.",
    ),
];

impl Item {
    /// The items of a story that is accepted by some criteria.
    #[must_use]
    pub fn of_story(criteria: &[String]) -> Vec<Self> {
        let item = |(file, title, may_be_left_out, asks): &(&str, &str, bool, &str)| Self {
            file: (*file).to_owned(),
            title: (*title).to_owned(),
            asks: vec![(*asks).to_owned()],
            may_be_left_out: *may_be_left_out,
            is_pull: *file == "pull-request.md",
            criteria: if *file == "functional.md" { criteria.to_vec() } else { Vec::new() },
        };
        ITEMS.iter().map(item).collect()
    }

    /// Whether a line is of a template, or one that people write in place of evidence.
    #[must_use]
    pub(crate) fn is_templates(&self, line: &str) -> bool {
        let line = plain(line);
        let own = self.asks.iter().any(|ask| plain(ask) == line) || plain(CRITERION) == line;
        let others = ITEMS.iter().any(|(_, _, _, ask)| plain(ask) == line);
        let begins = ["replace this line", "todo", "tbd", "fixme", "xxx", "lorem ipsum"];
        let empty_words = begins.iter().any(|word| {
            line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        own || others || empty_words
    }
}

/// The item of something that a sprint's gate demands.
#[must_use]
pub fn item_of_gate(demand: &str) -> Item {
    let mut file = String::new();
    for character in deunicode::deunicode(demand).to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            file.push(character);
        } else if !file.is_empty() && !file.ends_with('-') {
            file.push('-');
        }
        if file.len() >= 60 {
            break;
        }
    }
    let file = file.trim_end_matches('-');
    let file = if file.is_empty() { "evidence" } else { file };
    Item {
        file: format!("{file}.md"),
        title: demand.to_owned(),
        asks: vec![format!("Replace this line: {demand}, and where to find it.")],
        may_be_left_out: false,
        is_pull: false,
        criteria: Vec::new(),
    }
}

/// The file as it is laid out.
#[must_use]
pub fn template(item: &Item, subject: &str) -> String {
    let mut title = item.title.clone();
    if let Some(first) = title.get(..1).map(str::to_uppercase) {
        title.replace_range(..1, &first);
    }
    let body = match item.criteria.is_empty() {
        true => item.asks.join("\n"),
        false => {
            let section = |criterion: &String| format!("## {criterion}\n\n{CRITERION}");
            item.criteria.iter().map(section).collect::<Vec<_>>().join("\n\n")
        }
    };
    format!("# {subject}: {title}\n\n{body}\n")
}

/// The words of a line, in small letters and without signs.
pub(super) fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace());
    let kept: String = kept.collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What the section of a criterion asks for.
const CRITERION: &str = "Replace this line: what was seen, with a number, and a link to the proof.";

/// Whether lines say something: three words at least, none of which fills a gap.
pub(super) fn says_something(lines: &[(usize, String)]) -> bool {
    let all: Vec<&str> = lines.iter().map(|(_, text)| text.as_str()).collect();
    let text = all.join(" ");
    is_reason(text.clone()) || text.contains("](") || text.contains("://")
}

/// Whether lines give a result: they say something, with a number or a link.
pub(super) fn is_result(lines: &[(usize, String)]) -> bool {
    let number = |word: &str| {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        word.starts_with(|c: char| c.is_ascii_digit())
    };
    let proves = |(_, text): &(usize, String)| {
        text.contains("](") || text.contains("://") || text.split_whitespace().any(number)
    };
    says_something(lines) && lines.iter().any(proves)
}

/// What a text says: its lines without headings, comments, rules and empty table rows,
/// each with its number from 1.
#[must_use]
pub fn said(text: &str) -> Vec<(usize, String)> {
    markdown::said(text)
}

/// The line that says "not applicable", and what follows it there and below.
pub(super) fn not_applicable(said: &[(usize, String)]) -> Option<(usize, String)> {
    let words = ["not applicable", "nao aplicavel", "não aplicável", "n/a"];
    said.iter().enumerate().find_map(|(index, (line, text))| {
        let plain = text.trim_start_matches(['-', '*', '_', '>', ' ', '"', '`']).to_lowercase();
        let rest = words.iter().find_map(|word| {
            let rest = plain.strip_prefix(word)?;
            let ends = rest.chars().next().is_none_or(|next| !next.is_alphanumeric());
            ends.then(|| rest.to_owned())
        })?;
        let below = said.iter().skip(index + 1).map(|(_, text)| text.as_str());
        let whole: Vec<&str> = std::iter::once(rest.as_str()).chain(below).collect();
        Some((*line, whole.join(" ")))
    })
}

/// Whether a text is a reason: at least three words that say something.
pub(super) fn is_reason(text: String) -> bool {
    let words = text.split_whitespace().filter(|word| {
        let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
        let filler = ["todo", "tbd", "na", "none", "reason", "because", "why", "xxx"];
        bare.chars().count() >= 2 && !filler.contains(&bare.to_lowercase().as_str())
    });
    words.count() >= 3
}

/// Whether a text can name the folder of a story, a wave or a sprint.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    text.len() <= 64 && is_word(text, "-_.") && !text.starts_with(['-', '.'])
}
