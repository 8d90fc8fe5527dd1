//! Writes the manual pages of the program into a folder, one for each command: the release packs
//! them beside it. Nobody who builds the program compiles what this needs.
//!
//! `cargo run --package thrice --example man -- FOLDER`

use std::path::PathBuf;

use anyhow::Context;
use clap_mangen::Man;

use thrice::cli::{NoOwnVerb, command};
use thrice_report::program::renamed;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).context("name the folder to write them into")?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let name = "thrice";
    let version = env!("CARGO_PKG_VERSION");
    let command = command::<NoOwnVerb>().name(name).bin_name(name).version(version);
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut left = vec![&command];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().filter(|it| !it.is_hide_set()));
        let today = jiff::Zoned::now().strftime("%F").to_string();
        let man = Man::new(command.clone()).date(today).source(format!("{name} {version}"));
        let mut page = Vec::new();
        man.render(&mut page)?;
        let page = String::from_utf8(page)?.replace("\n.br\n\n.br\n", "\n.sp\n");
        let lines = page.lines().map(|line| format!("{}\n", line.trim_end()));
        let page: String = lines.collect();
        std::fs::write(folder.join(man.get_filename()), renamed(&page, name).as_bytes())?;
    }
    Ok(())
}
