//! Lines as wide as they are shown.

use std::borrow::Cow;

use super::runners::is_of_surefire;

/// Where a line that is too long goes on: behind its last space, unless that is near its beginning.
fn break_of(line: &str, width: usize) -> Option<usize> {
    let (end, _) = line.char_indices().nth(width)?;
    let space = line[..end].rfind(' ').map(|at| at + 1);
    Some(space.filter(|at| *at > end / 2).unwrap_or(end))
}

/// A line of at most that width.
pub(super) fn cut(line: &str, width: usize) -> String {
    shortened(&without_the_known(line, width), width)
}

/// A line of at most twice that width, in two where it is longer than once.
pub(super) fn in_two(line: &str, width: usize) -> Vec<String> {
    let line = without_the_known(line, width);
    match break_of(&line, width) {
        Some(end) => {
            vec![line[..end].trim_end().to_owned(), shortened(line[end..].trim_start(), width)]
        }
        None => vec![line.into_owned()],
    }
}

fn shortened(line: &str, width: usize) -> String {
    match line.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A line, without what is known of it where it is too long: which test a thread ran, which is
/// said above, and where a checkout lies.
fn without_the_known(line: &str, width: usize) -> Cow<'_, str> {
    let line = line.trim_end();
    if line.chars().nth(width).is_none() {
        return line.into();
    }
    // Of a frame of Java's, where it is.
    let frame = line.trim_start().strip_prefix("at ").and_then(|it| it.rsplit_once('('));
    if let Some((_, place)) = frame.filter(|(_, place)| place.contains(".java:")) {
        return format!("  at {}", place.trim_end_matches(')')).into();
    }
    // Of surefire's head, which test it is.
    if let Some((test, _)) = line.split_once("Time elapsed").filter(|_| is_of_surefire(line)) {
        return test.trim_end_matches([' ', '-']).to_owned().into();
    }
    let panic = line.rfind("panicked at ").filter(|_| line.starts_with("thread '"));
    let words = line[panic.unwrap_or(0)..].split(' ').map(of_long_path);
    words.collect::<Vec<_>>().join(" ").into()
}

/// The end of a long absolute path, also of one in brackets and of an address of a file; any other
/// word as it is.
fn of_long_path(word: &str) -> Cow<'_, str> {
    let (bracket, path) = word.split_at(usize::from(word.starts_with('(')));
    let path = path.strip_prefix("file://").unwrap_or(path);
    let start = path.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at);
    if path.starts_with('/') && start > 0 {
        format!("{bracket}…{}", &path[start..]).into()
    } else {
        word.into()
    }
}
