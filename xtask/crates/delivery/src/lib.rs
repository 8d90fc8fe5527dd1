//! TODO

pub mod gather;
pub mod judge;
pub mod pages;
pub mod verbs;
