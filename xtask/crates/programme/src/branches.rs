//! `policy/branches.toml`: what branches are called (P-5, H-1.2).

use regex::Regex;

use thrice_findings::{Code, Finding};
use thrice_policy::declare::policy_table;
use thrice_policy::ref_format::refused_by_git;
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List, listed, nearest};

policy_table! {
    /// policy/branches.toml: what branches are called.
    pub(crate) struct RawBranches {
        /// Forms of ids, a table for each class of them, such as `story`.
        optional ids: Entries<RawIds>,
        /// Kinds of branches.
        required kinds: List<RawKind>,
    }
}

policy_table! {
    /// The form of a class of ids.
    pub(crate) struct RawIds {
        /// Regular expressions, one of which the whole id matches.
        required patterns: List<String>,
        /// Ids of this class, for people and for messages.
        required examples: List<String>,
    }
}

policy_table! {
    /// A kind of branch.
    pub(crate) struct RawKind {
        /// One word for it.
        required name: String,
        /// Its name with placeholders: `<slug>`, `<date>` (YYYYMMDD), `<time>` (HHMM, UTC), `<base>` (7 to 40 hex digits of the base), `<id>` (an id of any class), and each class of `ids` by its name.
        required form: String,
        /// Whether `branch sandbox` makes branches of this kind. Default: false.
        optional sandbox: bool,
        /// Whether a sandbox branch that `orr --on github` made for its runs stays on the server when they are over. Default: false.
        optional keep: bool,
    }
}

/// What branches are called.
#[derive(Clone, Debug)]
pub struct Branches {
    /// Classes of ids, in file order.
    pub ids: Vec<IdClass>,
    /// Kinds of branches, in file order.
    pub kinds: Vec<BranchKind>,
}

/// A class of ids.
#[derive(Clone, Debug)]
pub struct IdClass {
    /// Its name.
    pub name: String,
    patterns: Vec<Regex>,
    /// Ids of this class.
    pub examples: Vec<String>,
}

/// A kind of branch.
#[derive(Clone, Debug)]
pub struct BranchKind {
    /// Its name.
    pub name: String,
    /// Its form, as written.
    pub form: String,
    /// The same, in parts.
    pub parts: Vec<FormPart>,
    /// Whether `branch sandbox` makes branches of this kind.
    pub sandbox: bool,
    /// Whether one that was made for runs stays on the server when they are over.
    pub keeps: bool,
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormPart {
    /// Text as it is.
    Literal(String),
    /// An id of the class of that name, or of any.
    Id(Option<String>),
    /// Lower case words with hyphens between them.
    Slug,
    /// A day, YYYYMMDD.
    Date,
    /// A time of day in UTC, HHMM.
    Time,
    /// The first digits of the base commit.
    Base,
}

impl FormPart {
    /// The name of its placeholder; `None` for a literal.
    #[must_use]
    pub fn placeholder(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Id(class) => Some(class.as_deref().unwrap_or("id")),
            Self::Slug => Some("slug"),
            Self::Date => Some("date"),
            Self::Time => Some("time"),
            Self::Base => Some("base"),
        }
    }
}

impl IdClass {
    /// Whether the whole of a text is an id of this class.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_match(id))
    }
}

impl Branches {
    /// Whether a kind is of sandbox branches.
    #[must_use]
    pub fn has_sandboxes(&self) -> bool {
        self.kinds.iter().any(|kind| kind.sandbox)
    }

    /// Whether the whole of a text is an id of a class, or of any where none is named.
    #[must_use]
    pub fn is_id(&self, id: &str, class: Option<&str>) -> bool {
        self.classes(class).any(|known| known.has(id))
    }

    /// An id of a class, or of any, for messages.
    #[must_use]
    pub fn example(&self, class: Option<&str>) -> &str {
        self.classes(class).find_map(|class| class.examples.first()).map_or("", String::as_str)
    }

    fn classes(&self, named: Option<&str>) -> impl Iterator<Item = &IdClass> {
        self.ids.iter().filter(move |class| named.is_none_or(|named| class.name == named))
    }
}

/// Placeholders that need no class of ids.
const BUILT_IN: [&str; 5] = ["slug", "date", "time", "base", "id"];

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(raw: RawBranches, findings: &mut Vec<Finding>) -> Option<Branches> {
    let entries = raw.ids.map(|ids| ids.value.0).unwrap_or_default();
    let names: Vec<String> = entries.iter().map(|(name, _)| name.value.clone()).collect();
    let raw_kinds = raw.kinds?.value;
    let forms: Vec<&str> = raw_kinds
        .iter()
        .filter_map(|kind| kind.value.form.as_ref())
        .map(|f| f.value.as_str())
        .collect();
    for (name, _) in &entries {
        check_class(name, &forms, findings);
    }
    let ids = entries.into_iter().filter_map(|(name, ids)| class(name.value, ids.value, findings));
    let ids: Vec<IdClass> = ids.collect();
    check_kinds(&raw_kinds, findings);
    let kinds = raw_kinds.into_iter().filter_map(|kind| self::kind(kind.value, &names, findings));
    Some(Branches { kinds: kinds.collect(), ids })
}

fn check_class(name: &Placed<String>, forms: &[&str], findings: &mut Vec<Finding>) {
    if BUILT_IN.contains(&name.value.as_str()) {
        let message = format!("`<{}>` has a meaning of its own", name.value);
        findings.push(name.finding(Code::PolicyReference, message).help("choose another name"));
    }
    let placeholder = format!("<{}>", name.value);
    if !forms.iter().any(|form| form.contains(&placeholder) || form.contains("<id>")) {
        let message = format!("no kind of branch uses the ids `{}`", name.value);
        findings.push(
            name.finding(Code::PolicyUnused, message).help("use it in a form, or take it out"),
        );
    }
}

fn class(name: String, raw: RawIds, findings: &mut Vec<Finding>) -> Option<IdClass> {
    let mut patterns = Vec::new();
    for pattern in &raw.patterns?.value {
        match Regex::new(&format!("^(?:{})$", pattern.value)) {
            Ok(regex) if regex.is_match("") => findings.push(
                pattern
                    .finding(Code::PolicyValue, "this pattern matches the empty text")
                    .help("demand at least one character"),
            ),
            Ok(regex) => patterns.push(regex),
            Err(_) => findings.push(
                pattern
                    .finding(Code::PolicyValue, "this pattern does not compile")
                    .help("correct the regular expression"),
            ),
        }
    }
    let class = IdClass { name, patterns, examples: Vec::new() };
    let examples = raw.examples?;
    if examples.value.is_empty() {
        let message = format!("`{}` has no example", class.name);
        findings
            .push(examples.finding(Code::PolicyValue, message).help("write one id of this class"));
    }
    for example in &examples.value {
        if !class.has(&example.value) {
            let message = format!("`{}` is no id of `{}`", example.value, class.name);
            findings.push(
                example
                    .finding(Code::PolicyValue, message)
                    .help("correct the example, or the patterns"),
            );
        }
    }
    let examples = examples.value.into_iter().map(|example| example.value).collect();
    Some(IdClass { examples, ..class })
}

fn check_kinds(kinds: &List<RawKind>, findings: &mut Vec<Finding>) {
    let mut seen: Vec<&str> = Vec::new();
    for text in kinds.iter().flat_map(|kind| [&kind.value.name, &kind.value.form]).flatten() {
        if seen.contains(&text.value.as_str()) {
            let message = format!("another kind has `{}` already", text.value);
            findings
                .push(text.finding(Code::PolicyReference, message).help("let each kind differ"));
        }
        seen.push(&text.value);
    }
    let sandboxes = kinds.iter().filter_map(|kind| kind.value.sandbox.as_ref());
    for second in sandboxes.filter(|sandbox| sandbox.value).skip(1) {
        findings.push(
            second
                .finding(Code::PolicyReference, "another kind is the sandbox already")
                .help("leave one of them"),
        );
    }
}

fn kind(raw: RawKind, classes: &[String], findings: &mut Vec<Finding>) -> Option<BranchKind> {
    let form = raw.form?;
    let parts = parts(&form, classes, findings)?;
    let sandbox = raw.sandbox.is_some_and(|sandbox| sandbox.value);
    let whole =
        [FormPart::Date, FormPart::Time, FormPart::Base].iter().all(|part| parts.contains(part));
    if sandbox && !whole {
        findings.push(
            form.finding(Code::PolicyValue, "a sandbox's name says when it began, and on what")
                .help("use `<date>`, `<time>` and `<base>` in its form"),
        );
        return None;
    }
    let keeps = raw.keep.is_some_and(|keep| keep.value);
    Some(BranchKind { name: raw.name?.value, form: form.value, parts, sandbox, keeps })
}

fn parts(
    form: &Placed<String>,
    classes: &[String],
    findings: &mut Vec<Finding>,
) -> Option<Vec<FormPart>> {
    let mut parts: Vec<FormPart> = Vec::new();
    let mut rest = form.value.as_str();
    let mut good = true;
    while let Some((literal, after)) = rest.split_once('<') {
        let (name, after) = after.split_once('>').unwrap_or((after, ""));
        let touching = literal.is_empty() && !parts.is_empty();
        if !literal.is_empty() {
            parts.push(FormPart::Literal(literal.to_owned()));
        }
        match part(name, classes) {
            Some(_) if touching => {
                let message = format!("nothing separates `<{name}>` from what stands before it");
                findings.push(
                    form.finding(Code::PolicyValue, message).help("put a hyphen between them"),
                );
                good = false;
            }
            Some(part) => parts.push(part),
            None => {
                let known: Vec<&str> = classes.iter().map(String::as_str).chain(BUILT_IN).collect();
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `<{near}>`?"),
                    None => format!("the placeholders are {}", listed(&known)),
                };
                let message = format!("there is no placeholder `<{name}>`");
                findings.push(form.finding(Code::PolicyReference, message).help(help));
                good = false;
            }
        }
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(FormPart::Literal(rest.to_owned()));
    }
    let sample: String = parts.iter().map(|part| literal(part).unwrap_or("x")).collect();
    if let Some(reason) = refused_by_git(sample.as_bytes()).filter(|_| good) {
        let message = format!("git takes no branch of this form: {reason}");
        findings.push(
            form.finding(Code::PolicyValue, message)
                .help("change what stands between the placeholders"),
        );
        good = false;
    }
    (good && !parts.is_empty()).then_some(parts)
}

fn literal(part: &FormPart) -> Option<&str> {
    match part {
        FormPart::Literal(text) => Some(text),
        _ => None,
    }
}

fn part(name: &str, classes: &[String]) -> Option<FormPart> {
    Some(match name {
        "slug" => FormPart::Slug,
        "date" => FormPart::Date,
        "time" => FormPart::Time,
        "base" => FormPart::Base,
        "id" => FormPart::Id(None),
        name if classes.iter().any(|class| class == name) => FormPart::Id(Some(name.to_owned())),
        _ => return None,
    })
}
