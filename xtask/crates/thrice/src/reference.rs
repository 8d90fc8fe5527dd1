//! The documents that follow from the program: reference, codes, schemas.

use clap::{Arg, Command};
use serde_json::Value;

use crate::requirements;
use thrice_findings::{Code, Severity};
use thrice_patch::judge::{plan, pr_body};
use thrice_programme::schema;
use thrice_pull::verbs::status;
use thrice_report::markdown::NOTICE;

/// Path and text of every generated document.
#[must_use]
pub fn documents(command: &Command) -> Vec<(String, String)> {
    let mut documents = vec![
        ("docs/reference.md".to_owned(), reference(command)),
        ("docs/codes.md".to_owned(), codes()),
        (requirements::PATH.to_owned(), requirements::render()),
    ];
    for name in schema::names() {
        let schema = schema::of(name).unwrap_or_default();
        documents.push((format!("docs/schema/{name}.json"), format!("{schema:#}\n")));
    }
    for (name, schema) in [
        ("plan", plan::schema()),
        ("story-notes", pr_body::story_schema()),
        ("status", status::schema()),
    ] {
        documents.push((format!("docs/schema/{name}.json"), format!("{schema:#}\n")));
    }
    documents
}

fn reference(command: &Command) -> String {
    let mut built = command.clone();
    built.build();
    let mut text = format!("{NOTICE}# Reference\n\n## Every command takes\n\n");
    for argument in built.get_arguments().filter(|argument| argument.is_global_set()) {
        text.push_str(&describe(argument));
    }
    text.push_str(EXITS);
    text.push_str("## Commands\n");
    for sub in built.get_subcommands() {
        describe_command(sub, "cargo xtask", &mut text);
    }
    text.push_str("\n## Policy\n\nAll files are TOML and lie in `policy/`.\n");
    for name in schema::names() {
        text.push_str(&format!("\n### policy/{name}.toml\n\n"));
        describe_table(&schema::of(name).unwrap_or_default(), "", &mut text);
    }
    text
}

const EXITS: &str = "\n## Exit statuses\n
| status | meaning |
| --- | --- |
| 0 | pass |
| 10, 20, 30, 40, 50, 60 | the CEC exit of that number; of several, the smallest |
| 1 | any other finding that refuses |
| 2 | wrong usage |
| 3 | invalid policy |
| 4 | not established |
| 130 | interrupted |

";

fn describe_command(command: &Command, prefix: &str, text: &mut String) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let path = format!("{prefix} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let children: Vec<_> = command.get_subcommands().filter(|c| c.get_name() != "help").collect();
    if !command.is_subcommand_required_set() {
        let places: Vec<String> = command.get_positionals().map(|p| format!(" {p}")).collect();
        text.push_str(&format!("\n### `{path}{}`\n\n{about}.\n", places.concat()));
        let own: Vec<_> = command
            .get_arguments()
            .filter(|a| !a.is_global_set() && a.get_id() != "help")
            .collect();
        if !own.is_empty() {
            text.push('\n');
        }
        for argument in own {
            text.push_str(&describe(argument));
        }
    }
    for child in children {
        describe_command(child, &path, text);
    }
}

fn describe(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let takes_value = argument.get_action().takes_values();
    let words: Vec<_> = if takes_value {
        argument.get_possible_values().iter().map(|v| format!("`{}`", v.get_name())).collect()
    } else {
        Vec::new()
    };
    let mut text = format!("- `{argument}`: {help}");
    if !words.is_empty() {
        text.push_str(&format!("; one of {}", words.join(", ")));
    }
    if takes_value && !defaults.is_empty() {
        text.push_str(&format!(". Default: `{}`", defaults.join(" ")));
    }
    text.push_str(".\n");
    text
}

/// A table of policy, then the tables in it.
fn describe_table(schema: &Value, path: &str, text: &mut String) {
    if let Some(about) = schema["description"].as_str() {
        text.push_str(&format!("{about}\n\n"));
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    text.push_str("| key | form | meaning |\n| --- | --- | --- |\n");
    let mut inner = Vec::new();
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let (form, table) = form(value);
        let must = if required.contains(&key.as_str()) { ", required" } else { "" };
        let meaning = value["description"].as_str().unwrap_or_default().replace('|', "\\|");
        text.push_str(&format!("| `{key}` | {form}{must} | {meaning} |\n"));
        if let Some((table, marks)) = table {
            inner.push((format!("{path}{key}{marks}"), table));
        }
    }
    for (name, table) in inner {
        text.push_str(&format!("\n#### `{name}`\n\n"));
        let path = format!("{}.", name.trim_end_matches(".NAME").trim_end_matches("[]"));
        describe_table(table, &path, text);
    }
}

/// The form of a value in words, and the table inside it with the marks of its name.
fn form(schema: &Value) -> (String, Option<(&Value, &'static str)>) {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> =
            words.iter().filter_map(Value::as_str).map(|w| format!("`{w}`")).collect();
        return (words.join(" or "), None);
    }
    if schema["oneOf"].is_array() {
        return ("argv, or list of argv".to_owned(), None);
    }
    match schema["type"].as_str() {
        Some("array") if schema["items"]["properties"].is_object() => {
            ("list of tables".to_owned(), Some((&schema["items"], "[]")))
        }
        Some("array") => (format!("list of {}", form(&schema["items"]).0), None),
        Some("object") if schema["properties"].is_object() => {
            ("table".to_owned(), Some((schema, "")))
        }
        Some("object") if schema["additionalProperties"]["properties"].is_object() => {
            ("tables by name".to_owned(), Some((&schema["additionalProperties"], ".NAME")))
        }
        Some("object") => ("texts by name".to_owned(), None),
        Some("string") if schema["format"] == "regex" => ("pattern".to_owned(), None),
        Some("string") if schema["examples"].is_array() => ("time span".to_owned(), None),
        Some("string") => ("text".to_owned(), None),
        Some("integer") => ("whole number".to_owned(), None),
        Some("boolean") => ("true or false".to_owned(), None),
        _ => ("value".to_owned(), None),
    }
}

fn codes() -> String {
    let mut text = format!(
        "{NOTICE}# Codes\n\n`cargo xtask explain CODE` says the same, with the triage tree.\n"
    );
    for code in Code::ALL {
        let severity = match code.severity() {
            Severity::Refuse => "refuses",
            Severity::Warn => "warns",
            Severity::Note => "is a note",
        };
        text.push_str(&format!(
            "\n## {}\n\n{}\n\n- {severity}; from {}\n- Why: {}\n- Fix: {}\n",
            code.name(),
            code.meaning(),
            code.origin(),
            code.cause(),
            code.fix()
        ));
    }
    text
}
