//! Policy meets facts. Everything here is pure: no I/O, no printing, no clock.

pub mod board;
pub mod doctor;
pub mod init;
