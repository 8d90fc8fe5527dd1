//! Rulesets of the default branch: the one that is committed, and what the server
//! enforces. Both must demand every gate, from GitHub Actions and nobody else, of
//! everybody.

pub mod committed;
pub mod jobs;
pub mod live;
pub mod mend;
mod pattern;

/// `T` and digits, or a gate but for case and white space.
fn is_almost_a_gate(name: &str, gates: &[&str]) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let name = plain(name);
    let number = name.strip_prefix('t').unwrap_or_default();
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    numbered || gates.iter().any(|gate| plain(gate) == name)
}
