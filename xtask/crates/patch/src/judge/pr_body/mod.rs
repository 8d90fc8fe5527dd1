//! The canonical body of a pull request (H-7), written and read back. A body
//! is a claim: each part of it is checked against what is known, and in the end the
//! whole is written anew and compared byte for byte.

pub mod check;
mod fields;
mod lists;
mod parse;
mod recorded;
mod render;
mod risky;
mod said;
pub(crate) mod story;
mod summary;
mod template;

#[cfg(test)]
mod tests;

pub use check::{BodyFacts, RecordedReview, check};
pub(crate) use parse::MOST_READ;
pub use parse::{Body, Section, parse};
pub use recorded::RecordedDecision;
pub(crate) use render::unlistable;
pub use render::{BodyContent, render};
pub use risky::Risky;
pub use said::{KEYS, Said, time};
pub(crate) use story::{LARGEST_NOTES, is_id as is_story_id, no_rollback};
pub use story::{Story, schema as story_schema};
pub(crate) use summary::check as check_summary;
pub use summary::{is_plain_summary, with_summary};
pub use template::{CHECKLIST, FILES, LEAST_RUNS, PLAN, SCORECARD, Template};
pub use thrice_orr::judge::server::scorecard::Problem;

use thrice_findings::text::quoted;

/// Digest of a text, in lower-case hex.
fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
