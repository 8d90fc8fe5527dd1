//! Policy files: the first byte chooses which file the rest is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use thrice_programme::{FILES, PolicyFiles, check};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let mut files: PolicyFiles = [
        ("programme.toml", include_str!("../../../policy/programme.toml")),
        ("gates.toml", include_str!("../../../policy/gates.toml")),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into();
    let (name, _) = FILES[usize::from(*choice) % FILES.len()];
    files.insert(name.to_owned(), rest.to_vec());
    let (policy, findings) = check("policy", &files);
    assert!(policy.is_some() || !findings.is_empty());
});
