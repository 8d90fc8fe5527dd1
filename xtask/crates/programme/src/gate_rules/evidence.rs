//! Evidence that no gate can leave: found before the first review is made in vain.

use super::super::gates::{Builtin, RawGate};
use super::Gate;
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::listed;
use thrice_policy::values::PathGlob;

/// Commands that write no file below `$EVIDENCE_DIR`, whatever they find: a program, and its
/// verbs where only some are such.
const SILENT: &[(&str, &[&str])] = &[
    ("cargo", &["fmt", "clippy", "check", "c", "build", "b", "audit", "deny", "doc"]),
    ("npm", &["audit", "ci", "install"]),
    ("pnpm", &["audit", "install"]),
    ("yarn", &["audit", "install"]),
    ("go", &["vet", "build"]),
    ("gofmt", &[]),
    ("eslint", &[]),
    ("prettier", &[]),
    ("tsc", &[]),
    ("ruff", &[]),
    ("mypy", &[]),
    ("flake8", &[]),
    ("black", &[]),
    ("shellcheck", &[]),
    ("actionlint", &[]),
];

/// Refuses evidence that the gate cannot leave: in another gate's folder, a file that the
/// built-in does not write, or none at all of commands that write nothing.
pub(super) fn check_evidence(gate: &Placed<RawGate>, output: &str, findings: &mut Vec<Finding>) {
    let raw = &gate.value;
    let (Some(id), Some(name)) = (&raw.id, &raw.name) else { return };
    let folder = format!("{output}/evidence/{}_{}", id.value, name.value);
    let builtin = raw.builtin.as_ref().and_then(|written| written.value.0);
    for glob in raw.evidence.iter().flat_map(|list| &list.value) {
        let problem = cannot_be_written(&glob.value, &folder, output, builtin);
        findings.extend(
            problem.map(|(message, help)| glob.finding(Code::PolicyValue, message).help(help)),
        );
    }
    let commands = raw.run.as_ref().and_then(|run| run.value.0.as_ref());
    if raw.evidence.is_none()
        && raw.tests.is_none()
        && let Some(commands) = commands
        && commands.0.iter().all(|argv| is_silent(argv))
    {
        let command = commands.0.iter().map(|argv| argv.join(" ")).next_back().unwrap_or_default();
        let message = format!("{} can leave no evidence: `{command}` writes no file", id.value);
        let help = format!(
            "declare `evidence = [\"{folder}/{}\"]`, where the record of the command and its \
             status is enough",
            Gate::RECORD
        );
        findings.push(gate.finding(Code::PolicyValue, message).help(help));
    }
}

fn cannot_be_written(
    glob: &PathGlob,
    folder: &str,
    output: &str,
    builtin: Option<Builtin>,
) -> Option<(String, String)> {
    let text = glob.text();
    if !may_match_below(text, folder) && may_match_below(text, &format!("{output}/evidence")) {
        let message = format!("nothing writes `{text}`: this gate's evidence lies in `{folder}/`");
        return Some((message, format!("write `{folder}/…`")));
    }
    let files = builtin?.files();
    let is_written =
        |name: &&str| glob.is_match(&format!("{folder}/{name}")) || glob.is_match(name);
    if files.iter().chain([&Gate::RECORD]).any(is_written) {
        return None;
    }
    let word = builtin.map_or("", Builtin::word);
    let message = format!("nothing writes `{text}`: the built-in `{word}` leaves other files");
    Some((message, format!("it leaves {} in `{folder}/`", listed(files))))
}

/// Whether a glob may match a path below a folder, as far as it has no wildcard.
fn may_match_below(glob: &str, folder: &str) -> bool {
    let mut folders = folder.split('/');
    for part in glob.split('/') {
        let Some(wanted) = folders.next() else { return true };
        if part.contains(['*', '?', '[', '{', '\\']) {
            return true;
        }
        if part != wanted {
            return false;
        }
    }
    false
}

fn is_silent(argv: &[String]) -> bool {
    let mut words = argv.iter().map(String::as_str).skip_while(|word| *word == "npx");
    let Some(program) = words.next() else { return false };
    let verb = words.find(|word| !word.starts_with(['+', '-'])).unwrap_or_default();
    SILENT
        .iter()
        .any(|(silent, verbs)| *silent == program && (verbs.is_empty() || verbs.contains(&verb)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_certainly_cannot_be_written_is_refused() {
        let refused = |glob: &str, builtin| {
            let glob = PathGlob::new(glob).unwrap();
            cannot_be_written(&glob, "out/evidence/T4_tests", "out", builtin).is_some()
        };
        for glob in [
            "out/evidence/T4_test/tests.json",
            "out/evidence/T3_pins/*.json",
            "out/evidence/tests.json",
        ] {
            assert!(refused(glob, None), "{glob}");
        }
        for glob in [
            "out/evidence/T4_tests/tests.json",
            "out/evidence/T?_tests/*.json",
            "out/evidence/**",
            "**/*.xml",
            "target/report.xml",
            "report.xml",
        ] {
            assert!(!refused(glob, None), "{glob}");
        }
        for (glob, is_refused) in [
            ("out/evidence/T4_tests/pins.json", false),
            ("out/evidence/T4_tests/gate.json", false),
            ("out/evidence/T4_tests/*.json", false),
            ("pins.json", false),
            ("out/evidence/T4_tests/pin.json", true),
            ("out/evidence/T4_tests/*.txt", true),
        ] {
            assert_eq!(refused(glob, Some(Builtin::Pins)), is_refused, "{glob}");
        }
    }

    #[test]
    fn a_command_is_silent_where_it_never_writes() {
        let silent =
            |line: &str| is_silent(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in ["npm audit --audit-level=critical", "cargo +1.89 fmt --check", "npx eslint ."]
        {
            assert!(silent(line), "{line}");
        }
        for line in ["npm run lint", "make lint", "sh -c cargo_fmt", "cargo xtask lint", "cargo"] {
            assert!(!silent(line), "{line}");
        }
    }
}
