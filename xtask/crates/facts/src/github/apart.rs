//! Whether this machine's clock is the server's.

use super::GitHub;
use thrice_findings::{Code, Finding};

impl GitHub {
    /// Refuses a clock that is not the server's, before anything is recorded by it. Where
    /// the server did not answer yet it is asked once; where it does not, nothing is known.
    ///
    /// # Errors
    /// Where the two are more than five minutes apart.
    pub fn check_clock(&self) -> Result<(), Box<Finding>> {
        if self.ahead.get().is_none() {
            // Any answer has a date, a refusal too.
            let _ = self.look(self.repo("").trim_end_matches('/'));
        }
        self.ahead.get().map_or(Ok(()), clock_refused)
    }
}

/// How far this machine's clock may be from the server's, in seconds.
const CLOCK_APART: i64 = 5 * 60;

fn clock_refused(ahead: i64) -> Result<(), Box<Finding>> {
    if ahead.abs() <= CLOCK_APART {
        return Ok(());
    }
    let word = if ahead > 0 { "ahead of" } else { "behind" };
    let message = format!("the clock of this machine is {} s {word} GitHub's", ahead.abs());
    let help = "set the clock, then run the command again; nothing was recorded";
    Err(Box::new(Finding::new(Code::ClockApart, message).help(help)))
}
