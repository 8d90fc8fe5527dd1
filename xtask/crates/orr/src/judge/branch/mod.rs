//! Names of branches: which kind one is of, and what its parts say (P-5, H-1.2).

mod form;
mod fresh;
mod lineage;
pub mod slug;

#[cfg(test)]
mod tests;

use form::{Strictness, split};
pub use fresh::fresh;
pub(crate) use lineage::named_base;
pub use lineage::{names_one, sandbox_kind};
pub use slug::{LONGEST, is_slug, slug};

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, short};
use thrice_policy::ref_format::refused_by_git;
use thrice_programme::branches::{BranchKind, Branches, FormPart};

/// The longest name of a branch, in bytes: git makes a file of it.
pub const LONGEST_NAME: usize = 200;

/// A name that is of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchName {
    /// The kind.
    pub kind: String,
    /// What each placeholder stands for, in the order of the form.
    pub parts: Vec<(String, String)>,
}

impl BranchName {
    /// What a placeholder stands for.
    #[must_use]
    pub fn part(&self, placeholder: &str) -> Option<&str> {
        self.parts.iter().find(|(name, _)| name == placeholder).map(|(_, text)| text.as_str())
    }
}

/// Reads a name; `base` is the id of the base commit, which a name that holds digits of
/// one must begin. Where an id and a slug both hold hyphens, the id's own form decides
/// where it ends: the longest id counts that leaves a whole name.
///
/// # Errors
/// Every reason why it is of no kind, with the nearest name that would do.
pub fn read(
    name: &[u8],
    branches: &Branches,
    base: Option<&str>,
) -> Result<BranchName, Vec<Finding>> {
    if let Some(reason) = refused_by_git(name) {
        let message = format!("git refuses the name {}: {reason}", quoted(name));
        return Err(vec![wrong(message, &suggestion(name, branches, base))]);
    }
    let Ok(text) = std::str::from_utf8(name) else {
        return Err(vec![wrong(format!("{} is not UTF-8", quoted(name)), &forms(&branches.kinds))]);
    };
    if text.len() > LONGEST_NAME {
        let message = format!("the name has {} bytes, more than {LONGEST_NAME}", text.len());
        return Err(vec![wrong(message, "shorten the slug")]);
    }
    for kind in &branches.kinds {
        if let Some(parts) = split(&kind.parts, text, branches, Strictness::Exact) {
            let problems = problems(kind, &parts, branches, base);
            return if problems.is_empty() {
                Ok(named(kind, &parts))
            } else {
                Err(reported(text, kind, &parts, problems, branches, base))
            };
        }
    }
    for kind in &branches.kinds {
        if let Some(parts) = split(&kind.parts, text, branches, Strictness::Near) {
            let problems = problems(kind, &parts, branches, base);
            return Err(reported(text, kind, &parts, problems, branches, base));
        }
    }
    Err(vec![stranger(text, branches)])
}

fn named(kind: &BranchKind, parts: &[String]) -> BranchName {
    let named = kind
        .parts
        .iter()
        .zip(parts)
        .filter_map(|(part, text)| Some((part.placeholder()?.to_owned(), text.clone())));
    BranchName { kind: kind.name.clone(), parts: named.collect() }
}

/// What is wrong with the parts of a name of this kind.
fn problems(
    kind: &BranchKind,
    parts: &[String],
    branches: &Branches,
    base: Option<&str>,
) -> Vec<String> {
    let problem = |(part, text): (&FormPart, &String)| match part {
        FormPart::Literal(literal) if literal != text => {
            Some(format!("{} should be `{literal}`", quoted(text)))
        }
        FormPart::Id(class) if !branches.is_id(text, class.as_deref()) => Some(format!(
            "{} is no id of `{}`, such as `{}`",
            quoted(text),
            class.as_deref().unwrap_or("id"),
            branches.example(class.as_deref())
        )),
        FormPart::Slug if text.len() > LONGEST => {
            Some(format!("the slug has {} characters, more than {LONGEST}", text.len()))
        }
        FormPart::Slug if !is_slug(text) => {
            Some(format!("{} is no slug: lower case words with hyphens between them", quoted(text)))
        }
        FormPart::Date if !is_date(text) => Some(format!("there is no day {}", quoted(text))),
        FormPart::Time if !is_time(text) => Some(format!("there is no time {}", quoted(text))),
        FormPart::Base => base_problem(text, base),
        _ => None,
    };
    kind.parts.iter().zip(parts).filter_map(problem).collect()
}

fn base_problem(text: &str, base: Option<&str>) -> Option<String> {
    if text.len() < 7 || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some(format!("{} is not 7 to 40 lower case hex digits", quoted(text)));
    }
    let base = base.filter(|base| !base.starts_with(text))?;
    Some(format!("the base is {}, which does not begin with {}", short(base), quoted(text)))
}

fn is_date(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse().ok());
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return false };
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { return false };
    year >= 1970 && jiff::civil::Date::new(year, month, day).is_ok()
}

fn is_time(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u8>().ok();
    text.len() == 4
        && number(0..2).is_some_and(|hour| hour < 24)
        && number(2..4).is_some_and(|minute| minute < 60)
}

/// One finding with every problem, and the name that has none.
fn reported(
    name: &str,
    kind: &BranchKind,
    parts: &[String],
    problems: Vec<String>,
    branches: &Branches,
    base: Option<&str>,
) -> Vec<Finding> {
    let nearest = fixed(kind, parts, branches, base);
    let help = match nearest.filter(|nearest| nearest != name) {
        Some(nearest) => format!("`{nearest}` would do"),
        None => format!("the form is `{}`", kind.form),
    };
    let finding = |problem: String| {
        wrong(format!("{} is no {} branch: {problem}", quoted(name), kind.name), &help)
    };
    problems.into_iter().map(finding).collect()
}

/// The name with each part fixed, where each can be.
fn fixed(
    kind: &BranchKind,
    parts: &[String],
    branches: &Branches,
    base: Option<&str>,
) -> Option<String> {
    let part = |(part, text): (&FormPart, &String)| match part {
        FormPart::Literal(literal) => Some(literal.clone()),
        FormPart::Id(class) => {
            let cased = [text.clone(), text.to_uppercase(), text.to_lowercase()];
            cased.into_iter().find(|id| branches.is_id(id, class.as_deref()))
        }
        FormPart::Slug => slug(text, LONGEST),
        FormPart::Date => is_date(text).then(|| text.clone()),
        FormPart::Time => is_time(text).then(|| text.clone()),
        FormPart::Base => match base {
            Some(base) => base.get(..text.len().clamp(7, 40)).map(str::to_owned),
            None => Some(text.to_lowercase()).filter(|text| text.len() >= 7),
        },
    };
    kind.parts.iter().zip(parts).map(part).collect()
}

/// A name that comes near no kind: what the kinds look like, the likeliest first.
fn stranger(name: &str, branches: &Branches) -> Finding {
    let begins = |kind: &&BranchKind| match kind.parts.first() {
        Some(FormPart::Literal(literal)) => {
            let begin = name.get(..literal.len()).unwrap_or_default();
            begin.eq_ignore_ascii_case(literal)
        }
        _ => false,
    };
    match branches.kinds.iter().find(begins) {
        Some(kind) => {
            let missing = kind.parts.iter().find_map(FormPart::placeholder).unwrap_or_default();
            let class = Some(missing).filter(|missing| *missing != "id");
            let message = match branches.example(class) {
                "" => format!("{} is not of the form `{}`", quoted(name), kind.form),
                example => format!(
                    "{} is not of the form `{}`: where is the {missing}, such as `{example}`?",
                    quoted(name),
                    kind.form
                ),
            };
            wrong(message, &format!("`{}` would do", example(kind, branches)))
        }
        None => {
            wrong(format!("{} matches no kind of branch", quoted(name)), &forms(&branches.kinds))
        }
    }
}

/// A name of a kind, for people.
#[must_use]
pub fn example(kind: &BranchKind, branches: &Branches) -> String {
    let part = |part: &FormPart| match part {
        FormPart::Literal(text) => text.clone(),
        FormPart::Id(class) => branches.example(class.as_deref()).to_owned(),
        FormPart::Slug => "retry-limit".to_owned(),
        FormPart::Date => "20261120".to_owned(),
        FormPart::Time => "0930".to_owned(),
        FormPart::Base => "1a2b3c4".to_owned(),
    };
    kind.parts.iter().map(part).collect()
}

/// The forms of some kinds of branch, in one sentence for people.
pub fn forms<'k>(kinds: impl IntoIterator<Item = &'k BranchKind>) -> String {
    let forms: Vec<String> = kinds.into_iter().map(|kind| format!("`{}`", kind.form)).collect();
    format!("the forms are {}", forms.join(", "))
}

/// A name that git would take, near one that it refuses.
fn suggestion(name: &[u8], branches: &Branches, base: Option<&str>) -> String {
    let text = String::from_utf8_lossy(name);
    let plain: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() || "-/_".contains(c) { c } else { '-' })
        .take(LONGEST_NAME)
        .collect();
    let plain = plain.trim_matches(['-', '/']);
    for kind in &branches.kinds {
        let parts = split(&kind.parts, plain, branches, Strictness::Near);
        if let Some(nearest) = parts.and_then(|parts| fixed(kind, &parts, branches, base)) {
            return format!("`{nearest}` would do");
        }
    }
    forms(&branches.kinds)
}

fn wrong(message: String, help: &str) -> Finding {
    Finding::new(Code::BranchName, message).help(help)
}
