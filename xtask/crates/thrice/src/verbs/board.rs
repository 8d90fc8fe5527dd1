//! `board`: what a team looks at together, as one page, or in a few lines.

mod gather;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::judge::board::page;
use thrice_delivery::overview::unusable;
use thrice_delivery::verbs::story::gather::On;
use thrice_facts::files;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Shows what is due, how far stories, waves, sprints and releases are, and what is
/// measured. It decides nothing.
#[derive(Debug, Args)]
pub(crate) struct Board {
    /// Writes the page to this file: HTML without a script, whole in itself. Default: a few
    /// lines are printed.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Where to look: in this clone, or on GitHub too.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
}

impl Board {
    /// Runs the command.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let interrupt = Interrupt::listen()?;
        let board = gather::board(world, self.on, &interrupt)?;
        interrupt.heed()?;
        let mut report = Report::new();
        if board.stories.is_err() || board.sprints.is_err() {
            report.findings = unusable(world)?;
        }
        report.announces = !report.findings.is_empty();
        report.body = match &self.page {
            Some(file) => {
                files::write_whole(file, page(&board).as_bytes())
                    .with_context(|| format!("cannot write {}", file.display()))?;
                format!("the board is in {}\n", file.display())
            }
            None => safe(&board.text()),
        };
        report.data = serde_json::json!({
            "page": self.page.as_ref().map(|file| file.display().to_string()),
            "late": board.late(),
        });
        Ok(report)
    }
}
