//! What is due and who is asked: pure, the time now is given.

pub mod clocks;
