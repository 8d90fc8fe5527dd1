//! The verbs of delivery.

pub mod cycle;
pub mod evidence;
pub mod handoff;
pub mod sprint;
pub mod story;
pub mod today;
pub mod wave;
