//! Names for new sandbox branches.

use jiff::{SignedDuration, Timestamp};

use super::read;
use thrice_programme::branches::{BranchKind, Branches, FormPart};

/// How many minutes ahead a name may say, where those before are taken.
const MOST: i64 = 60;

/// Names for a sandbox branch that begins at `base`, the first of which is of this minute
/// and each further one of the minute after. None where policy's form needs more than the
/// time and the base. Without a form in policy, the programme's id begins the name.
#[must_use]
pub fn fresh(
    branches: Option<&Branches>,
    programme: &str,
    base: &str,
    now: Timestamp,
) -> Vec<String> {
    let kind = branches.and_then(|branches| branches.kinds.iter().find(|kind| kind.sandbox));
    let name = |minute: i64| {
        let at = now.checked_add(SignedDuration::from_mins(minute)).ok()?;
        match (branches, kind) {
            (Some(branches), Some(kind)) => {
                let name = written(kind, base, at)?;
                read(name.as_bytes(), branches, Some(base)).is_ok().then_some(name)
            }
            (Some(_), None) => None,
            (None, _) => {
                let short = base.get(..7).unwrap_or(base);
                Some(format!("{programme}-orr-{}-{short}", at.strftime("%Y%m%d-%H%M")))
            }
        }
    };
    (0..MOST).filter_map(name).collect()
}

fn written(kind: &BranchKind, base: &str, at: Timestamp) -> Option<String> {
    let text = |part: &FormPart| match part {
        FormPart::Literal(text) => Some(text.clone()),
        FormPart::Date => Some(at.strftime("%Y%m%d").to_string()),
        FormPart::Time => Some(at.strftime("%H%M").to_string()),
        FormPart::Base => Some(base.get(..7).unwrap_or(base).to_owned()),
        FormPart::Id(_) | FormPart::Slug => None,
    };
    kind.parts.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn without_a_form_the_programme_begins_the_name_and_each_minute_has_one() {
        let names = fresh(None, "demo", BASE, at("2026-11-28T23:59:30Z"));
        assert_eq!(names[0], "demo-orr-20261128-2359-1a2b3c4");
        assert_eq!(names[1], "demo-orr-20261129-0000-1a2b3c4");
        assert_eq!(names.len(), 60);
    }
}
