//! The verbs of the whole: `board`, `completions`, `doctor`, `explain`, `init`, `man`, `policy`.

pub(crate) mod board;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod policy;
pub(crate) mod shell;
mod tools;

use std::path::Path;

use serde_json::json;

use thrice_facts::files;
use thrice_report::Report;
use thrice_report::text::safe;

/// Writes files into a folder, each by its name, and says which.
fn write_all(folder: &Path, texts: &[(String, String)]) -> anyhow::Result<Report> {
    files::make_folder(folder)?;
    let mut report = Report::new();
    let mut written = Vec::new();
    for (name, text) in texts {
        let path = folder.join(name);
        files::write_whole(&path, text.as_bytes())?;
        written.push(path.display().to_string());
    }
    report.body = written.iter().map(|path| format!("written: {}\n", safe(path))).collect();
    report.data = json!({ "written": written });
    Ok(report)
}
