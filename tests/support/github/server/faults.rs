//! Scripted faults: what the server or the way to it does wrong.

use std::fmt;
use std::sync::Arc;

use super::http::{Request, Response};

/// Which of the requests that match a fault has it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// Each.
    Every,
    /// The n-th alone, from 1.
    Only(u32),
    /// The first n.
    First(u32),
    /// The n-th and all after it.
    From(u32),
}

/// Changes an answer.
pub(crate) type Change = Arc<dyn Fn(&mut Response) + Send + Sync>;

/// What happens.
#[derive(Clone)]
pub(crate) enum Action {
    /// This is answered, and nothing takes effect.
    Answer(Response),
    /// The request takes effect, and this is answered.
    AcceptThenAnswer(Response),
    /// The request takes effect, and the connection is closed.
    AcceptThenDrop,
    /// The connection is closed, and nothing takes effect.
    Drop,
    /// The body ends after so many bytes, whatever its length was said to be.
    Truncate(usize),
    /// The answer comes so many milliseconds of the machine's clock later.
    Hang(u64),
    /// Nothing takes effect, and nothing is ever answered.
    Stop,
    /// The request takes effect, and nothing is ever answered.
    AcceptThenStop,
    /// The right answer, changed.
    Alter(Change),
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer(_) => "answer",
            Self::AcceptThenAnswer(_) => "accept, then answer",
            Self::AcceptThenDrop => "accept, then drop",
            Self::Drop => "drop",
            Self::Truncate(_) => "truncate",
            Self::Hang(_) => "hang",
            Self::Stop => "stop",
            Self::AcceptThenStop => "accept, then stop",
            Self::Alter(_) => "alter",
        })
    }
}

/// A fault.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The method; any where empty.
    method: String,
    /// What the path with its query holds.
    path: String,
    which: Which,
    action: Action,
    matched: u32,
}

impl Fault {
    /// A fault at requests of this method (any where empty) whose path and query hold
    /// this text.
    pub(crate) fn new(method: &str, path: &str, which: Which, action: Action) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), which, action, matched: 0 }
    }

    /// The action, where the fault is this request's.
    fn strikes(&mut self, request: &Request) -> Option<Action> {
        let method = self.method.is_empty() || self.method == request.method;
        if !method || !request.target.contains(&self.path) {
            return None;
        }
        self.matched += 1;
        let strikes = match self.which {
            Which::Every => true,
            Which::Only(number) => self.matched == number,
            Which::First(number) => self.matched <= number,
            Which::From(number) => self.matched >= number,
        };
        strikes.then(|| self.action.clone())
    }
}

/// The first fault that strikes; every one counts the request.
pub(crate) fn struck(faults: &mut [Fault], request: &Request) -> Option<Action> {
    let mut first = None;
    for fault in faults {
        let action = fault.strikes(request);
        first = first.or(action);
    }
    first
}

/// An error of a proxy before the server, as a page.
pub(crate) fn bad_gateway() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n";
    let mut response = Response::bytes("text/html", page.as_bytes().to_vec());
    response.status = 502;
    response
}
