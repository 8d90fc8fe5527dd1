//! `pack`, hidden: copies evidence and packs the copy, in the world in which it
//! was started. The gate `determinism` compares what comes of two worlds.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::evidence::archive::{self, Entry};
use thrice_facts::files;
use thrice_report::Printer;

/// Copies evidence and packs the copy.
#[derive(Debug, Args)]
pub struct Pack {
    /// Umask of this process, octal.
    #[arg(long, value_parser = |text: &str| u32::from_str_radix(text, 8))]
    umask: u32,
    /// Folder of the copy.
    #[arg(long)]
    work: PathBuf,
    /// The archive.
    #[arg(long)]
    to: PathBuf,
    /// The output folder of the run.
    #[arg(long)]
    from: PathBuf,
    /// Paths below it.
    paths: Vec<String>,
}

impl Pack {
    /// Packs; gives the exit status.
    pub fn run(self) -> u8 {
        match self.pack() {
            Ok(()) => 0,
            Err(error) => {
                Printer::print_plain(&format!("{error:#}\n"), true);
                4
            }
        }
    }

    fn pack(&self) -> anyhow::Result<()> {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(self.umask));
        let mut entries = Vec::new();
        for path in &self.paths {
            let copy = self.work.join(path);
            files::make_folder(copy.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(&copy, files::read(&self.from.join(path))?)?;
            let bytes = files::read(&copy)?;
            let executable = files::is_executable(&self.from.join(path))?;
            entries.push(Entry { path: path.clone(), executable, bytes });
        }
        std::fs::write(&self.to, archive::write(&entries)?)?;
        Ok(())
    }
}
