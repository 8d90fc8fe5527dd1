//! The tests of the whole program: one binary, so that it links once.
//!
//! `support` makes a world of its own for each test; `cases` are the tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]

mod cases;
mod support;
