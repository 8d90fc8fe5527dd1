//! Tests that take long or need the registry: `cargo xtask test` runs them, the
//! gate T4 does not.

mod github_kills;
mod kills;
mod ledger;
mod notify;
mod pr_verify;
mod release_kills;
pub(super) mod tutorial;
