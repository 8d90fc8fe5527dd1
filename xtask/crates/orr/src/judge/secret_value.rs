//! Whether a variable's value looks like a secret, whatever the variable is called.

/// How the tokens of well-known services begin.
const BEGINNINGS: &[&str] = &[
    "-----BEGIN",
    "AIza",
    "AKIA",
    "ASIA",
    "Basic ",
    "Bearer ",
    "dop_v1_",
    "eyJ",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "hf_",
    "npm_",
    "pypi-",
    "rk_live_",
    "sk-",
    "sk_live_",
    "xoxa-",
    "xoxb-",
    "xoxp-",
];

/// The least length of a word of mixed letters and digits that no path or name has.
const LONG: usize = 24;
/// The least length of what stands behind a beginning.
const TOKEN: usize = 12;

/// Whether it does: it begins as a token does, holds a password in an address, or a long word
/// of upper and lower case and digits.
pub(crate) fn looks_secret(value: &str) -> bool {
    let words = || value.split(|c: char| c.is_whitespace() || ",;:/=\"'".contains(c));
    let begins = |text: &str| {
        BEGINNINGS.iter().any(|it| text.strip_prefix(it).is_some_and(|rest| rest.len() >= TOKEN))
    };
    begins(value) || words().any(begins) || has_password(value) || words().any(is_random)
}

/// `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    value.split("://").skip(1).any(|rest| {
        let authority = rest.split('/').next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

fn is_random(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    word.len() >= LONG
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "+_-".contains(c))
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && word.chars().filter(char::is_ascii_digit).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::looks_secret;

    #[test]
    fn tokens_look_secret_and_paths_do_not() {
        let letters = "Abcdefghij".repeat(2);
        for value in [
            format!("ghp_{letters}"),
            format!("token={letters}123456"),
            format!("postgres://me:{letters}@db/x"),
            format!("https://me:x@host/{letters}"),
            format!("AKIA{}", "ABCDEFGHIJKLMNOP"),
            format!("-----BEGIN {letters}"),
            format!("{letters}1234"),
        ] {
            assert!(looks_secret(&value), "{value}");
        }
        for value in [
            "",
            "/home/me/.cargo",
            "/nix/store/0c1hf7yk1qrjm5x8h6x1zq2n0gyn8gqa-rust-1.90.0/bin",
            "/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk/21.0.1-12/x64",
            "/Users/Someone/Library/Android/sdk",
            "stable-x86_64-unknown-linux-gnu",
            "en_GB.UTF-8",
            "1",
            "https://host/path@v1:2",
            "sk-short",
        ] {
            assert!(!looks_secret(value), "{value}");
        }
    }
}
