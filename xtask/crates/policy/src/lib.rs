//! How rule files are read: leniently, with the place of every value.
//!
//! A table is declared once ([`policy_table!`]) and gives its reader, its JSON Schema and
//! its lines of the reference. JSON and YAML are read as trees with places too. Nothing
//! here knows what any rule means.

#[doc(hidden)]
pub use {serde, serde_json, toml};

pub mod declare;
mod glob_class;
pub mod json;
pub mod markdown;
pub mod ref_format;
pub mod source;
pub mod table;
pub mod tree;
pub mod values;
pub mod yaml;
