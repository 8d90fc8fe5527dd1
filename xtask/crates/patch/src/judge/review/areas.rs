//! Which areas a patch touches, and who is asked about them: the Filemap's roles, and
//! CODEOWNERS, by which GitHub asks.

use std::collections::BTreeSet;

use super::quoted;
use crate::judge::patch::Patch;
use thrice_findings::{Code, Finding, Place};
use thrice_orr::judge::codeowners::Codeowners;
use thrice_programme::filemap::{Area, PlacedGlob};
use thrice_programme::{Filemap, Role};

/// A role that answers for an area, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The role.
    pub role: &'a str,
    /// Who holds it.
    pub members: &'a [String],
}

/// An area that a patch touches.
#[derive(Clone, Debug)]
pub struct Touched<'a> {
    /// The area.
    pub area: &'a Area,
    /// The touched paths that it reaches.
    pub paths: Vec<&'a [u8]>,
    /// The roles that answer for it.
    pub holders: Vec<Holder<'a>>,
    /// Whom CODEOWNERS names for those paths.
    pub codeowners: BTreeSet<&'a str>,
    /// Those of the paths for which it names nobody.
    pub unowned: Vec<&'a [u8]>,
    /// Those for which it names nobody who holds one of the roles.
    pub others: Vec<&'a [u8]>,
}

/// The areas that a patch touches, in the order of the Filemap.
#[must_use]
pub fn touched<'a>(
    patch: &'a Patch,
    filemap: &'a Filemap,
    roles: &'a [Role],
    codeowners: Option<&'a Codeowners>,
) -> Vec<Touched<'a>> {
    let of_area = |area: &'a Area| {
        let paths: Vec<&[u8]> = patch
            .changes
            .iter()
            .map(|change| change.path.as_slice())
            .filter(|path| reaches(area, path))
            .collect();
        (!paths.is_empty()).then(|| owned(area, paths, roles, codeowners))
    };
    filemap.areas.iter().filter_map(of_area).collect()
}

/// Whether an area reaches a path. A path that is not UTF-8 is in no area.
fn reaches(area: &Area, path: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    let matches = |globs: &[PlacedGlob]| globs.iter().any(|glob| glob.glob.is_match(path));
    matches(&area.paths) && !matches(&area.except)
}

fn owned<'a>(
    area: &'a Area,
    paths: Vec<&'a [u8]>,
    roles: &'a [Role],
    codeowners: Option<&'a Codeowners>,
) -> Touched<'a> {
    let holder = |owner: &'a String| {
        let role = roles.iter().find(|role| role.name.value == *owner);
        Holder { role: owner, members: role.map_or(&[], |role| role.members.as_slice()) }
    };
    let holders: Vec<Holder<'a>> = area.owners.iter().map(holder).collect();
    let holds = |login: &String| {
        let mut members = holders.iter().flat_map(|holder| holder.members);
        members.any(|member| member.eq_ignore_ascii_case(login))
    };
    let (mut named, mut unowned, mut others) = (BTreeSet::new(), Vec::new(), Vec::new());
    for path in paths.iter().copied().filter(|_| codeowners.is_some()) {
        let found = codeowners.and_then(|codeowners| codeowners.owners_of(path));
        let owners = found.map_or(&[][..], |(owners, _)| owners);
        named.extend(owners.iter().map(String::as_str));
        if owners.is_empty() {
            unowned.push(path);
        } else if !holders.is_empty() && !owners.iter().any(holds) {
            others.push(path);
        }
    }
    Touched { area, paths, holders, codeowners: named, unowned, others }
}

/// Where the two kinds of owners do not agree. `file` is CODEOWNERS' own path in the
/// base; `None` where it has none.
#[must_use]
pub fn apart(touched: &[Touched<'_>], file: Option<&str>) -> Vec<Finding> {
    if file.is_none() && touched.iter().all(|it| it.area.owners.is_empty()) {
        return Vec::new();
    }
    let Some(file) = file else {
        let message = "the base has no CODEOWNERS, so GitHub asks nobody to review";
        return vec![Finding::new(Code::OwnersApart, message).help(Code::OwnersApart.fix())];
    };
    let finding = |message: String| {
        Finding::new(Code::OwnersApart, message).help(Code::OwnersApart.fix()).at(Place::file(file))
    };
    let mut findings = Vec::new();
    for area in touched {
        let name = &area.area.name;
        if let Some(first) = area.unowned.first() {
            let paths = such_as(area.unowned.len(), first);
            findings.push(finding(format!("CODEOWNERS names nobody for {paths} in `{name}`")));
        }
        if let Some(first) = area.others.first() {
            let paths = such_as(area.others.len(), first);
            let roles: Vec<&str> = area.holders.iter().map(|holder| holder.role).collect();
            let message =
                format!("CODEOWNERS names no {} for {paths} in `{name}`", roles.join(" and no "));
            findings.push(finding(message));
        }
    }
    findings
}

fn such_as(count: usize, first: &[u8]) -> String {
    match count {
        1 => quoted(first),
        _ => format!("{count} paths, such as {},", quoted(first)),
    }
}
