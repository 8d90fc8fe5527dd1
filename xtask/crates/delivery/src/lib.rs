//! Delivery: stories, waves, cycles and sprints, their evidence and their calendar.

mod gather;
pub mod judge;
pub mod overview;
mod pages;
pub mod verbs;
