//! The binary behind `cargo xtask`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(xtask::cli::run())
}
