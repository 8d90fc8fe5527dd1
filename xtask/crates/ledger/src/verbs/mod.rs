//! TODO

pub mod ledger;
