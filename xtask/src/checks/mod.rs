//! Policy meets facts. Everything here is pure: no I/O, no printing, no clock.

pub mod compare;
pub mod decision;
pub mod test_report;
