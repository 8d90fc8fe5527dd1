//! Bytes of a terminal log as plain lines.

/// The lines, decoded lossily, without terminal escapes. A lone carriage return
/// ends a line too: overprinting must not hide what was printed first.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    let plain = without_escapes(&String::from_utf8_lossy(bytes)).replace("\r\n", "\n");
    plain.split(['\n', '\r']).map(str::to_owned).collect()
}

fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            skip_escape(&mut chars);
        } else {
            plain.push(c);
        }
    }
    plain
}

/// Past one escape sequence, never past the end of its line.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next_if(|c| !matches!(c, '\n' | '\r')) {
        Some('[') => {
            while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
            chars.next_if(|c| matches!(c, '@'..='~'));
        }
        Some(']') => {
            while chars.next_if(|c| !matches!(c, '\n' | '\r' | '\u{7}' | '\u{1b}')).is_some() {}
            if chars.next_if_eq(&'\u{1b}').is_some() {
                chars.next_if_eq(&'\\');
            } else {
                chars.next_if_eq(&'\u{7}');
            }
        }
        Some(' '..='/') => {
            chars.next_if(|c| !matches!(c, '\n' | '\r'));
        }
        _ => {}
    }
}

/// A number and what follows it.
pub(super) fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..end].parse().ok()?, &text[end..]))
}
