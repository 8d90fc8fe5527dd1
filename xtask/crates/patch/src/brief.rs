//! What a coding agent must know before it works in a repository, from policy alone.
//! Agents read it each time, so it is short.

use thrice_findings::Code;
use thrice_orr::judge::branch::example;
use thrice_orr::judge::triage;
use thrice_programme::branches::Kind;
use thrice_programme::filemap::{Approval, Area, Barrier, Content, PlacedGlob};
use thrice_programme::{Action, Filemap, Gate, Policy};
use thrice_report::markdown::{code, codes, line, table};

/// The states of H-1.1.
const STATES: &str = "PLANNING → PATCHING → SANDBOX_PUSH → ORR_RUN[n] → ORR_OK? → (NO) REPLAN | \
    (YES) PR_OPEN → REVIEW → MERGE | REWORK";

/// The commands from an empty branch to a checked body: the words of each, what goes
/// with them, and what it is for.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("branch sandbox", "", "makes your branch at the base; never work on the default branch"),
    ("filemap check", "", "after each commit: is every path that the patch touches inside?"),
    ("plan new", " > out/plan.json", "drafts the plan from the diff; correct its tasks"),
    ("plan check", " out/plan.json", "is the plan whole, and of this patch?"),
    (
        "orr",
        " --runs 3",
        "all gates, three times, on the commit; the evidence must be the same bytes",
    ),
    ("pr-body", " > out/body.md", "writes the body of the pull request; change nothing in it"),
    ("pr-body", " --check out/body.md", "is the body whole, and true?"),
    ("review", " --body out/body.md", "the reviewer's checklist, answered as far as it can be"),
];

/// The gates whose triage H-8.1 draws.
const TRIAGED: &[&str] = &["T3", "T6", "T7"];

/// The brief of a programme, in Markdown.
#[must_use]
pub(crate) fn text(policy: &Policy) -> String {
    let programme = &policy.programme;
    let sections = [
        format!(
            "## What a coding agent must know here\n\nThe rules of {} (`{}`), from `policy/`. \
            Patches are for `{}`. What you write is a claim; what counts is what `cargo xtask` \
            sees. What it could not see is *not established*, and does not pass. Exit status 0 \
            is a pass; add `--format json` to read the rest by program.",
            line(&programme.name),
            programme.id,
            programme.default_branch,
        ),
        paths_section(policy),
        branches_section(policy),
        commands_section(policy),
        gates_section(&policy.gates.gates),
        codes_section(),
        triage_section(&policy.gates.gates),
        "### Rolling back\n\nNothing is in production before a merge: close the pull request and \
        discard the sandbox branch. Nothing else is to be undone."
            .to_owned(),
    ];
    let mut text = sections.join("\n\n");
    text.push('\n');
    text
}

fn paths_section(policy: &Policy) -> String {
    let output = &policy.programme.output;
    let mut text = "### What a patch may touch\n\n".to_owned();
    let Some(filemap) = &policy.filemap else {
        text.push_str("There is no `policy/filemap.toml`: no path is declared, so ask first.");
        return text;
    };
    let rows = filemap.areas.iter().map(|area| row(area, policy));
    text.push_str(&table(&["area", "paths", "proven by", "owners"], rows));
    text.push_str("\nEverything else is outside (CEC-10). `cargo xtask filemap explain PATH` says which rule decides.");
    if filemap.single_patch {
        text.push_str(" A patch is one straight line of commits on its base: no merges.");
    }
    text.push('\n');
    let mut never: Vec<String> = filemap.deny.iter().chain(&filemap.frozen).map(barrier).collect();
    never.push(format!("{}: the tool writes what lies there", code(&format!("{output}/**"))));
    text.push_str(&bullets("Never touch, whatever an area says:", never));
    text.push_str(&rules(filemap));
    text.trim_end().to_owned()
}

fn rules(filemap: &Filemap) -> String {
    let approvals = filemap.approvals.iter().map(approval).collect();
    let content = filemap.content.iter().map(content).collect();
    let stories = filemap
        .stories
        .iter()
        .map(|scope| format!("{}: only {}", code(scope.story.as_str()), codes(&scope.areas)));
    [
        bullets("Only with a recorded approval; propose it in a patch of its own:", approvals),
        bullets("What files must hold, or must never hold:", content),
        bullets("Stories whose map is narrower:", stories.collect()),
    ]
    .concat()
}

fn bullets(head: &str, items: Vec<String>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: String = items.iter().map(|item| format!("- {item}\n")).collect();
    format!("\n{head}\n\n{items}")
}

fn globs(globs: &[PlacedGlob]) -> String {
    codes(globs.iter().map(|glob| glob.glob.text()))
}

fn row(area: &Area, policy: &Policy) -> Vec<String> {
    let mut paths = globs(&area.paths);
    if !area.except.is_empty() {
        paths.push_str(&format!(", but not {}", globs(&area.except)));
    }
    let members = |owner: &String| {
        let role = policy.programme.roles.iter().find(|role| role.name.value == *owner);
        let members = role.map(|role| role.members.join(" ")).unwrap_or_default();
        format!("{} ({members})", line(owner))
    };
    let owners: Vec<String> = area.owners.iter().map(members).collect();
    vec![line(&area.name), paths, area.gates.join(" "), owners.join(", ")]
}

fn barrier(rule: &Barrier) -> String {
    format!("{}: {}", globs(&rule.paths), line(&rule.reason))
}

fn approval(rule: &Approval) -> String {
    let roles = rule.roles.iter().map(|role| line(role)).collect::<Vec<_>>().join(" or ");
    let by = if roles.is_empty() { "any role that approves".to_owned() } else { roles };
    format!("{} ({by}): {}", globs(&rule.paths), line(&rule.reason))
}

fn content(rule: &Content) -> String {
    let mut parts = Vec::new();
    if !rule.must.is_empty() {
        parts.push(format!("must match {}", codes(rule.must.iter().map(|p| p.0.as_str()))));
    }
    if !rule.never.is_empty() {
        parts.push(format!("must never match {}", codes(rule.never.iter().map(|p| p.0.as_str()))));
    }
    format!("{} {}: {}", globs(&rule.paths), parts.join(" and "), line(&rule.reason))
}

fn branches_section(policy: &Policy) -> String {
    let branch = &policy.programme.default_branch;
    let mut text = format!(
        "### Branches\n\nWork on a branch that begins at the HEAD of `{branch}`; \
        `cargo xtask branch check` says whether its name will do. Where `{branch}` has moved on \
        (CEC-60), rebase and begin the review again."
    );
    if let Some(branches) = &policy.branches {
        text.push_str("\n\n");
        let row = |kind: &Kind| {
            let whose = if kind.sandbox { " (for the review)" } else { "" };
            let name = format!("{}{whose}", kind.name);
            [name, code(&kind.form), code(&example(kind, branches))].to_vec()
        };
        text.push_str(&table(&["kind", "form", "such as"], branches.kinds.iter().map(row)));
    }
    text.trim_end().to_owned()
}

fn commands_section(policy: &Policy) -> String {
    let mut text = format!("### The commands, in their order\n\n`{STATES}`\n\n");
    for (number, (words, rest, about)) in (1..).zip(COMMANDS) {
        text.push_str(&format!("{number}. `cargo xtask {words}{rest}`: {about}\n"));
    }
    text.push_str(&format!(
        "\nOpen the pull request when all of them pass, not before. While you work, \
        `cargo xtask gates run T4` runs one gate. Do not write below `{}` what the tool is to \
        find there, take tests out, or widen a `scrub`: each of these is found and refused.",
        policy.programme.output
    ));
    text
}

fn gates_section(gates: &[Gate]) -> String {
    let decided_by = |gate: &Gate| match &gate.action {
        Action::Builtin(builtin) => format!("built-in {}", code(builtin.word())),
        Action::Run(commands) => codes(commands.iter().map(|command| command.join(" "))),
    };
    let items = gates
        .iter()
        .map(|gate| format!("- {} {}: {}", gate.id, line(&gate.name), decided_by(gate)))
        .collect::<Vec<_>>();
    format!("### The gates\n\n{}", items.join("\n"))
}

/// The codes of the documents; those of the project are left to `explain`.
fn codes_section() -> String {
    let named = |code: &&Code| {
        ["CEC-", "REFUSE-", "NO_MERGE"].iter().any(|start| code.name().starts_with(start))
    };
    let rows = Code::ALL
        .iter()
        .filter(named)
        .map(|code| vec![code.name().to_owned(), line(code.meaning()), line(code.fix())]);
    let table = table(&["code", "means", "do"], rows);
    format!("### When it refuses\n\n{table}\n`cargo xtask explain CODE` says more, of every code.")
}

fn triage_section(gates: &[Gate]) -> String {
    let mut text = "### When a gate is red\n".to_owned();
    for gate in gates.iter().filter(|gate| TRIAGED.contains(&gate.id.as_str())) {
        let steps: Vec<String> = triage::steps(&gate.id);
        text.push_str(&format!("\n{} {}: {}.\n", gate.id, line(&gate.name), steps.join("; ")));
    }
    text.push_str("\n`cargo xtask explain T4` has the steps for each gate. There is no waiver.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use thrice_programme::controls;

    #[test]
    fn every_command_that_is_named_is_one() {
        for (words, ..) in COMMANDS {
            assert!(controls::COMMANDS.contains(words), "{words}");
        }
    }

    #[test]
    fn every_gate_that_is_named_has_steps() {
        for gate in triage::GATES {
            assert!(triage::steps(gate).len() >= 3, "{gate}");
        }
        assert_eq!(triage::steps("T9"), [""; 0]);
        let third =
            "does a file end without LF, or does the locale change a text? write it plainly";
        assert_eq!(triage::steps("T6").get(2).map(String::as_str), Some(third));
        let fourth = "does a path, process id or random value stand in it? take it out, or declare it in `scrub` with its reason";
        assert_eq!(triage::steps("T6").get(3).map(String::as_str), Some(fourth));
    }
}
