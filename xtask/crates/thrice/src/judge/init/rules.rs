//! The other files: the programme, the Filemap and the branches.

use std::collections::{BTreeMap, BTreeSet};

use super::{InitFacts, NewRole};

/// A text as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of texts as TOML has it.
fn list(texts: &[String]) -> String {
    let all: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", all.join(", "))
}

/// How long a line of TOML may get, in characters: what taplo allows where nobody says more.
const COLUMNS: usize = 80;

/// An entry whose value is a list of TOML, laid out as taplo does, so that a repository whose
/// TOML it checks stays formatted: on one line, or an item on each.
pub(super) fn list_entry(key: &str, items: &[String]) -> String {
    let line = format!("{key} = [{}]", items.join(", "));
    if line.chars().count() <= COLUMNS {
        return line + "\n";
    }
    let items: String = items.iter().map(|item| format!("  {item},\n")).collect();
    format!("{key} = [\n{items}]\n")
}

/// The same of texts.
pub(super) fn text_entry(key: &str, texts: &[String]) -> String {
    list_entry(key, &texts.iter().map(|text| quoted(text)).collect::<Vec<_>>())
}

/// The same of commands, each a list itself, and the comment about them. Where they need several
/// lines the comment goes inside: without it taplo gives each word a line of its own, as it does
/// where a command is too long for one.
pub(super) fn commands_entry(key: &str, about: &str, commands: &[&Vec<String>]) -> String {
    let lines: Vec<String> = commands.iter().map(|command| list(command)).collect();
    let whole = list_entry(key, &lines);
    if whole.lines().count() == 1 {
        return format!("{about}\n{whole}");
    }
    let fits = lines.iter().all(|line| line.chars().count() + "  ,".len() <= COLUMNS);
    let words = |command: &&Vec<String>| {
        let words = command.iter().map(|word| format!("\n    {},", quoted(word)));
        format!("[{}\n  ]", words.collect::<String>())
    };
    let items = if fits { lines } else { commands.iter().map(words).collect() };
    let inside = about.lines().map(str::to_owned).chain(items.into_iter().map(|item| item + ","));
    let inside: String = inside.map(|line| format!("  {line}\n")).collect();
    format!("{key} = [\n{inside}]\n")
}

/// Lower case letters, digits and hyphens, a letter first; `fallback` where nothing is left.
fn plain(text: &str, fallback: &str) -> String {
    let mut out = String::new();
    for character in text.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            out.push(character);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let begun = out.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let short: String = begun.chars().take(32).collect();
    let short = short.trim_end_matches('-');
    if short.is_empty() { fallback.to_owned() } else { short.to_owned() }
}

/// A role for each owner in CODEOWNERS; else one for the owner of the repository on
/// GitHub; else none.
pub(super) fn roles(facts: &InitFacts) -> Vec<NewRole> {
    let owners: BTreeSet<&String> =
        facts.owners.iter().flat_map(|(_, owners)| owners.values().flatten()).collect();
    let mut roles: Vec<NewRole> = Vec::new();
    for member in owners.into_iter().filter(|owner| owner.starts_with('@')) {
        let name = plain(member.rsplit(['/', '@']).next().unwrap_or_default(), "owner");
        let taken = |name: &String| roles.iter().any(|role| role.name == *name);
        let name = if taken(&name) { plain(member, "owner") } else { name };
        if !taken(&name) {
            roles.push(NewRole { name, member: member.clone() });
        }
    }
    if roles.is_empty()
        && let Some(owner) = &facts.owner
    {
        roles.push(NewRole { name: "maintainer".to_owned(), member: format!("@{owner}") });
    }
    roles
}

pub(super) fn programme(facts: &InitFacts, roles: &[NewRole], output: &str) -> String {
    let mut text = format!(
        "# What this repository is called, and who works on it. Written by `init`; change what doesn't fit.

# Names the results: {output}/{id}-evidence.zip.
id = \"{id}\"
# What people call it.
name = {name}
# The branch that patches are for.
default_branch = {branch}
# The time zone in which days and hours are meant, by its IANA name.
time_zone = \"UTC\"
",
        id = plain(&facts.name, "repository"),
        name = quoted(if facts.name.trim().is_empty() { "repository" } else { &facts.name }),
        branch = quoted(&facts.default_branch),
    );
    if output != "out" {
        text.push_str(&format!(
            "# The folder for results, which git ignores.\noutput = \"{output}\"\n"
        ));
    }
    if roles.is_empty() {
        text.push_str(
            "
# Who answers for what. Uncomment the lines and write your own logins, or teams as
# `@org/team`; then a gate can have `owner = \"maintainer\"`, and an area `owners`.
# [roles.maintainer]
# members = [\"@login\"]
",
        );
    }
    for role in roles {
        text.push_str(&format!(
            "\n# Who answers for what: a login, or a team as `@org/team`.\n[roles.{}]\nmembers = [{}]\n",
            role.name,
            quoted(&role.member)
        ));
    }
    text
}

/// An area for each folder at the top, and one for the files beside them.
pub(super) fn filemap(facts: &InitFacts, roles: &[NewRole], gates: &[String]) -> String {
    let mut folders: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for path in &facts.files {
        let top = path.split_once('/').map_or("", |(top, _)| top);
        folders.entry(top).or_default().push(path);
    }
    folders.entry("").or_default();
    folders.entry("policy").or_default();
    let mut text = String::from(
        "# Which paths a patch may touch. Every other path is outside, and refused.
# Written by `init` from the folders of this repository; join or split them as you work.
",
    );
    let mut names: Vec<String> = Vec::new();
    for (folder, paths) in folders {
        let (mut name, glob, about) = match folder {
            "" => ("top".to_owned(), "*".to_owned(), "The files at the top.".to_owned()),
            "policy" => (
                "policy".to_owned(),
                "policy/**".to_owned(),
                "These rules. A change of them needs an approval as well.".to_owned(),
            ),
            ".github" => (
                plain(folder, "folder"),
                format!("{}/**", escaped(folder)),
                "The folder .github. A change of workflows or owners needs an approval as well."
                    .to_owned(),
            ),
            folder => (
                plain(folder, "folder"),
                format!("{}/**", escaped(folder)),
                format!("The folder {}.", folder.replace(char::is_control, "?")),
            ),
        };
        while names.contains(&name) {
            name.push('x');
        }
        text.push_str(&format!("\n# {about}\n[[areas]]\n"));
        explain(&mut text, "Its name in messages.");
        text.push_str(&format!("name = \"{name}\"\n"));
        explain(&mut text, "The paths in it.");
        text.push_str(&text_entry("paths", &[glob]));
        let owners = owners(facts, roles, &paths);
        if !owners.is_empty() {
            explain(&mut text, "The roles that answer for it.");
            text.push_str(&text_entry("owners", &owners));
        }
        let proving = looking(folder, facts, gates);
        if !proving.is_empty() && folder != "policy" {
            explain(
                &mut text,
                "The gates that a plan names for a change in it; take out those that don't look here.",
            );
            text.push_str(&text_entry("gates", &proving));
        }
        names.push(name);
    }
    text
}

/// The gates that look at a folder at the top.
fn looking(folder: &str, facts: &InitFacts, gates: &[String]) -> Vec<String> {
    let is_in = |path: &String| path.split_once('/').is_some_and(|(top, _)| top == folder);
    let has_tests = facts.tests.keys().any(is_in);
    let (lints, tests) = match folder {
        "bench" | "benches" | "benchmark" | "benchmarks" => (true, has_tests),
        "doc" | "docs" | "fuzz" => (has_tests, has_tests),
        _ => (true, true),
    };
    let looks = |id: &&String| match folder {
        // Of these, a gate sees the workflows at most.
        ".github" => *id == "T3",
        _ => (lints && id.ends_with('1')) || (tests && id.ends_with('4')),
    };
    gates.iter().filter(looks).cloned().collect()
}

/// A folder's name as a glob that means just it.
pub(super) fn escaped(folder: &str) -> String {
    let special = |c: char| "*?[]{}!\\".contains(c);
    folder.chars().map(|c| if special(c) { format!("[{c}]") } else { c.to_string() }).collect()
}

/// The roles that answer for these paths: of CODEOWNERS, or the only one that there is.
fn owners(facts: &InitFacts, roles: &[NewRole], paths: &[&String]) -> Vec<String> {
    let Some((_, owners)) = &facts.owners else {
        return roles.iter().map(|role| role.name.clone()).collect();
    };
    if paths.is_empty() {
        return roles.first().map(|role| role.name.clone()).into_iter().collect();
    }
    let of = |path: &&&String| owners.get(**path).into_iter().flatten();
    let members: BTreeSet<&String> = paths.iter().flat_map(|path| of(&path)).collect();
    roles
        .iter()
        .filter(|role| members.contains(&role.member))
        .map(|role| role.name.clone())
        .collect()
}

pub(super) fn branches() -> String {
    let mut text = "# What branches are called. Written by `init`; change what doesn't fit.
# `<slug>` is a few words with hyphens between them.
"
    .to_owned();
    for (about, name) in [
        ("that adds something, such as feature/retry-limit", "feature"),
        ("that corrects something, such as fix/empty-input", "fix"),
        ("that does neither, such as chore/renew-lock", "chore"),
    ] {
        branch_kind(&mut text, about, name, &format!("{name}/<slug>"));
    }
    text.push_str(
        "
# The ids of incidents, which `incident open` gives.
[ids.incident]
# What an id looks like.
patterns = ['INC-\\d{3}']
# An id that fits.
examples = [\"INC-001\"]
",
    );
    let about =
        "that corrects what an open incident is about: it passes the freeze of that incident";
    branch_kind(&mut text, about, "hotfix", "hotfix/<incident>-<slug>");
    let about = "for one review, as `branch sandbox` makes it: when it began, and on which commit";
    branch_kind(&mut text, about, "sandbox", "review-<date>-<time>-<base>");
    text.push_str("# The kind that `branch sandbox` makes.\nsandbox = true\n");
    text
}

fn branch_kind(text: &mut String, about: &str, name: &str, form: &str) {
    text.push_str(&format!("\n# A branch {about}.\n[[kinds]]\n"));
    explain(text, "Its name in messages.");
    text.push_str(&format!("name = \"{name}\"\n"));
    explain(text, "The form of its name.");
    text.push_str(&format!("form = \"{form}\"\n"));
}

/// A comment about a key, where the file has it for the first time.
pub(super) fn explain(text: &mut String, comment: &str) {
    let comment = format!("# {comment}\n");
    if !text.contains(&comment) {
        text.push_str(&comment);
    }
}
