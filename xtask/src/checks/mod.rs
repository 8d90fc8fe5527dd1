//! Policy meets facts. Everything here is pure: no I/O, no printing, no clock.

pub mod approvals;
pub mod audit;
pub mod backlog;
pub mod block;
pub mod branch;
pub mod calendar;
pub mod claims;
pub mod clocks;
pub mod codeowners;
pub mod compare;
pub mod decision;
pub mod doctor;
pub mod evidence;
pub mod expiry;
pub mod filemap;
pub mod lock;
pub mod merge;
pub mod metrics;
pub mod patch;
pub mod plan;
pub mod pr_body;
pub mod recorded;
pub mod release;
pub mod review;
pub mod rulesets;
pub mod server;
pub mod test_report;
pub mod triage;
pub mod workflow;

pub mod json;
pub mod text;
pub mod tree;
pub mod yaml;
