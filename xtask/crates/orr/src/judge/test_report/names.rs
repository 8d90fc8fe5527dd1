//! What may not be part of a test's name, because it differs between equal runs.

/// The name with each address in memory as `0x…`: Python writes `<A object at 0x7f…>`
/// into the id of a parameter, Go a pointer into the name of a subtest.
pub(super) fn without_addresses(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("0x") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        let said_to_be_one = before.ends_with(" at ") && digits >= 4;
        plain.push_str(before);
        if said_to_be_one || (9..=16).contains(&digits) {
            plain.push_str("0x…");
        } else {
            plain.push_str(&rest[at..at + 2 + digits]);
        }
        rest = &after[digits..];
    }
    plain.push_str(rest);
    plain
}

/// The name with what lies in one of these folders named from there.
pub(super) fn without_folders(name: &str, folders: &[&str]) -> String {
    let mut name = name.to_owned();
    for folder in folders.iter().map(|folder| folder.trim_end_matches('/')) {
        if !folder.is_empty() {
            name = name.replace(&format!("file://{folder}/"), "");
            name = name.replace(&format!("{folder}/"), "").replace(folder, ".");
        }
    }
    name
}

/// Whether the name is that of a script file: node counts a file without a test as one.
pub(super) fn is_script(name: &str) -> bool {
    let endings = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"];
    let has_space = name.contains(char::is_whitespace);
    !has_space && endings.iter().any(|ending| name.ends_with(ending))
}
