//! The product's own binary.

use std::process::ExitCode;

use thrice::cli::{NoOwnVerb, run};

fn main() -> ExitCode {
    ExitCode::from(run::<NoOwnVerb>())
}
