//! What there is to know of a code, and how the table of codes is declared.

use serde::{Serialize, Serializer};

use super::{Code, Severity};

/// What a code bears on; decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// A CEC exit (H-1.5); its number is the exit status.
    Cec(u8),
    /// Any other refusal.
    Refusal,
    /// A policy file that cannot be used.
    Policy,
    /// A command line that cannot be used.
    Usage,
    /// A fact that is neither proven nor disproven.
    NotEstablished,
    /// The command was stopped from outside.
    Interrupted,
}

/// What there is to say about a code.
pub(super) struct CodeEntry {
    pub(super) name: &'static str,
    pub(super) concern: Concern,
    pub(super) severity: Severity,
    pub(super) meaning: &'static str,
    pub(super) cause: &'static str,
    pub(super) fix: &'static str,
    pub(super) source: &'static str,
}

macro_rules! codes {
    ($($variant:ident = $name:literal, $concern:expr, $severity:ident,
        means $meaning:literal, because $cause:literal, fix $fix:literal, source $source:literal;)*) => {
        /// A stable name for a kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            pub(super) fn entry(self) -> CodeEntry {
                match self {
                    $(Code::$variant => CodeEntry {
                        name: $name,
                        concern: $concern,
                        severity: Severity::$severity,
                        meaning: $meaning,
                        cause: $cause,
                        fix: $fix,
                        source: $source,
                    },)*
                }
            }
        }
    };
}

pub(super) use codes;

impl Code {
    /// The stable name, such as `CEC-20` or `dirty-tree`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it bears on.
    #[must_use]
    pub fn concern(self) -> Concern {
        self.entry().concern
    }

    /// The severity of a finding of this code, unless the finding says otherwise.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// One sentence: what it means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.entry().meaning
    }

    /// One sentence: why it comes up.
    #[must_use]
    pub fn cause(self) -> &'static str {
        self.entry().cause
    }

    /// What fixes it.
    #[must_use]
    pub fn fix(self) -> &'static str {
        self.entry().fix
    }

    /// The rules of docs/requirements.md that it comes from, or `own`; in parentheses what else
    /// it follows.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.entry().source
    }

    /// Where it comes from, for people.
    #[must_use]
    pub fn origin(self) -> String {
        let (rules, aside) = match self.source().split_once(" (") {
            Some((rules, aside)) => {
                (rules, format!("; {}", aside.strip_suffix(')').unwrap_or(aside)))
            }
            None => (self.source(), String::new()),
        };
        match rules {
            "own" => format!("this tool's own rule{aside}"),
            one if !one.contains(',') => format!("requirement {one} (docs/requirements.md){aside}"),
            all => format!("requirements {all} (docs/requirements.md){aside}"),
        }
    }

    /// The code of that name; letter case does not matter.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("no code is named `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_text_is_a_sentence() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
        for code in Code::ALL {
            for text in [code.meaning(), code.cause(), code.fix()] {
                assert!(text.ends_with('.') && text.len() > 15, "{}: {text}", code.name());
            }
            assert!(!code.source().is_empty());
            assert_eq!(Code::from_name(code.name()), Some(*code));
        }
    }

    #[test]
    fn names_are_kebab_case_or_the_documents_own() {
        for code in Code::ALL {
            let name = code.name();
            let own = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            let documents = ["CEC-", "REFUSE-", "NO_MERGE"].iter().any(|p| name.starts_with(p));
            assert!(own || documents, "{name}");
        }
    }
}
