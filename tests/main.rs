//! The tests of the whole program: one binary, so that it links once.
//!
//! `support` makes a world of its own for each test; `cases` are the tests.

mod cases;
mod support;
