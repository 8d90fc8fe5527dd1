//! `sla --watch`: the screen, drawn again and again until Ctrl-C.

use std::io::IsTerminal;
use std::time::Duration;

use super::{NAME, Screen};
use thrice_facts::clock;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Stop, interrupted};
use thrice_programme::world::World;
use thrice_report::{Printer, Report};

/// How long a screen stands.
const STANDS: Duration = Duration::from_secs(10);
/// Clears a terminal and goes to its first cell.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

pub(super) fn watch(world: &World) -> Result<Report, Stop> {
    if !std::io::stdout().is_terminal() || world.printer.is_for_programs() {
        let message = "`--watch` is for a terminal, and this is none";
        let help = "leave it out; a program runs `cargo xtask sla --format json` again and again";
        return Err(Finding::new(Code::UsageWrong, message).help(help).into());
    }
    let interrupt = Interrupt::listen()?;
    loop {
        world.look_again();
        let screen = Screen::of(world, true, &interrupt);
        // Ctrl-C on a terminal ends git and gh too: what they gave then is no answer.
        if interrupt.requested() {
            break;
        }
        let report = match screen {
            Ok(screen) => screen.report(),
            Err(stop) => Report::of(stop.refusal()?),
        };
        Printer::print_plain(CLEAR, false);
        world.printer.print(NAME, &report);
        if !clock::pause(STANDS, &interrupt) {
            break;
        }
    }
    let mut report = Report::of(vec![interrupted("run it again to go on watching")]);
    report.announces = false;
    Ok(report)
}
