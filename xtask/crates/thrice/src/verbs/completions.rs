//! `completions`: a script that completes commands and flags in a shell.

use clap::Args;
use clap_complete::{Shell, generate};

use thrice_report::Printer;

/// Prints a completion script for your shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut command: clap::Command) -> u8 {
        // `cargo xtask` is completed by cargo: what is typed there is another's command line.
        let name = command.get_name().rsplit(['/', ' ']).next().unwrap_or("thrice").to_owned();
        let mut script = Vec::new();
        generate(self.shell, &mut command, name, &mut script);
        Printer::print_plain(&String::from_utf8_lossy(&script), false);
        0
    }
}
