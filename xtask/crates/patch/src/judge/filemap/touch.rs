//! One path that a patch touches.

use super::index::{Reach, Rules, Ruling};
use super::links;
use super::{FilemapFacts, names, nearest, note, outside};
use crate::judge::patch::{Change, Entry, EntryKind};
use thrice_findings::text::shell_word;
use thrice_findings::{Code, Finding, Place, display_bytes, short};
use thrice_programme::filemap::{Approval, Area, PlacedGlob};

pub(super) struct Touch<'a, 'r> {
    pub(super) rules: &'a Rules<'r>,
    pub(super) ruling: &'a Ruling<'a>,
    pub(super) facts: &'a FilemapFacts<'a>,
    pub(super) change: &'a Change,
    /// The other side, where the change is one side of a rename.
    pub(super) moved: Option<&'a Vec<u8>>,
}

impl Touch<'_, '_> {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let change = self.change;
        let ruling = self.ruling;
        let mut findings: Vec<Finding> = Vec::new();
        if change.new.is_some()
            && let Some(reason) = names::refused(&change.path)
        {
            let message = format!("{}: {reason}", self.path());
            findings.push(outside(&self.path(), message).help("give it a plain name"));
        }
        match &ruling.reach {
            Reach::Inside(area, glob) => findings.extend(self.inside(area, glob)),
            reach => findings.push(self.not_inside(reach)),
        }
        findings.extend(self.approvals(ruling));
        findings.extend(self.mode());
        findings
    }

    fn path(&self) -> String {
        display_bytes(&self.change.path)
    }

    /// What the patch does to the path.
    fn deed(&self) -> String {
        let (old, new, path) = (&self.change.old, &self.change.new, self.path());
        match (old, new, self.moved.map(|other| display_bytes(other))) {
            (None, _, Some(from)) => format!("the patch renames {from} to {path}"),
            (_, None, Some(to)) => format!("the patch renames {path} to {to}"),
            (None, Some(new), None) => format!("the patch adds the {} {path}", new.kind.word()),
            (Some(old), None, None) => format!("the patch deletes the {} {path}", old.kind.word()),
            (Some(old), Some(new), None) if old.kind != new.kind => {
                format!("the patch turns {path} from {} into {}", a(old.kind), a(new.kind))
            }
            _ => format!("the patch changes {path}"),
        }
    }

    fn not_inside(&self, reach: &Reach<'_>) -> Finding {
        let path = self.path();
        let reported = |why: String| outside(&path, format!("{}, {why}", self.deed()));
        match reach {
            Reach::Frozen(rule, glob) => {
                let message = format!(
                    "{}, which the guardrail `{}` freezes: {}",
                    self.deed(),
                    rule.name,
                    rule.reason
                );
                Finding::new(Code::GuardrailFrozen, message)
                    .help(format!("take it out of the patch; the rule is {}", rule_at(glob)))
                    .at(Place::file(path))
            }
            Reach::Denied(rule, glob) => {
                reported(format!("which `{}` denies: {}", rule.name, rule.reason))
                    .help(format!("take it out of the patch; the rule is {}", rule_at(glob)))
            }
            Reach::Excepted(area, glob) => {
                reported(format!("which the area `{}` excepts", area.name))
                    .help(format!("take it out of the patch; the rule is {}", rule_at(glob)))
            }
            Reach::OtherStory(area, _) => {
                reported(format!("which belongs to the area `{}`, not to this story", area.name))
                    .help("take it out of the patch, or make it a story of its own")
            }
            Reach::Inside(..) | Reach::Outside => {
                reported("which no area reaches".to_owned()).help(self.nearest())
            }
        }
    }

    fn nearest(&self) -> String {
        match nearest(self.rules, &self.change.path) {
            Some((area, glob)) => format!(
                "take it out of the patch; nearest comes the area `{}` with {}",
                area.name,
                rule_at(glob)
            ),
            None => "take it out of the patch, or first add it to an area of policy/filemap.toml, in a change of its own"
                .to_owned(),
        }
    }

    /// What must hold beside that an area reaches the path.
    fn inside(&self, area: &Area, glob: &PlacedGlob) -> Vec<Finding> {
        let change = self.change;
        let mut findings = Vec::new();
        let either =
            |kind| [&change.old, &change.new].into_iter().flatten().any(|e: &Entry| e.kind == kind);
        let unseen = names::beyond_wildcards(&change.path, either(EntryKind::Submodule));
        if let Some(why) = unseen.filter(|_| self.rules.named(&change.path).is_none()) {
            let message =
                format!("{}, which only a rule without wildcards allows: {why}", self.deed());
            findings.push(outside(&self.path(), message).help(format!(
                "take it out of the patch; the area `{}` only has {}",
                area.name,
                rule_at(glob)
            )));
        }
        let Some(new) = &change.new else { return findings };
        if new.kind == EntryKind::Link {
            findings.extend(self.link());
        }
        let blob = self.facts.blobs.get(&new.object);
        let file = matches!(new.kind, EntryKind::File | EntryKind::Executable);
        if file && blob.is_none_or(|blob| blob.binary) && !area.binary {
            let path = self.path();
            let message =
                format!("{path} is binary, which the area `{}` does not allow", area.name);
            findings.push(
                Finding::new(Code::BinaryFile, message)
                    .help("commit what it is made from, or have `binary = true` set for the area first")
                    .at(Place::file(path)),
            );
        }
        findings
    }

    fn link(&self) -> Option<Finding> {
        let path = self.path();
        let leads = match self.facts.links.get(&self.change.path) {
            None => Err("where nobody can see".to_owned()),
            Some(target) => links::resolve(&self.change.path, target, self.facts.links),
        };
        let why = match leads {
            Err(why) => why,
            Ok(target) if self.reaches(&target) => return None,
            Ok(target) if target.is_empty() => "to the top folder of the repository".to_owned(),
            Ok(target) => format!("to {}, which is outside of the Filemap", display_bytes(&target)),
        };
        let message = format!("{path} is a symbolic link: it leads {why}");
        Some(outside(&path, message).help("let it lead to a path inside of the Filemap"))
    }

    /// Whether a path is inside, or a folder of which every file is.
    fn reaches(&self, target: &[u8]) -> bool {
        let folder = [target, b"/"].concat();
        let below: Vec<_> = self
            .facts
            .head
            .range(folder.clone()..)
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(&folder))
            .collect();
        if target.is_empty() {
            return false;
        }
        if below.is_empty() {
            self.rules.is_inside(target)
        } else {
            below.iter().all(|path| self.rules.is_inside(path))
        }
    }

    fn approvals(&self, ruling: &Ruling<'_>) -> Vec<Finding> {
        let approvals = self.facts.approvals;
        let missing = |(rule, _): &&(&Approval, _)| {
            !(self.facts.first_policy && rule.is_of_rules())
                && approvals.of(&rule.name, &rule.roles).is_none()
        };
        let why_not = approvals.why_not();
        let finding = |(rule, _): &(&Approval, &PlacedGlob)| {
            let by = if rule.roles.is_empty() {
                String::new()
            } else {
                format!(" of {}", rule.roles.join(" or "))
            };
            let message = format!(
                "{} without a recorded approval{by}: {}{why_not}",
                self.deed(),
                rule.reason
            );
            let help = match approvals.alone {
                true => "policy gives no role to anybody else: `cargo xtask explain approval-missing` says what a sole maintainer does".to_owned(),
                false => format!(
                    "let it be a patch of its own, and have `cargo xtask approve change --rule {}` recorded on it",
                    shell_word(&rule.name)
                ),
            };
            Finding::new(Code::ApprovalMissing, message).help(help).at(Place::file(self.path()))
        };
        ruling.approvals.iter().filter(missing).map(finding).collect()
    }

    fn mode(&self) -> Option<Finding> {
        let (old, new) = (self.change.old.as_ref()?, self.change.new.as_ref()?);
        let message = match (old.kind, new.kind) {
            (EntryKind::File, EntryKind::Executable) => "becomes executable",
            (EntryKind::Executable, EntryKind::File) => "is not executable any more",
            _ => return None,
        };
        let path = self.path();
        Some(note(Code::ModeChanged, format!("{path} {message}"), &path))
    }
}

/// A path that a commit of the patch touched, and that is as it was in the end.
pub(super) fn passing(rules: &Rules<'_>, path: &[u8], commit: &str) -> Option<Finding> {
    if rules.is_inside(path) {
        return None;
    }
    let (path, commit) = (display_bytes(path), short(commit));
    let message =
        format!("commit {commit} touches {path} on the way, which is not inside of the Filemap");
    Some(outside(&path, message).help("take it out of the history too: `git rebase --interactive`"))
}

fn a(kind: EntryKind) -> String {
    let word = kind.word();
    format!("{} {word}", if word.starts_with('e') { "an" } else { "a" })
}

/// A rule as people find it.
fn rule_at(glob: &PlacedGlob) -> String {
    format!("`{}` at {}", glob.glob.text(), glob.place.describe())
}
