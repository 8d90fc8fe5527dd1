//! Slugs: lower case words of ASCII with hyphens between them.

/// The longest slug, in characters.
pub const LONGEST: usize = 60;

/// Whether a text is a slug.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= LONGEST && text.split('-').all(word)
}

/// A slug made of free text in any language: written in ASCII, lower case, cut between
/// words at `longest` characters. `None` where nothing of the text can be written so.
#[must_use]
pub fn slug(text: &str, longest: usize) -> Option<String> {
    let ascii = deunicode::deunicode_with_tofu(text, " ").to_ascii_lowercase().replace('\'', "");
    let words = ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        let with = slug.len() + usize::from(!slug.is_empty()) + word.len();
        if with > longest {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    if slug.is_empty() {
        // A first word that is too long by itself is cut.
        let first =
            ascii.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty())?;
        slug.extend(first.chars().take(longest));
    }
    (!slug.is_empty()).then_some(slug)
}
