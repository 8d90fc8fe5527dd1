//! Looking once, for a screen that somebody waits for: nothing is waited out.

use serde_json::Value;

use super::failure::{Failure, FailureKind};
use super::pace::{self, Next};
use super::{Answer, GitHub, LARGEST, Request, elsewhere, unreadable};

/// An attempt after which none is made.
const LAST: u32 = u32::MAX;
/// How many pages of a list are looked at.
const MOST_PAGES: usize = 10;

impl GitHub {
    /// Asks for something once.
    ///
    /// # Errors
    /// Where that gives nothing.
    pub fn look(&self, path: &str) -> Result<Answer, Failure> {
        let more = Vec::new();
        let request = Request { method: "GET", path, more, body: None, most: LARGEST, json: true };
        let answer = self.attempt(&request)?;
        match pace::after_answer(&answer, LAST, false, 0) {
            Next::Done => Ok(answer),
            Next::Failed(kind) => {
                let said = answer.message().unwrap_or_default();
                Err(Failure::new(kind, &request.to_string(), Some(answer.status), &said))
            }
            Next::Again(_) => Err(Failure::new(
                FailureKind::Limited,
                &request.to_string(),
                Some(answer.status),
                "",
            )),
        }
    }

    /// All of a list, each page of which is asked for once.
    ///
    /// # Errors
    /// Where a page gives nothing, or there are too many.
    pub fn look_at_all(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut next = Some(format!("{path}?per_page=100"));
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(page) = next else { return Ok(all) };
            let answer = self.look(&page)?;
            let items: Vec<Value> =
                answer.json().map_err(|error| unreadable(&page, &answer, &error))?;
            all.extend(items);
            next = answer.next_page().map_err(|reported| elsewhere(&page, &answer, &reported))?;
        }
        let said = format!("the list has more than {MOST_PAGES} pages");
        Err(Failure::new(FailureKind::Unreadable, &format!("GET {path}"), None, &said))
    }
}
