//! Plan.json (H-2): what a patch sets out to do, task by task, and what proves
//! each of them. The file is a claim: it is checked against the patch.

mod check;
mod declare;
mod draft;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;

use serde_json::{Value, json};

use self::declare::{JsonValue, Reading, json_object, json_text};
use super::filemap::Rules;
use super::patch::Patch;
use thrice_findings::CommitId;
use thrice_policy::json;
use thrice_programme::{Gate, Gates};

pub use check::check;
pub use declare::Problem;
pub(crate) use draft::Unplanned;
pub use draft::draft;

/// The largest plan that is read, in bytes.
pub const LARGEST: usize = 8 << 20;

json_object! {
    /// Plan.json: what a patch sets out to do, and what proves it.
    pub struct Plan {
        /// The version of this form.
        version: Version,
        /// The commit that the patch is based on.
        base_sha: CommitId,
        /// What is done, in tasks. Every path that the patch touches is in one of them.
        tasks: Vec<Task>,
        /// What the patch keeps to.
        constraints: Constraints,
    }
}

json_object! {
    /// A task of a plan.
    pub struct Task {
        /// Its name, which no other task has.
        id: TaskId,
        /// The paths that it touches.
        files: Vec<PlainPath>,
        /// The gates that prove it.
        gates: Vec<GateId>,
        /// The files of evidence, left by these gates, that prove it.
        evidence: Vec<PlainPath>,
    }
}

json_object! {
    /// What a patch keeps to.
    pub struct Constraints {
        /// How the Filemap holds.
        filemap: Strict,
        /// Whether the patch is one straight line of commits, as the Filemap demands.
        single_patch: bool,
    }
}

json_text! {
    /// The version of a plan.
    pub struct Version = r"^1\.0$", "\"1.0\"";
}

json_text! {
    /// A task's name.
    pub struct TaskId = r"^[A-Z0-9-]+$", "a name of upper-case letters, digits and hyphens";
}

json_text! {
    /// A gate's id.
    pub struct GateId = r"^[A-Za-z][A-Za-z0-9_-]{0,31}$", "a gate's id, such as \"T4\"";
}

json_text! {
    /// A path below the repository's top, without backslashes, control characters, and
    /// components that are empty, `.` or `..`.
    pub struct PlainPath = r"^((\.{0,2}[^./\\\x00-\x1f\x7f-\u009f][^/\\\x00-\x1f\x7f-\u009f]*|\.{3,}[^/\\\x00-\x1f\x7f-\u009f]*)/)*(\.{0,2}[^./\\\x00-\x1f\x7f-\u009f][^/\\\x00-\x1f\x7f-\u009f]*|\.{3,}[^/\\\x00-\x1f\x7f-\u009f]*)$",
        "a plain path below the repository's top";
}

json_text! {
    /// How the Filemap holds.
    pub struct Strict = r"^strict$", "\"strict\"";
}

/// What a plan is checked against.
#[derive(Clone, Copy)]
pub struct PlanFacts<'a> {
    /// The commit that the patch is judged against.
    pub base: &'a str,
    /// The patch.
    pub patch: &'a Patch,
    /// The Filemap of the base.
    pub rules: &'a Rules<'a>,
    /// The gates of the base.
    pub gates: &'a Gates,
    /// The folder of outputs, such as `out`.
    pub output: &'a str,
}

impl PlanFacts<'_> {
    /// The folder in which a gate leaves its evidence, with a slash at its end.
    fn folder(&self, gate: &Gate) -> String {
        format!("{}/evidence/{}/", self.output, gate.folder())
    }
}

/// The line of every value of a plan, by its path in it.
#[derive(Clone, Debug, Default)]
pub struct Lines(HashMap<String, usize>);

impl Plan {
    /// The id of the commit that the patch was planned on.
    #[must_use]
    pub fn base(&self) -> &str {
        self.base_sha.as_str()
    }

    /// The paths that its tasks name.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.tasks.iter().flat_map(|task| &task.files).map(PlainPath::as_str)
    }

    /// The files of evidence that its tasks name.
    pub fn evidence(&self) -> impl Iterator<Item = &str> {
        self.tasks.iter().flat_map(|task| &task.evidence).map(PlainPath::as_str)
    }

    /// The plan as text: always the same for the same plan.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Reads a plan from bytes that anyone may have written.
///
/// # Errors
/// Everything that is wrong with its form.
pub fn read(bytes: &[u8]) -> Result<(Plan, Lines), Vec<Problem>> {
    let mut reading = Reading::default();
    if bytes.len() > LARGEST {
        let message = format!("this is {} bytes; a plan has at most {LARGEST}", bytes.len());
        reading.problem("", 1, message, "split the patch");
        return Err(reading.into_problems());
    }
    let node = match json::read(bytes) {
        Ok(node) => node,
        Err(unread) => {
            let line = unread.line.unwrap_or(1);
            let message = format!("this is not JSON: {}", unread.message);
            reading.problem("", line, message, "write JSON in which no key is given twice");
            return Err(reading.into_problems());
        }
    };
    match Plan::read(&node, "", &mut reading) {
        Some(plan) => {
            let lines = Lines(std::mem::take(&mut reading.lines));
            let problems = reading.into_problems();
            if problems.is_empty() { Ok((plan, lines)) } else { Err(problems) }
        }
        None => Err(reading.into_problems()),
    }
}

/// The JSON Schema (draft 7) of a plan.
#[must_use]
pub fn schema() -> Value {
    let mut schema = Plan::schema();
    if let Some(object) = schema.as_object_mut() {
        object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        object.insert("title".to_owned(), json!("Plan.json"));
    }
    schema
}
