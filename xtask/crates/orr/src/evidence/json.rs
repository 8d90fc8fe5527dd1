//! JSON as it stands in files: two spaces, keys in the order of their type, a
//! final LF.

use serde::Serialize;

/// The bytes of a value.
pub(crate) fn canonical<T: Serialize>(value: &T) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
