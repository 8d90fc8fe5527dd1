//! `filemap`: whether the patch stays inside, and which rule decides on a path.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::gather::{PatchInput, gather, no_difference};
use crate::judge::filemap::{Reach, Rules, Ruling, beyond_wildcards, name_refused, nearest};
use crate::judge::patch::EntryKind;
use thrice_findings::text::is_word;
use thrice_findings::{Code, Finding, Stop, display_bytes, short, unless_refused};
use thrice_programme::Filemap;
use thrice_programme::filemap::PlacedGlob;
use thrice_programme::world::{World, head};
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::counted;

/// The Filemap.
#[derive(Debug, Subcommand)]
pub enum FilemapCommand {
    /// Checks that the patch stays inside the Filemap of its base.
    Check {
        /// Commit to compare with. Default: the HEAD of the default branch.
        #[arg(long, value_name = "REV")]
        base: Option<String>,
        /// Story whose narrower map applies.
        #[arg(long, value_name = "ID")]
        story: Option<String>,
    },
    /// Shows which rule decides on a path, and why.
    Explain {
        /// Paths, relative to the repository. They need not exist.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<OsString>,
        /// Story whose narrower map applies.
        #[arg(long, value_name = "ID")]
        story: Option<String>,
    },
}

impl FilemapCommand {
    /// Whether a patch is checked.
    #[must_use]
    pub fn checks(&self) -> bool {
        matches!(self, Self::Check { .. })
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Check { base, story } => check(world, base.as_deref(), story.as_deref()),
            Self::Explain { paths, story } => explain(world, &paths, story.as_deref()),
        }
    }
}

/// The report of a check of the patch in HEAD that no run can better: a path is outside of the
/// Filemap, or frozen, or its commits leave no difference. None where nothing decides yet.
///
/// # Errors
/// Where git fails.
pub fn decides(world: &World) -> Result<Option<Report>, Stop> {
    let decisive = |it: &Finding| matches!(it.code, Code::Cec10 | Code::GuardrailFrozen);
    let mut report = match checked(world, None, None) {
        Ok((gathered, mut report)) => {
            if gathered.patch.changes.is_empty() {
                report.findings.push(no_difference());
            } else if !report.findings.iter().any(decisive) {
                return Ok(None);
            }
            report
        }
        Err(Stop::Refused(findings)) if findings.contains(&no_difference()) => Report::of(findings),
        other => return unless_refused(other).map(|_| None),
    };
    report
        .body
        .push_str("no gate was run, because none can change this; `--keep-going` runs them\n");
    Ok(Some(report))
}

fn check(world: &World, base: Option<&str>, story: Option<&str>) -> Result<Report, Stop> {
    Ok(checked(world, base, story)?.1)
}

fn checked(
    world: &World,
    base: Option<&str>,
    story: Option<&str>,
) -> Result<(PatchInput, Report), Stop> {
    let repository = world.repository()?;
    let gathered = gather(world, &repository, base)?;
    let filemap = gathered.filemap()?;
    let rules = Rules::new(filemap, story)?;
    let mut findings = gathered.findings.clone();
    let rulings = gathered.rulings(&rules);
    findings.extend(gathered.judge(&repository, &rules, &rulings)?);
    let mut report = Report::of(findings);
    report.body = summary(&gathered, &rulings);
    if world.printer.is_for_programs() {
        report.data = data(&gathered, &rulings);
    }
    Ok((gathered, report))
}

/// Paths that the table shows; of more, the rest is counted.
const SHOWN: usize = 40;

fn summary(gathered: &PatchInput, rulings: &[Ruling<'_>]) -> String {
    let changes = &gathered.patch.changes;
    let mut table = Table::new(["does", "path", "area"]);
    for (change, ruling) in changes.iter().zip(rulings).take(SHOWN) {
        let does = match (&change.old, &change.new) {
            (None, _) => "adds",
            (_, None) => "deletes",
            _ => "changes",
        };
        let area = match &ruling.reach {
            Reach::Inside(area, _) => area.name.as_str(),
            _ => "-",
        };
        table.row([does, &display_bytes(&change.path), area]);
    }
    let mut text = match changes.is_empty() {
        true => String::new(),
        false => thrice_report::text::safe(&table.text()),
    };
    if changes.len() > SHOWN {
        text.push_str(&format!("and {} more\n", counted(changes.len() - SHOWN, "path")));
    }
    let (base, head) = (short(&gathered.base.id), short(&gathered.head.id));
    let policy = &gathered.source.shown;
    text.push_str(&format!(
        "\n{} in {base}..{head}, by {policy} of the base\n",
        counted(changes.len(), "path")
    ));
    text
}

fn data(gathered: &PatchInput, rulings: &[Ruling<'_>]) -> Value {
    let paths: Vec<Value> = gathered
        .patch
        .changes
        .iter()
        .zip(rulings)
        .map(|(change, ruling)| {
            json!({
                "path": display_bytes(&change.path),
                "old": change.old.as_ref().map(|entry| entry.kind.word()),
                "new": change.new.as_ref().map(|entry| entry.kind.word()),
                "inside": matches!(ruling.reach, Reach::Inside(..)),
                "rule": rule(ruling).map(|(name, _)| name),
            })
        })
        .collect();
    json!({
        "base": gathered.base.id,
        "head": gathered.head.id,
        "policy": gathered.source.shown,
        "paths": paths,
    })
}

fn rule<'a>(ruling: &Ruling<'a>) -> Option<(&'a str, &'a PlacedGlob)> {
    match &ruling.reach {
        Reach::Inside(area, glob) | Reach::Excepted(area, glob) | Reach::OtherStory(area, glob) => {
            Some((&area.name, glob))
        }
        Reach::Denied(rule, glob) | Reach::Frozen(rule, glob) => Some((&rule.name, glob)),
        Reach::Outside => None,
    }
}

fn explain(world: &World, paths: &[OsString], story: Option<&str>) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let mut findings = Vec::new();
    let default = world.default_branch(&repository, &mut findings)?;
    let Some(base) = default.base(&repository, None, &mut findings)? else {
        return Err(findings.into());
    };
    let (policy, source) = world.policy_of(&repository, &base)?;
    let Some(filemap) = &policy.filemap else {
        let message = format!("there is no `{}/filemap.toml`", source.shown);
        let finding = Finding::new(Code::PolicyMissing, message)
            .help("write one; `cargo xtask policy schema filemap` lists its keys");
        return Err(finding.into());
    };
    let rules = Rules::new(filemap, story)?;
    let trees = [repository.tree(&base)?, repository.tree(&head(&repository)?)?];
    let is_submodule = |path: &[u8]| {
        let path = std::str::from_utf8(path).ok();
        let mut modes = trees.iter().filter_map(|tree| Some(tree.entry(path?)?.0));
        modes.any(|mode| EntryKind::of_mode(mode) == Some(EntryKind::Submodule))
    };
    let (mut text, mut has_outside) = (String::new(), false);
    let mut explained = Vec::new();
    for path in paths {
        let path = plain(path.as_bytes());
        let ruling = rules.ruling(&path);
        let beyond = beyond_wildcards(&path, is_submodule(&path));
        let (inside, because, glob) = reason(&rules, &ruling, (&path, beyond));
        let shown = display_bytes(&path);
        text.push_str(&format!("{shown}: {}\n", if inside { "yes" } else { "no" }));
        text.push_str(&line(&because, glob.map(at_line)));
        if matches!(ruling.reach, Reach::Outside) {
            text.push_str(&new_area(&path, filemap));
            has_outside = true;
        }
        for (rule, glob) in &ruling.approvals {
            let because = format!("needs an approval (`{}`): {}", rule.name, rule.reason);
            text.push_str(&line(&because, Some(at_line(glob))));
        }
        for rule in &ruling.content {
            let because = format!("its content has a rule (`{}`): {}", rule.name, rule.reason);
            text.push_str(&line(&because, Some(rule.place.describe())));
        }
        explained.push(json!({
            "path": shown,
            "inside": inside,
            "because": because,
            "rule": glob.map(at_line),
            "approvals": ruling.approvals.iter().map(|(rule, _)| &rule.name).collect::<Vec<_>>(),
        }));
    }
    if has_outside {
        text.push_str("\nnobody else to approve? `cargo xtask explain approval-missing`\n");
    }
    let mut report = Report::new();
    report.announces = false;
    report.body = thrice_report::text::safe(&text);
    report.data = json!({ "paths": explained });
    Ok(report)
}

/// What would give a path an area, ready to paste; nothing of a path that can't be typed.
fn new_area(path: &[u8], filemap: &Filemap) -> String {
    let path = String::from_utf8_lossy(path);
    let (folder, glob) = match path.split_once('/') {
        Some((folder, _)) => (folder, format!("{folder}/**")),
        None => (&*path, path.to_string()),
    };
    let name = folder.trim_start_matches('.').to_lowercase().replace(['.', '_'], "-");
    let is_taken = filemap.areas.iter().any(|area| area.name == name);
    if is_taken || name.is_empty() || !is_word(folder, "._-") {
        return "  an approved patch of policy/filemap.toml can give it one\n".to_owned();
    }
    format!(
        "  an approved patch can give it one, in policy/filemap.toml:\n    [[areas]]\n    name = \
         \"{name}\"\n    paths = [\"{glob}\"]\n"
    )
}

/// A path as a person types it, without a leading `./`.
fn plain(path: &[u8]) -> Vec<u8> {
    path.strip_prefix(b"./").unwrap_or(path).to_vec()
}

fn line(because: &str, at: Option<String>) -> String {
    match at {
        Some(at) => format!("  {because}\n    {at}\n"),
        None => format!("  {because}\n"),
    }
}

/// Whether a path may be touched, why, and the glob that decides.
fn reason<'a>(
    rules: &Rules<'a>,
    ruling: &Ruling<'a>,
    (path, beyond): (&[u8], Option<&str>),
) -> (bool, String, Option<&'a PlacedGlob>) {
    if let Some(reason) = name_refused(path) {
        return (false, reason, None);
    }
    if let (Reach::Inside(area, glob), Some(why)) = (&ruling.reach, beyond) {
        let Some((area, glob)) = rules.named(path) else {
            let because = format!("{why}, and the area `{}` does not name it", area.name);
            return (false, because, Some(glob));
        };
        return (true, format!("the area `{}`", area.name), Some(glob));
    }
    match &ruling.reach {
        Reach::Inside(area, glob) => (true, format!("the area `{}`", area.name), Some(glob)),
        Reach::Excepted(area, glob) => {
            (false, format!("the area `{}` excepts it", area.name), Some(glob))
        }
        Reach::Denied(rule, glob) => {
            (false, format!("`{}` denies it: {}", rule.name, rule.reason), Some(glob))
        }
        Reach::Frozen(rule, glob) => {
            let because = format!("the guardrail `{}` freezes it: {}", rule.name, rule.reason);
            (false, because, Some(glob))
        }
        Reach::OtherStory(area, glob) => {
            (false, format!("the area `{}` is not this story's", area.name), Some(glob))
        }
        Reach::Outside => match nearest(rules, path) {
            Some((area, glob)) => {
                let because = format!("no area reaches it; nearest comes `{}`", area.name);
                (false, because, Some(glob))
            }
            None => (false, "no area reaches it".to_owned(), None),
        },
    }
}

fn at_line(glob: &PlacedGlob) -> String {
    format!("`{}` at {}", glob.glob.text(), glob.place.describe())
}
