//! The verbs of the ledger.

pub mod ledger;
