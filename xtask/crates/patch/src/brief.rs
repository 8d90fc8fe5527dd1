//! What a coding agent must know before it works in a repository, from policy alone.
//! Agents read it each time, so it is short.

use thrice_findings::Code;
use thrice_findings::text::command_line;
use thrice_orr::judge::branch::example;
use thrice_programme::branches::{BranchKind, Branches};
use thrice_programme::filemap::{Approval, Area, Barrier, ContentRules, PlacedGlob};
use thrice_programme::{Action, Filemap, Gate, Policy};
use thrice_report::markdown::{code, codes, line};

/// A step from an empty branch to a pull request that may be merged.
struct BriefStep {
    /// The words of its command.
    words: &'static str,
    /// What goes with them; `{out}` is the folder of outputs.
    rest: &'static str,
    /// What it is for.
    about: &'static str,
    /// Whether this policy has what it needs.
    applies: fn(&Policy) -> bool,
}

/// The steps, in their order: typed as they are, each leads to the next.
const STEPS: &[BriefStep] = &[
    BriefStep {
        words: "branch sandbox",
        rest: "",
        about: "makes your branch at the base; never work on the default branch",
        applies: |policy| policy.branches.as_ref().is_some_and(Branches::has_sandboxes),
    },
    BriefStep {
        words: "filemap check",
        rest: "",
        about: "after each commit: is every path that the patch touches inside?",
        applies: has_filemap,
    },
    BriefStep {
        words: "plan new",
        rest: " --write {out}/plan.json",
        about: "drafts the plan from the diff; correct its tasks",
        applies: has_filemap,
    },
    BriefStep {
        words: "plan check",
        rest: " {out}/plan.json",
        about: "is the plan complete, and of this patch?",
        applies: has_filemap,
    },
    BriefStep {
        words: "orr",
        rest: "",
        about: "all gates, three times, on the commit; the evidence must be the same bytes",
        applies: |policy| !is_on_server(policy),
    },
    BriefStep {
        words: "orr",
        rest: " --on github",
        about: "all gates, three times, on the commit, by the server: no other runs count",
        applies: is_on_server,
    },
    BriefStep {
        words: "pr-body",
        rest: " --write {out}/body.md",
        about: "writes the body; your own words go right below the title, under `## Summary` alone",
        applies: has_filemap,
    },
    BriefStep {
        words: "review",
        rest: " --body {out}/body.md",
        about: "is the body complete and true, and is the reviewer's checklist answered?",
        applies: has_filemap,
    },
    BriefStep {
        words: "pr open",
        rest: "",
        about: "opens the pull request; then `pr verify` and `pr merge-check`; after rework, `pr update`",
        applies: |policy| has_filemap(policy) && is_on_server(policy),
    },
    BriefStep {
        words: "status",
        rest: "",
        about: "at any moment: where the patch stands, what is missing, the next line to type",
        applies: |_| true,
    },
];

fn has_filemap(policy: &Policy) -> bool {
    policy.filemap.is_some()
}

/// Whether the runs are made by the workflow that policy names.
fn is_on_server(policy: &Policy) -> bool {
    policy.gates.ruleset.is_some()
}

/// The brief of a programme, in Markdown.
#[must_use]
pub(crate) fn text(policy: &Policy) -> String {
    let programme = &policy.programme;
    let name = line(&programme.name);
    let named = match name == programme.id {
        true => name,
        false => format!("{name} (`{}`)", programme.id),
    };
    let sections = [
        format!(
            "## What a coding agent must know here\n\nThe rules of {}, from `policy/`. \
            Patches are for `{}`. What you write is a claim; what counts is what `cargo xtask` \
            sees. What it could not see is *not established*, and does not pass. Exit status 0 \
            is a pass. With `--format json`, each of `findings` has its `code` and `help`, and \
            `data.next` of `status` is the line to type.",
            named, programme.default_branch,
        ),
        paths_section(policy),
        branches_section(policy),
        commands_section(policy),
        gates_section(&policy.gates.gates),
        codes_section(),
        "### Rolling back\n\nNothing is in production before a merge: close the pull request and \
        discard the sandbox branch. There is nothing else to undo."
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
    text.extend(filemap.areas.iter().map(|one| format!("- {}\n", area(one, policy))));
    text.push_str("\nEverything else is outside (CEC-10). `cargo xtask filemap explain PATH` says which rule decides.");
    if filemap.single_patch {
        let but = if filemap.base_merges { ", but those that only bring the base" } else { "" };
        text.push_str(&format!(
            " A patch is one straight line of commits on its base: no merges{but}."
        ));
    }
    text.push('\n');
    let mut never: Vec<String> = filemap.deny.iter().chain(&filemap.frozen).map(barrier).collect();
    never.push(format!("{}: the tool writes these files", code(&format!("{output}/**"))));
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

fn area(area: &Area, policy: &Policy) -> String {
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
    let mut parts = vec![format!("{}: {paths}", line(&area.name))];
    if !area.gates.is_empty() {
        parts.push(format!("gates {}", area.gates.join(" ")));
    }
    if !owners.is_empty() {
        parts.push(format!("owners {}", owners.join(", ")));
    }
    parts.join("; ")
}

fn barrier(rule: &Barrier) -> String {
    format!("{}: {}", globs(&rule.paths), line(&rule.reason))
}

fn approval(rule: &Approval) -> String {
    let roles = rule.roles.iter().map(|role| line(role)).collect::<Vec<_>>().join(" or ");
    let by = if roles.is_empty() { "any role that approves".to_owned() } else { roles };
    format!("{} ({by}): {}", globs(&rule.paths), line(&rule.reason))
}

fn content(rule: &ContentRules) -> String {
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
        `cargo xtask branch check` checks its name. If `{branch}` moves on{}",
        match policy.gates.workflow.has_queue() {
            true => ", the merge queue tests the result: do nothing.",
            false => " (CEC-60), rebase and start the review again.",
        }
    );
    if let Some(branches) = &policy.branches {
        text.push_str("\n\n");
        let kind = |kind: &BranchKind| {
            let whose = if kind.sandbox { " (for the review)" } else { "" };
            let (form, such) = (code(&kind.form), code(&example(kind, branches)));
            format!("- {}{whose}: {form}, such as {such}\n", kind.name)
        };
        text.extend(branches.kinds.iter().map(kind));
    }
    text.trim_end().to_owned()
}

fn commands_section(policy: &Policy) -> String {
    let output = &policy.programme.output;
    let mut text = "### The commands, in their order\n\n".to_owned();
    let steps = STEPS.iter().filter(|step| (step.applies)(policy));
    for (number, BriefStep { words, rest, about, .. }) in (1..).zip(steps) {
        let rest = rest.replace("{out}", output);
        text.push_str(&format!("{number}. `cargo xtask {words}{rest}`: {about}\n"));
    }
    if has_filemap(policy) {
        text.push_str("\n`filemap check`, `plan check` and `review` only look.\n");
    }
    let counts = policy.gates.gates.iter().any(|gate| gate.tests.is_some());
    let counted = if counts { "it counts them" } else { "nobody counts them here" };
    text.push_str(&format!(
        "\nWhile you work, `cargo xtask gates run T4` runs one gate. Don't write the gates' files \
        under `{output}`, and don't widen a `scrub`: the review refuses both. Don't remove tests: \
        {counted}.",
    ));
    text
}

fn gates_section(gates: &[Gate]) -> String {
    let decided_by = |gate: &Gate| match &gate.action {
        Action::Builtin(builtin) => format!("built-in {}", code(builtin.word())),
        Action::Run(commands) => codes(commands.iter().map(command_line)),
    };
    let items = gates
        .iter()
        .map(|gate| format!("- {} {}: {}", gate.id, line(&gate.name), decided_by(gate)))
        .collect::<Vec<_>>();
    format!("### The gates\n\n{}", items.join("\n"))
}

/// What to do about the codes that end a review; `explain` has the others, and what they mean.
fn codes_section() -> String {
    let stops = Code::ALL.iter().filter(|code| code.name().starts_with("CEC-"));
    let items: String = stops
        .map(|code| {
            // Its second name is for machines.
            let meaning = code.meaning();
            let meaning = meaning.split_once(": ").map_or(meaning, |(_, meaning)| meaning);
            format!("- {}: {} {}\n", code.name(), line(meaning), line(code.fix()))
        })
        .collect();
    format!(
        "### When it refuses\n\n{items}\n`cargo xtask explain CODE` says what a code means, and \
        `cargo xtask explain T4` what to do when a gate is red. There is no waiver."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use thrice_programme::controls;

    #[test]
    fn every_command_that_is_named_is_one() {
        for BriefStep { words, .. } in STEPS {
            assert!(controls::COMMANDS.contains(words), "{words}");
        }
    }
}
