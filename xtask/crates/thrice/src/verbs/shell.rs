//! `completions` and `man`: what a shell and its manual know of the command line.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::version::version;
use thrice_facts::clock;
use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::program::{as_called, program};
use thrice_report::{Printer, Report};

/// Prints a completion script for your shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut command: Command) -> u8 {
        let mut script = Vec::new();
        generate(self.shell, &mut command, plain(), &mut script);
        Printer::print_plain(&String::from_utf8_lossy(&script), false);
        0
    }
}

/// Writes the manual pages, one for each command.
#[derive(Debug, Args)]
pub(crate) struct ManPages {
    /// Folder to write them into, such as `~/.local/share/man/man1`.
    folder: PathBuf,
}

impl ManPages {
    pub(crate) fn run(self, world: &World, command: Command) -> Result<Report, Stop> {
        let mut command = command.name(plain()).bin_name(plain()).disable_help_subcommand(true);
        command.build();
        let mut pages = Vec::new();
        let mut left = vec![&command];
        while let Some(command) = left.pop() {
            left.extend(command.get_subcommands().filter(|it| !it.is_hide_set()));
            let man = Man::new(command.clone())
                .date(clock::now().strftime("%F").to_string())
                .source(format!("{} {}", plain(), version()));
            let mut page = Vec::new();
            man.render(&mut page).map_err(anyhow::Error::from)?;
            let page =
                as_called(&String::from_utf8_lossy(&page)).replace("\n.br\n\n.br\n", "\n.sp\n");
            pages.push((man.get_filename(), page));
        }
        pages.sort();
        Ok(super::write_all(&world.folder.join(self.folder), &pages)?)
    }
}

/// The program's name as a file's: `cargo xtask` is completed by cargo, as what is typed there
/// is another's command line.
fn plain() -> &'static str {
    program().rsplit(['/', ' ']).next().unwrap_or("thrice")
}
