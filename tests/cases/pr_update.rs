//! Lies in a body, through every command that takes one. The table of them all is with the
//! check itself (`pr_body::tests::lies`); here is that each command asks it.

use super::pr_verify::{Opened, edit, say};

/// What the lie is, and how the body is changed.
type Lie = (&'static str, fn(&Opened, &mut String));

const LIES: [Lie; 5] = [
    ("repo_sha", |opened, body| say(opened, body, "repo_sha", &opened.older)),
    ("run_ids", |opened, body| {
        let said = opened.said("run_ids");
        let fewer = format!("{}]", said.rsplit_once(',').unwrap().0);
        say(opened, body, "run_ids", &fewer);
    }),
    ("evidence_zip_sha256", |opened, body| {
        say(opened, body, "evidence_zip_sha256", &"b".repeat(64));
    }),
    ("Files", |_, body| edit(body, "- src/b\n", "")),
    ("Checklist", |_, body| edit(body, "- [x] the same", "- [ ] the same")),
];

#[test]
fn no_command_takes_a_body_that_lies() {
    let opened = Opened::new();
    let there = opened.simulator.state().pulls[0].body.clone();
    for (field, alter) in LIES {
        let mut body = opened.body.clone();
        alter(&opened, &mut body);
        opened.world.write("out/lies.md", &body);
        let commands: [&[&str]; 4] = [
            &["pr-body", "--check", "out/lies.md"],
            &["review", "--body", "out/lies.md"],
            &["pr", "update", "1", "--body", "out/lies.md"],
            &["pr", "update", "1", "--body", "out/lies.md", "--replace-body"],
        ];
        for command in commands {
            let ran = opened.simulator.xtask(&opened.world, command);
            let refuses = ran.status == 50 || (command[0] == "review" && ran.status == 1);
            assert!(refuses, "{field}: {command:?}: {ran:#?}");
            assert!(ran.stdout.contains(&format!("`{field}`")), "{field}: {command:?}: {ran:#?}");
        }
        assert_eq!(opened.simulator.state().pulls[0].body, there, "{field}: nothing is written");
    }
    // The body of an honest review is left as it is.
    let ran = opened.simulator.xtask(&opened.world, ["pr", "update", "1"]);
    assert_eq!(ran.status, 0, "{ran:#?}");
    assert_eq!(opened.simulator.state().pulls[0].body, there);
}
