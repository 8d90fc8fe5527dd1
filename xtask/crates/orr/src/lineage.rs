//! Which commit a branch's name names.

use crate::judge::branch::named_base;
use thrice_facts::git::Repository;
use thrice_programme::branches::Branches;

/// The commit that a name may name: the ancestor of the base whose digits it holds, since
/// the default branch moves on while a sandbox is under review; the base itself otherwise.
///
/// # Errors
/// Where git fails.
pub fn base_of_name(
    repository: &Repository,
    name: &str,
    branches: &Branches,
    base: &str,
) -> anyhow::Result<String> {
    let Some(digits) = named_base(name, branches).filter(|digits| !base.starts_with(digits)) else {
        return Ok(base.to_owned());
    };
    let Some(named) = repository.commit(&digits)? else { return Ok(base.to_owned()) };
    let older = named.id.starts_with(&digits) && repository.is_ancestor(&named.id, base)?;
    Ok(if older { named.id } else { base.to_owned() })
}
