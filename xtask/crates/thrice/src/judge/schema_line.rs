//! The line `#:schema` of a policy file, by which an editor finds the file's JSON Schema.

use serde_json::Value;

use thrice_documents::judge::joined;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::schema;

/// Where `init` writes schemas, in the folder of policy.
pub(crate) const FOLDER: &str = "schema";

/// What the first lines of a policy file name as its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaLine {
    /// The policy file, without `.toml`.
    pub kind: String,
    /// The policy file's path in the repository.
    file: String,
    /// Its line, counted from one.
    line: usize,
    /// The schema's path in the repository.
    pub path: String,
}

/// Whether the file that such a line names is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemaState {
    Current,
    Missing,
    /// A schema of this policy file by another version.
    Stale,
    /// Something else, which is never written over.
    Foreign,
}

impl SchemaLine {
    /// The line of a policy file that names a schema in this repository; nothing where there is
    /// none, or where it names an address. `file` is the path of the policy file in the repository.
    #[must_use]
    pub(crate) fn of(file: &str, text: &str) -> Option<Self> {
        let name = file.rsplit('/').next()?;
        let kind = schema::names().into_iter().find(|kind| name == format!("{kind}.toml"))?;
        let head = text.lines().take_while(|line| line.starts_with('#'));
        let named = |(at, line): (usize, &str)| {
            Some((at + 1, line.strip_prefix("#:schema ")?.trim().to_owned()))
        };
        let (line, target) = head.enumerate().find_map(named)?;
        let local = !target.contains(':') && !target.starts_with('/');
        let path = joined(file, &target).filter(|_| local)?;
        Some(Self { kind: kind.to_owned(), file: file.to_owned(), line, path })
    }

    /// How the file is that the line names.
    #[must_use]
    pub(crate) fn state(&self, there: Option<&[u8]>) -> SchemaState {
        let Some(there) = there else { return SchemaState::Missing };
        let Ok(there) = serde_json::from_slice::<Value>(there) else { return SchemaState::Foreign };
        match schema::of(&self.kind) {
            Some(schema) if schema == there => SchemaState::Current,
            Some(schema) if schema["title"] == there["title"] => SchemaState::Stale,
            _ => SchemaState::Foreign,
        }
    }

    /// What is wrong with the file that the line names, as a warning.
    #[must_use]
    pub(crate) fn finding(&self, state: SchemaState) -> Option<Finding> {
        let Self { kind, path, .. } = self;
        let upgrade = "`cargo xtask policy upgrade` writes it".to_owned();
        let (message, help) = match state {
            SchemaState::Current => return None,
            SchemaState::Missing => (format!("there is no schema {path}"), upgrade),
            SchemaState::Stale => {
                (format!("the schema {path} is not the one of this version"), upgrade)
            }
            SchemaState::Foreign => (
                format!("{path} isn't the schema of {kind}.toml"),
                match path.ends_with(&format!("{FOLDER}/{kind}.schema")) {
                    true => "delete it; `cargo xtask policy upgrade` writes it anew".to_owned(),
                    false => format!("name one of its own: `#:schema {FOLDER}/{kind}.schema`"),
                },
            ),
        };
        let place = Place::line(&self.file, self.line);
        Some(Finding::new(Code::PolicySchema, message).help(help).at(place))
    }
}

/// The text of a schema as it is written beside policy: on one line, so that a review shows one.
/// Where a name ends in `.json`, as people read it.
#[must_use]
pub(crate) fn text(kind: &str, path: &str) -> String {
    let schema = schema::of(kind).unwrap_or_default();
    if path.ends_with(".json") { format!("{schema:#}\n") } else { format!("{schema}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_leads_from_the_policy_file_to_a_path_of_the_repository() {
        for (file, text, path) in [
            (
                "policy/gates.toml",
                "#:schema schema/gates.schema\n",
                Some("policy/schema/gates.schema"),
            ),
            ("policy/gates.toml", "#:schema ./schema/g\r\nx = 1", Some("policy/schema/g")),
            ("policy/gates.toml", "# first\n#:schema ../docs/g.json \n", Some("docs/g.json")),
            ("policy/gates.toml", "\n#:schema g\n", None),
            ("policy/gates.toml", "#:schema https://x.example/g.json\n", None),
            ("policy/gates.toml", "#:schema /etc/passwd\n", None),
            ("policy/gates.toml", "#:schema ../../g\n", None),
            ("policy/gates.toml", "x = '''\n#:schema g'''\n", None),
            ("policy/other.toml", "#:schema g\n", None),
            ("gates.toml", "#:schema g\n", Some("g")),
        ] {
            let read = SchemaLine::of(file, text).map(|line| line.path);
            assert_eq!(read.as_deref(), path, "{file}: {text}");
        }
    }

    #[test]
    fn only_a_schema_of_this_file_is_current_or_stale() {
        let line = SchemaLine::of("policy/gates.toml", "#:schema g").unwrap();
        let state = |bytes: &str| line.state(Some(bytes.as_bytes()));
        assert_eq!(state(&text("gates", "g")), SchemaState::Current);
        assert_eq!(state(&text("gates", "g.json")), SchemaState::Current);
        assert_eq!(state("{\"title\": \"policy/gates.toml\"}"), SchemaState::Stale);
        for other in ["", "{}", "null", "fn main() {}", &text("risk", "r")] {
            assert_eq!(state(other), SchemaState::Foreign, "{other}");
        }
        assert_eq!(line.state(None), SchemaState::Missing);
        for state in [SchemaState::Missing, SchemaState::Stale, SchemaState::Foreign] {
            let finding = line.finding(state).unwrap();
            assert_eq!(finding.place.unwrap().describe(), "policy/gates.toml:1");
            assert_eq!(finding.severity, thrice_findings::Severity::Warn);
        }
        assert_eq!(line.finding(SchemaState::Current), None);
    }
}
