//! Uploading a file of a release.

use std::path::Path;

use super::{Answer, Failure, FailureKind, GitHub, LARGEST, Request, clock, without_tokens};

impl GitHub {
    /// Uploads a file to where the server said that files go: its own hosts alone, for a
    /// token goes with it. As with any change, nobody repeats it here.
    ///
    /// # Errors
    /// Where it is refused, or nobody knows what came of it.
    pub fn upload(&self, url: &str, file: &Path, kind: &str) -> Result<Answer, Failure> {
        let shown = url.split('?').next().unwrap_or(url);
        if !self.slug.has_host_of(url) {
            let said = format!("{} is no host of {}", without_tokens(shown), self.slug.host);
            return Err(Failure::new(FailureKind::Refused, "POST", None, &said));
        }
        let request = format!("POST {shown}");
        self.wait_between_changes(&request)?;
        let more = vec!["-H".to_owned(), format!("Content-Type: {kind}")];
        let body = Some(file.to_owned());
        let asked = Request { method: "POST", path: url, more, body, most: LARGEST, json: false };
        let answer = self.ask(&asked);
        self.changed.set(Some(clock::elapsed()));
        self.known.borrow_mut().clear();
        answer
    }
}
