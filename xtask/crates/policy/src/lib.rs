//! TODO

pub mod declare;
pub mod glob_class;
pub mod json;
pub mod ref_format;
pub mod source;
pub mod table;
pub mod tree;
pub mod values;
pub mod yaml;
