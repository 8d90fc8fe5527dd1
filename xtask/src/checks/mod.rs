//! Policy meets facts. Everything here is pure: no I/O, no printing, no clock.

pub mod codeowners;
pub mod lock;
pub mod ruleset;
pub mod workflow;

mod json;
mod text;
mod tree;
mod yaml;
