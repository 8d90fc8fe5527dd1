//! Where stories, waves and sprints stand: pure, the time now is given.

pub mod backlog;
pub(crate) mod calendar;
