//! Whose approval a patch needs: the owners of the areas that it touches, the roles that
//! policy names for some of its paths, and the code owners by whom GitHub asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use thrice_orr::judge::codeowners::Codeowners;
use thrice_patch::judge::filemap::Ruling;
use thrice_patch::judge::patch::Patch;
use thrice_patch::judge::review::touched;
use thrice_programme::{Filemap, Role};

/// An approval that is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalDemand {
    /// What of the patch needs it.
    pub(crate) for_what: Vec<String>,
    /// What the approver is called: roles, or code owners.
    pub of: String,
    /// The roles that may give it; none where code owners do.
    pub roles: Vec<String>,
    /// Who may give it: `@login`, `@organisation/team`, or an address.
    pub members: Vec<String>,
}

/// The approvals that a patch needs. Those that anyone of the same people can give are
/// one.
#[must_use]
pub fn demands(
    patch: &Patch,
    rulings: &[Ruling<'_>],
    filemap: Option<&Filemap>,
    roles: &[Role],
    codeowners: Option<&Codeowners>,
) -> Vec<ApprovalDemand> {
    let mut gathered = GatheredDemands::default();
    if let Some(filemap) = filemap {
        for area in touched(patch, filemap, roles, None) {
            let names: Vec<&str> = area.holders.iter().map(|holder| holder.role).collect();
            gathered.add(format!("area `{}`", area.area.name), &names, roles);
        }
        for (rule, _) in rulings.iter().flat_map(|ruling| &ruling.approvals) {
            let all: Vec<&str> = rule.roles.iter().map(String::as_str).collect();
            let what = format!("rule `{}`", rule.name);
            if all.is_empty() {
                // A demand that nobody can meet is one all the same.
                gathered.push(what, "any role".to_owned(), Vec::new(), Vec::new());
            } else {
                gathered.add(what, &all, roles);
            }
        }
    }
    let mut owned: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for change in &patch.changes {
        let owners = codeowners.and_then(|codeowners| codeowners.owners_of(&change.path));
        if let Some((owners, _)) = owners.filter(|(owners, _)| !owners.is_empty()) {
            *owned.entry(owners.to_vec()).or_default() += 1;
        }
    }
    for (owners, paths) in owned {
        let plural = if paths == 1 { "" } else { "s" };
        let of = format!("code owner {}", owners.join(" or "));
        gathered.push(format!("{paths} path{plural} by CODEOWNERS"), of, Vec::new(), owners);
    }
    gathered.0
}

#[derive(Default)]
struct GatheredDemands(Vec<ApprovalDemand>);

impl GatheredDemands {
    fn add(&mut self, what: String, names: &[&str], roles: &[Role]) {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        let held = |role: &&Role| names.contains(&role.name.value.as_str());
        let members = roles.iter().filter(held).flat_map(|role| role.members.clone()).collect();
        if !names.is_empty() {
            let of = names.join(" or ");
            let roles = names.into_iter().map(str::to_owned).collect();
            self.push(what, of, roles, members);
        }
    }

    fn push(&mut self, what: String, of: String, roles: Vec<String>, mut members: Vec<String>) {
        members.sort_unstable();
        members.dedup();
        let same = |demand: &&mut ApprovalDemand| demand.members == members && demand.of == of;
        match self.0.iter_mut().find(same) {
            Some(known) if known.for_what.contains(&what) => {}
            Some(known) => known.for_what.push(what),
            None => self.0.push(ApprovalDemand { for_what: vec![what], of, roles, members }),
        }
    }
}
