//! Policy meets facts. Everything here is pure: no I/O, no printing, no clock.

pub(crate) mod board;
pub(crate) mod change;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod schema_line;
