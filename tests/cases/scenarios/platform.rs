//! The platform from sprint 00 to GA.
