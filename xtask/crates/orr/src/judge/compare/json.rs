//! The first differing field of two JSON documents.

use serde_json::Value;

use super::cause::{self, Hint};
use super::{Difference, show, text};

/// What stands for a field that one side does not have.
const ABSENT: &str = "(absent)";

/// The first difference of two texts that differ; none where one is not JSON.
pub(super) fn difference(left: &str, right: &str) -> Option<Difference> {
    let left_value: Value = serde_json::from_str(left).ok()?;
    let right_value: Value = serde_json::from_str(right).ok()?;
    if left_value == right_value {
        return Some(same_value(left, right, &left_value, &right_value));
    }
    let mut found = FirstDifference::default();
    found.walk(&mut "$".to_owned(), &left_value, &right_value);
    found.into_difference()
}

/// The difference of two spellings of the same value.
fn same_value(left: &str, right: &str, left_value: &Value, right_value: &Value) -> Difference {
    let mut difference = text::difference(left, right);
    let (left_compact, right_compact) = (left_value.to_string(), right_value.to_string());
    let better = if left_compact != right_compact {
        Some(Hint::Order)
    } else if without_space(left).eq(without_space(right)) {
        Some(Hint::Layout)
    } else {
        None
    };
    if let Difference::Text { hint, .. } = &mut difference
        && *hint != Some(Hint::LineEnds)
        && better.is_some()
    {
        *hint = better;
    }
    difference
}

/// The document without the white space between its values.
fn without_space(text: &str) -> impl Iterator<Item = char> {
    let (mut inside, mut escaped) = (false, false);
    text.chars().filter(move |c| {
        let was_inside = inside;
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ => {}
        }
        was_inside || !c.is_ascii_whitespace()
    })
}

/// The differences so far: the first, and how many.
#[derive(Default)]
struct FirstDifference {
    first: Option<(String, String, String, Option<Hint>)>,
    count: usize,
}

impl FirstDifference {
    /// Goes through two values at `path`, which is as it was afterwards.
    fn walk(&mut self, path: &mut String, left: &Value, right: &Value) {
        match (left, right) {
            _ if left == right => {}
            (Value::Object(l), Value::Object(r)) => {
                let added = r.keys().filter(|key| !l.contains_key(*key));
                for key in l.keys().chain(added) {
                    self.step(path, &field(key), l.get(key), r.get(key));
                }
            }
            (Value::Array(l), Value::Array(r)) if permuted(l, r) => {
                self.add(path, &left.to_string(), &right.to_string(), Some(Hint::Order));
            }
            (Value::Array(l), Value::Array(r)) => {
                for index in 0..l.len().max(r.len()) {
                    self.step(path, &format!("[{index}]"), l.get(index), r.get(index));
                }
            }
            _ => {
                let (left, right) = (left.to_string(), right.to_string());
                self.add(path, &left, &right, cause::of_pair(&left, &right));
            }
        }
    }

    /// Goes on into a field that one side may not have.
    fn step(&mut self, path: &mut String, to: &str, left: Option<&Value>, right: Option<&Value>) {
        let length = path.len();
        path.push_str(to);
        match (left, right) {
            (Some(left), Some(right)) => self.walk(path, left, right),
            (Some(left), None) => self.add(path, &left.to_string(), ABSENT, None),
            (None, Some(right)) => self.add(path, ABSENT, &right.to_string(), None),
            (None, None) => {}
        }
        path.truncate(length);
    }

    fn add(&mut self, path: &str, left: &str, right: &str, hint: Option<Hint>) {
        self.count += 1;
        self.first.get_or_insert_with(|| {
            let (left, right) = show::around(left, right, show::KEPT);
            (path.to_owned(), left, right, hint)
        });
    }

    fn into_difference(self) -> Option<Difference> {
        let (path, left, right, hint) = self.first?;
        Some(Difference::Json { path, left, right, others: self.count.saturating_sub(1), hint })
    }
}

/// Whether two arrays have the same items in another order.
fn permuted(left: &[Value], right: &[Value]) -> bool {
    if left.len() != right.len() || left.len() < 2 {
        return false;
    }
    let sorted = |items: &[Value]| {
        let mut items: Vec<String> = items.iter().map(Value::to_string).collect();
        items.sort_unstable();
        items
    };
    sorted(left) == sorted(right)
}

/// `.name`, or `["na me"]` where it is not a plain word.
fn field(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(plain) {
        format!(".{key}")
    } else {
        format!("[{}]", Value::from(key))
    }
}
