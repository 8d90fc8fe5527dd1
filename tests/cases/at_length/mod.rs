//! Tests that take long or need the registry: `cargo xtask test` runs them, the
//! gate T4 does not. They begin early, because tests begin in the order of their names,
//! and the longest must not be alone at the end.

mod github_kills;
mod kills;
mod ledger;
mod notify;
mod pairs;
mod pr_verify;
mod release_kills;
mod scenarios;
mod server_hour;
mod team;
pub(super) mod tutorial;
mod two_agents;
