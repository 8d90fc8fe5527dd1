//! From a Filemap as written to one that can be used.

use std::collections::BTreeSet;

use regex::Regex;

use super::super::programme::Role;
use super::raw::{
    RawApproval, RawArea, RawBarrier, RawContent, RawFilemap, RawRisky, RawStoryScope,
};
use super::{Approval, Area, Barrier, ContentRules, Filemap, PlacedGlob, RiskyRule, StoryScope};
use crate::programme::check_roles;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::source::Placed;
use thrice_policy::table::{List, listed};
use thrice_policy::values::{PathGlob, texts};

/// Names that the rules of a Filemap may refer to; `None` where the file that
/// declares them cannot be read, so that nothing is said about them.
pub struct FilemapReferences<'a> {
    /// Roles of the programme.
    pub roles: Option<&'a [Role]>,
    /// Ids of the gates.
    pub gates: Option<Vec<&'a str>>,
}

/// Paths that change what is judged or who judges it; they need an approval in every
/// programme.
const ALWAYS: [&str; 6] = [
    "policy/**",
    "CODEOWNERS",
    ".github/CODEOWNERS",
    "docs/CODEOWNERS",
    // A run is made by the workflow of its own commit.
    ".github/workflows/**",
    ".github/actions/**",
];

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(
    raw: RawFilemap,
    known: &FilemapReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Filemap> {
    let raw_areas = raw.areas?.value;
    check_names(&raw_areas, &raw.deny, &raw.frozen, &raw.approvals, &raw.content, findings);
    let areas: Vec<Area> =
        raw_areas.into_iter().filter_map(|area| self::area(area.value, known, findings)).collect();
    let mut approvals = list(raw.approvals, |rule| approval(rule.value, known, findings));
    approvals.push(always(&approvals, known));
    let content = list(raw.content, |rule| content(rule, findings));
    let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
    let stories = list(raw.stories, |scope| story(scope.value, &names, findings));
    Some(Filemap {
        single_patch: raw.single_patch.is_none_or(|single| single.value),
        base_merges: raw.base_merges.is_some_and(|allowed| allowed.value),
        deny: list(raw.deny, |rule| barrier(rule.value)),
        frozen: list(raw.frozen, |rule| barrier(rule.value)),
        areas,
        approvals,
        content,
        risky: raw.risky.and_then(|rule| risky(rule, findings)),
        stories,
    })
}

fn risky(raw: Placed<RawRisky>, findings: &mut Vec<Finding>) -> Option<RiskyRule> {
    let named = raw.value.paths.as_ref().is_some_and(|paths| !paths.value.is_empty());
    if !named && raw.value.files.is_none() {
        findings.push(
            raw.finding(Code::PolicyValue, "this says of no change that it is risky")
                .help("name `paths`, or `files`, or take the table out"),
        );
    }
    if let Some(files) = raw.value.files.as_ref().filter(|files| files.value == 0) {
        findings.push(
            files
                .finding(Code::PolicyValue, "no patch changes less than one path")
                .help("write 1 or more"),
        );
    }
    let RawRisky { paths, files, reason } = raw.value;
    let (paths, files) = (globs(paths), files.map(|files| files.value));
    Some(RiskyRule { paths, files, reason: reason?.value })
}

fn list<R, V>(raw: Option<Placed<List<R>>>, valid: impl FnMut(Placed<R>) -> Option<V>) -> Vec<V> {
    raw.map(|list| list.value).unwrap_or_default().into_iter().filter_map(valid).collect()
}

/// The approval that every Filemap demands of what changes the rules.
pub(super) const OF_RULES: &str = "rules";

/// The rule that the program adds: whoever may approve by another rule may by this one; any
/// role of the programme where there is no other.
fn always(named: &[Approval], known: &FilemapReferences<'_>) -> Approval {
    let mut roles: Vec<String> = named.iter().flat_map(|rule| rule.roles.clone()).collect();
    if roles.is_empty() {
        let all = known.roles.unwrap_or_default().iter();
        roles = all.map(|role| role.name.value.clone()).collect();
    }
    roles.sort_unstable();
    roles.dedup();
    let place = Place::file("a rule of every Filemap");
    let globs = ALWAYS.iter().filter_map(|text| PathGlob::new(text).ok());
    Approval {
        name: OF_RULES.to_owned(),
        paths: globs.map(|glob| PlacedGlob { glob, place: place.clone() }).collect(),
        roles,
        reason: "the rules, the owners and the workflows decide over every later patch".to_owned(),
    }
}

fn globs(list: Option<Placed<List<PathGlob>>>) -> Vec<PlacedGlob> {
    let list = list.map(|list| list.value).unwrap_or_default();
    list.into_iter().map(|glob| PlacedGlob { place: glob.place(), glob: glob.value }).collect()
}

/// The list, where it says something.
fn filled<T>(
    list: Option<Placed<List<T>>>,
    what: &str,
    findings: &mut Vec<Finding>,
) -> Option<Placed<List<T>>> {
    let list = list?;
    if list.value.is_empty() {
        findings.push(
            list.finding(Code::PolicyValue, format!("this list of {what} is empty"))
                .help("name at least one, or take the rule out"),
        );
        return None;
    }
    Some(list)
}

fn area(raw: RawArea, known: &FilemapReferences<'_>, findings: &mut Vec<Finding>) -> Option<Area> {
    let owners = raw.owners.map(|list| list.value).unwrap_or_default();
    let gates = raw.gates.map(|list| list.value).unwrap_or_default();
    check_roles(&owners, known.roles, findings);
    if let Some(ids) = &known.gates {
        check_references(&gates, ids, "gate", findings);
    }
    let paths = filled(raw.paths, "paths", findings);
    Some(Area {
        name: raw.name?.value,
        paths: globs(Some(paths?)),
        except: globs(raw.except),
        owners: texts(owners),
        gates: texts(gates),
        binary: raw.binary.is_some_and(|binary| binary.value),
        checklist: raw.checklist.map(|list| texts(list.value)).unwrap_or_default(),
    })
}

fn barrier(raw: RawBarrier) -> Option<Barrier> {
    Some(Barrier { name: raw.name?.value, paths: globs(raw.paths), reason: raw.reason?.value })
}

fn approval(
    raw: RawApproval,
    known: &FilemapReferences<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Approval> {
    let roles = filled(raw.roles, "roles", findings)?.value;
    check_roles(&roles, known.roles, findings);
    Some(Approval {
        name: raw.name?.value,
        paths: globs(raw.paths),
        roles: texts(roles),
        reason: raw.reason?.value,
    })
}

fn content(raw: Placed<RawContent>, findings: &mut Vec<Finding>) -> Option<ContentRules> {
    let place = raw.place();
    if raw.value.must.is_none() && raw.value.never.is_none() {
        findings.push(
            raw.finding(Code::PolicyMissing, "this content rule says nothing")
                .help("add `must = [\"…\"]` or `never = [\"…\"]`"),
        );
    }
    let raw = raw.value;
    Some(ContentRules {
        name: raw.name?.value,
        paths: globs(filled(raw.paths, "paths", findings)),
        must: raw.must.map(|list| texts(list.value)).unwrap_or_default(),
        never: raw.never.map(|list| texts(list.value)).unwrap_or_default(),
        reason: raw.reason?.value,
        checklist: raw.checklist.map(|line| line.value),
        place,
    })
}

fn story(raw: RawStoryScope, areas: &[&str], findings: &mut Vec<Finding>) -> Option<StoryScope> {
    let named = filled(raw.areas, "areas", findings).map(|list| list.value).unwrap_or_default();
    check_references(&named, areas, "area", findings);
    let pattern = raw.story?;
    match Regex::new(&format!("^(?:{})$", pattern.value)) {
        Ok(story) => Some(StoryScope { story, areas: texts(named) }),
        Err(_) => {
            findings.push(
                pattern
                    .finding(Code::PolicyValue, "this pattern does not compile")
                    .help("correct the regular expression"),
            );
            None
        }
    }
}

fn check_references(
    named: &[Placed<String>],
    known: &[&str],
    what: &str,
    findings: &mut Vec<Finding>,
) {
    for name in named.iter().filter(|name| !known.contains(&name.value.as_str())) {
        let otherwise = match known.is_empty() {
            true => "declare it first".to_owned(),
            false => format!("use one of {}", listed(known)),
        };
        findings.push(name.unknown(what, known.iter().copied(), otherwise));
    }
}

/// Every rule is reported by its name, so no two may share one.
fn check_names(
    areas: &List<RawArea>,
    deny: &Option<Placed<List<RawBarrier>>>,
    frozen: &Option<Placed<List<RawBarrier>>>,
    approvals: &Option<Placed<List<RawApproval>>>,
    content: &Option<Placed<List<RawContent>>>,
    findings: &mut Vec<Finding>,
) {
    let barriers = [deny, frozen].into_iter().flatten().flat_map(|list| &list.value);
    let approvals = approvals.iter().flat_map(|list| &list.value);
    let content = content.iter().flat_map(|list| &list.value);
    let names = areas
        .iter()
        .map(|rule| &rule.value.name)
        .chain(barriers.map(|rule| &rule.value.name))
        .chain(approvals.map(|rule| &rule.value.name))
        .chain(content.map(|rule| &rule.value.name));
    let mut seen = BTreeSet::new();
    for name in names.flatten() {
        if !seen.insert(name.value.as_str()) {
            findings.push(
                name.finding(
                    Code::PolicyReference,
                    format!("another rule is called `{}` already", name.value),
                )
                .help("give each rule a name of its own"),
            );
        }
    }
}
