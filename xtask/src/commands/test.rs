//! `test`: installs what the tests need, and runs the whole suite of this tool.

use clap::Args;

use super::World;
use crate::facts::process;
use crate::report::Printer;

/// Installs what the tests need where it can, and runs the whole suite.
#[derive(Debug, Args)]
pub struct Test {
    /// Only tests whose names hold this.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
}

/// A program that tests need, and the system package that brings it.
const NEEDED: &[(&str, &str)] = &[("gh", "gh"), ("sha256sum", "coreutils"), ("make", "make")];

impl Test {
    /// Runs the suite; gives the exit status.
    pub fn run(self, world: &World) -> u8 {
        match self.install_and_test(world) {
            Ok(status) => status,
            Err(error) => {
                Printer::print_plain(&format!("test: not established: {error:#}\n"), true);
                4
            }
        }
    }

    fn install_and_test(&self, world: &World) -> anyhow::Result<u8> {
        let root = world.repository()?.root().to_owned();
        let missing: Vec<&str> = NEEDED
            .iter()
            .filter(|(program, _)| which::which(program).is_err())
            .map(|(_, package)| *package)
            .collect();
        if !missing.is_empty() {
            let install = format!("apt-get install -y {}", missing.join(" "));
            if !rustix::process::geteuid().is_root() || which::which("apt-get").is_err() {
                let said = format!("test: install what is missing first: {install}\n");
                Printer::print_plain(&said, true);
                return Ok(4);
            }
            Printer::print_plain(&format!("test: {install}\n"), true);
            process::attached("apt-get", ["update", "-q"], &root)?;
            let words = ["install", "-y", "-q", "--no-install-recommends"];
            let status = process::attached("apt-get", words.iter().chain(&missing), &root)?;
            if status != 0 {
                anyhow::bail!("`{install}` ended with status {status}");
            }
        }
        let words = ["test", "--locked", "--workspace", "--"];
        let arguments = words.iter().copied().chain(self.filter.iter().map(String::as_str));
        let status = process::attached("cargo", arguments, &root)?;
        Ok(u8::from(status != 0))
    }
}
