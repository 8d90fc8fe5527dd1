//! One pattern of CODEOWNERS. It matches a path where it matches the whole of it,
//! or a folder above it.

/// A pattern, cut at its slashes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) parts: Vec<SegmentPart>,
    /// It begins at the root of the repository, not at any folder.
    pub(super) anchored: bool,
    /// It matches folders only: what lies in them, but no file of that name.
    pub(super) folder: bool,
    /// Its last part is a lone `*`, which reaches files but not into folders.
    pub(super) shallow: bool,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SegmentPart {
    /// `**`: any number of folders.
    Folders,
    /// Anything else: a name with wildcards.
    Name(Vec<Token>),
}

/// A piece of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Byte(u8),
    /// `?`: one character.
    One,
    /// `*`: any number of characters.
    Many,
}

impl Pattern {
    /// Reads a pattern, or says why GitHub would not.
    pub(super) fn new(text: &[u8]) -> Result<Self, &'static str> {
        match text.first() {
            Some(b'!') => return Err("negates, which GitHub does not support"),
            Some(b'\\') if text.get(1) == Some(&b'#') => {
                return Err("escapes a `#`, which GitHub does not support");
            }
            _ => {}
        }
        let inner = text.strip_prefix(b"/").unwrap_or(text);
        let (inner, mut folder) = match inner.strip_suffix(b"/") {
            Some(inner) => (inner, true),
            None => (inner, false),
        };
        let mut parts = Vec::new();
        for part in inner.split(|byte| *byte == b'/') {
            parts.push(SegmentPart::new(part)?);
        }
        let anchored = inner.len() < text.len() && text.starts_with(b"/") || parts.len() > 1;
        let lone = |part: &SegmentPart| *part == SegmentPart::Name(vec![Token::Many]);
        let shallow = anchored && !folder && parts.last().is_some_and(lone);
        if parts.len() > 1 && parts.last() == Some(&SegmentPart::Folders) {
            folder = false;
        }
        Ok(Self { parts, anchored, folder, shallow })
    }

    /// Whether it matches a path that was cut at its slashes.
    pub(super) fn matches(&self, path: &[&[u8]]) -> bool {
        let all = path.len();
        let last = if self.folder { all.saturating_sub(1) } else { all };
        let first = if self.shallow { all } else { 1 };
        (first..=last).any(|length| path.get(..length).is_some_and(|head| self.matches_whole(head)))
    }

    fn matches_whole(&self, path: &[&[u8]]) -> bool {
        if self.anchored {
            return parts_match(&self.parts, path);
        }
        match (self.parts.first(), path.last()) {
            (Some(part), Some(name)) => part.matches(name),
            _ => false,
        }
    }
}

impl SegmentPart {
    fn new(text: &[u8]) -> Result<Self, &'static str> {
        if text == b"**" {
            return Ok(Self::Folders);
        }
        if text.is_empty() {
            return Err("has nothing between two slashes, so it matches nothing");
        }
        let (mut tokens, mut bytes) = (Vec::new(), text.iter());
        while let Some(byte) = bytes.next() {
            let token = match byte {
                b'[' | b']' => {
                    return Err("has a range in brackets, which GitHub does not support");
                }
                b'*' if text.windows(3).any(|three| three == b"***") => {
                    return Err("has three stars in a row");
                }
                b'*' if tokens.last() == Some(&Token::Many) => continue,
                b'*' => Token::Many,
                b'?' => Token::One,
                b'\\' => Token::Byte(*bytes.next().ok_or("ends with a backslash")?),
                byte => Token::Byte(*byte),
            };
            tokens.push(token);
        }
        Ok(Self::Name(tokens))
    }

    /// The name, if there is no wildcard in it.
    pub(super) fn literal(&self) -> Option<Vec<u8>> {
        let Self::Name(tokens) = self else { return None };
        let byte = |token: &Token| if let Token::Byte(byte) = token { Some(*byte) } else { None };
        tokens.iter().map(byte).collect()
    }

    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Folders => true,
            Self::Name(tokens) => name_matches(tokens, name),
        }
    }
}

/// Both matchers go back to the last star only: what an earlier one could take
/// more, the last one can take as well.
fn parts_match(parts: &[SegmentPart], path: &[&[u8]]) -> bool {
    let (mut part, mut at, mut back) = (0, 0, None);
    loop {
        let matched = match (parts.get(part), path.get(at)) {
            (None, None) => return true,
            (Some(SegmentPart::Folders), found) => {
                // At the end of a pattern it stands for one name at least.
                let least = usize::from(part + 1 == parts.len());
                if found.is_none() && least == 1 {
                    false
                } else {
                    back = Some((part + 1, at + least));
                    (part, at) = (part + 1, at + least);
                    continue;
                }
            }
            (Some(name), Some(found)) => name.matches(found),
            _ => false,
        };
        if matched {
            (part, at) = (part + 1, at + 1);
            continue;
        }
        match back {
            Some((after, from)) if from < path.len() => {
                back = Some((after, from + 1));
                (part, at) = (after, from + 1);
            }
            _ => return false,
        }
    }
}

fn name_matches(tokens: &[Token], name: &[u8]) -> bool {
    let (mut token, mut at, mut back) = (0, 0, None);
    loop {
        let width = match (tokens.get(token), name.get(at)) {
            (None, None) => return true,
            (Some(Token::Many), _) => {
                token += 1;
                back = Some((token, at));
                continue;
            }
            (Some(Token::One), Some(_)) => width_of_character(name.get(at..).unwrap_or_default()),
            (Some(Token::Byte(byte)), Some(found)) if byte == found => 1,
            _ => 0,
        };
        if width > 0 {
            (token, at) = (token + 1, at + width);
            continue;
        }
        match back {
            Some((after, from)) if from < name.len() => {
                let from = from + width_of_character(name.get(from..).unwrap_or_default());
                back = Some((after, from));
                (token, at) = (after, from);
            }
            _ => return false,
        }
    }
}

/// The bytes of the character with which `name` begins; 1 where it is not UTF-8.
fn width_of_character(name: &[u8]) -> usize {
    let head = name.get(..4).unwrap_or(name);
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => {
            let whole = head.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
    };
    valid.chars().next().map_or(1, char::len_utf8)
}
