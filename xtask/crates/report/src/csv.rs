//! Cells of CSV files.

use thrice_findings::text::on_one_line;

/// A quoted cell that no spreadsheet takes for a formula.
#[must_use]
pub fn cell(text: &str) -> String {
    let text = on_one_line(text);
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}
