//! What is due and who is asked: pure, the time now is given.

pub mod clocks;
pub mod main_line;
