//! The tests of the whole program: one binary, so that it links once.
//!
//! `support` makes a world of its own for each test; `cases` are the tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]
#![expect(clippy::too_many_lines, reason = "a scenario is read from its beginning to its end")]

mod cases;
mod support;
