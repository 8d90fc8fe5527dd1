//! `sla --watch`: the screen, drawn again and again until Ctrl-C.

use std::io::IsTerminal;
use std::time::Duration;

use super::{COMMAND, Screen};
use thrice_facts::clock;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding};
use thrice_programme::world::{World, interrupted};
use thrice_report::{Printer, Report};

/// How long a screen stands.
const STANDS: Duration = Duration::from_secs(10);
/// Clears a terminal and goes to its first cell.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

pub(super) fn watch(world: &World) -> anyhow::Result<Report> {
    if !std::io::stdout().is_terminal() || world.printer.is_for_programs() {
        let message = "`--watch` is for a terminal, and this is none";
        let help = "leave it out; a program runs `cargo xtask sla --format json` again and again";
        return Ok(Report::of(COMMAND, vec![Finding::new(Code::UsageWrong, message).help(help)]));
    }
    let interrupt = Interrupt::listen()?;
    loop {
        let screen = Screen::of(world, &interrupt);
        // Ctrl-C on a terminal ends git and gh too: what they gave then is no answer.
        if interrupt.requested() {
            break;
        }
        let report = match screen? {
            Ok(screen) => screen.report(),
            Err(report) => *report,
        };
        Printer::print_plain(CLEAR, false);
        world.printer.print(&report);
        if !clock::pause(STANDS, &interrupt) {
            break;
        }
    }
    let mut report = interrupted(COMMAND, "run it again to go on watching");
    report.announces = false;
    Ok(report)
}
