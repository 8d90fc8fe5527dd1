//! What one line of a log is.

use super::runners::is_of_surefire;

/// Whether a line says more than that there was a failure.
pub(super) fn says_something(line: &str) -> bool {
    // Maven ends every failure with the same advice, and node says of a test in TAP how long
    // it took before it says why it failed.
    const ADVICE: &[&str] = &[
        "note: run with `RUST_BACKTRACE",
        "[ERROR] -> [Help",
        "[ERROR] To see the full stack trace",
        "[ERROR] Re-run Maven",
        "[ERROR] For more information about the errors",
        "[ERROR] [Help",
        "[ERROR] After correcting the problems",
        "[ERROR]   mvn <args> -rf",
        "duration_ms:",
        "type: '",
        "failureType:",
        "operator: ",
        "--- expected",
        "+++ actual",
        // Go goes on with other tests.
        "=== RUN ",
        "=== PAUSE ",
        "=== CONT ",
        "--- PASS: ",
        "--- SKIP: ",
    ];
    let line = line.trim();
    // pytest's, below the last failure.
    let is_of_pytest = ["generated xml file: ", "short test summary info"]
        .iter()
        .any(|it| line.trim_start_matches(['-', '=', ' ']).starts_with(it));
    !is_of_pytest
        && !["", "|", "[ERROR]", "[INFO]", "---", "─", "error: |-", "diff: |"].contains(&line)
        && !is_ruler(line.trim_start_matches("[INFO] "), '-')
        && !ADVICE.iter().any(|it| line.starts_with(it))
}

/// Whether a line begins what a tool calls an error.
pub(super) fn is_error(line: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "error", "Error", "ERROR", "[ERROR]", "E   ", "Diff in ", "FAIL ", "fatal:", "not ok ",
        "--- FAIL",
    ];
    // npm begins each line of a failure so, and Python's build each of what it calls.
    let of_npm =
        ["npm error ", "npm ERR! ", "< "].iter().find_map(|begin| line.strip_prefix(begin));
    let line = of_npm.unwrap_or(line).trim_start();
    let named = BEGINNINGS.iter().any(|begin| line.starts_with(begin));
    let is_todo = line.starts_with("not ok ") && line.contains(" # TODO");
    (named || line.contains("panicked at")) && !is_todo && says_something(line) && !is_sum(line)
}

/// Whether a line only sums up what was said before it.
pub(super) fn is_sum(line: &str) -> bool {
    const SUMS: &[&str] = &[
        "error: test failed, to rerun",
        "error: aborting due to",
        "error: could not compile",
        "error: process didn't exit successfully",
        "test result:",
        "make: ***",
        "npm ERR! A complete log",
        "npm error A complete log",
        "npm notice",
        "Tests run:",
        "[ERROR] Tests run:",
        "[ERROR] COMPILATION ERROR",
    ];
    let line = line.trim_start();
    let targets =
        line.starts_with("error: ") && line.contains("target") && line.ends_with("failed:");
    targets || SUMS.iter().any(|sum| line.starts_with(sum)) || is_of_coverage(line)
}

/// Whether a line begins to speak of something else: of another test, or of how it all ended.
pub(super) fn begins_anew(line: &str) -> bool {
    const HEADS: &[&str] = &[
        "---- ",
        "____",
        "====",
        "failures:",
        "FAIL: ",
        "ERROR: ",
        "[INFO]",
        "--- FAIL: ",
        "not ok ",
    ];
    HEADS.iter().any(|head| line.starts_with(head)) || is_of_surefire(line) || is_sum(line)
}

/// Whether a line is of the table of coverage that c8, jest and vitest print.
pub(super) fn is_of_coverage(line: &str) -> bool {
    let is_share = |cell: &&str| {
        let cell = cell.trim();
        cell.starts_with("% ") || cell.trim_matches('-').is_empty() || cell.parse::<f64>().is_ok()
    };
    let cells: Vec<&str> = line.split('|').collect();
    cells.len() == 6 && cells[1..5].iter().all(is_share)
}

/// The head of what Python says of an exception.
pub(super) const TRACEBACK: &str = "Traceback (most recent call last):";

/// Whether a line is one character again and again.
pub(in crate::judge) fn is_ruler(line: &str, of: char) -> bool {
    line.len() > 4 && line.chars().all(|c| c == of)
}
