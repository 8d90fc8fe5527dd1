//! Which version this is, and of which commit it was built.

use std::sync::OnceLock;

/// The longest commit id.
const MOST: usize = 64;

/// A commit id of at most [`MOST`] digits.
type Digits = ([u8; MOST], usize);

/// The commit of a release, which its workflow names.
const RELEASED: Option<&str> = option_env!("THRICE_COMMIT");

/// The commit that `cargo install --git` checked out: cargo names the folder after it. Taken
/// out while compiling, so that no path of the machine that builds is in the program.
const FETCHED: Digits = commit_of_checkout(env!("CARGO_MANIFEST_DIR"));

/// The version, with the commit where it is known.
#[must_use]
pub(crate) fn version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(text)
}

fn text() -> String {
    let (digits, length) = FETCHED;
    let fetched = std::str::from_utf8(&digits[..length]).ok().filter(|commit| !commit.is_empty());
    let version = env!("CARGO_PKG_VERSION");
    match RELEASED.filter(|commit| !commit.is_empty()).or(fetched) {
        Some(commit) => format!("{version} (commit {commit})"),
        None => format!("{version} (built from a working tree)"),
    }
}

/// The hex digits after `…/git/checkouts/NAME/`.
const fn commit_of_checkout(path: &str) -> Digits {
    const MARK: &[u8] = b"/git/checkouts/";
    let path = path.as_bytes();
    let mut digits = [0; MOST];
    let mut at = 0;
    while at + MARK.len() < path.len() {
        let mut same = 0;
        while same < MARK.len() && path[at + same] == MARK[same] {
            same += 1;
        }
        if same == MARK.len() {
            let mut from = at + same;
            while from < path.len() && path[from] != b'/' {
                from += 1;
            }
            let mut length = 0;
            from += 1;
            while from < path.len() && path[from].is_ascii_hexdigit() && length < MOST {
                digits[length] = path[from];
                length += 1;
                from += 1;
            }
            let ends = from == path.len() || path[from] == b'/';
            return if ends && length >= 7 { (digits, length) } else { ([0; MOST], 0) };
        }
        at += 1;
    }
    (digits, 0)
}

#[cfg(test)]
mod tests {
    use super::commit_of_checkout;

    #[test]
    fn a_checkout_of_cargo_names_its_commit() {
        let found = |path: &str| {
            let (digits, length) = commit_of_checkout(path);
            String::from_utf8(digits[..length].to_vec()).unwrap()
        };
        let table = [
            ("/home/a/.cargo/git/checkouts/thrice-0a1b/1a2b3c4/xtask/crates/thrice", "1a2b3c4"),
            (
                "/c/git/checkouts/x-1/0123456789abcdef0123456789abcdef01234567",
                "0123456789abcdef0123456789abcdef01234567",
            ),
            ("/home/a/src/thrice/xtask/crates/thrice", ""),
            ("/git/checkouts/x/main/xtask", ""),
            ("/git/checkouts/", ""),
            ("", ""),
        ];
        for (path, commit) in table {
            assert_eq!(found(path), commit, "{path}");
        }
    }
}
