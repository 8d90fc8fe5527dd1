//! Delivery: stories, waves, cycles and sprints, their evidence and their calendar.

pub mod gather;
pub mod judge;
pub mod overview;
pub mod pages;
pub mod verbs;
