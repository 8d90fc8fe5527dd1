//! The body of a pull request, checked whole against a patch of one file; and a story's
//! notes and a recorded decision, which are read beside it. The first byte chooses.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use thrice_patch::judge::filemap::Rules;
use thrice_patch::judge::patch::{Change, Entry, EntryKind, Patch};
use thrice_patch::judge::plan;
use thrice_patch::judge::pr_body::{Facts, Recorded, Story, Template, check};
use thrice_programme::{Policy, PolicyFiles};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let files: PolicyFiles = [
        ("programme.toml", include_str!("../../../docs/examples/trendmarketv2/policy/programme.toml")),
        ("gates.toml", include_str!("../../../docs/examples/trendmarketv2/policy/gates.toml")),
        ("filemap.toml", include_str!("../../../docs/examples/trendmarketv2/policy/filemap.toml")),
        ("body.md", include_str!("../../../docs/examples/trendmarketv2/policy/body.md")),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into();
    xtask::policy::check("policy", &files).0.expect("the example is good")
});

static RULES: LazyLock<Rules<'static>> = LazyLock::new(|| {
    let filemap = POLICY.filemap.as_ref().expect("the example has a Filemap");
    Rules::new(filemap, None).expect("its globs fit")
});

static PATCH: LazyLock<Patch> = LazyLock::new(|| {
    let entry = Entry { kind: EntryKind::File, object: "1".repeat(40) };
    let path = b"scripts/crypto/sign_batch.py".to_vec();
    Patch {
        base: "a".repeat(40),
        head: "b".repeat(40),
        changes: vec![Change { path, old: Some(entry.clone()), new: Some(entry) }],
        ..Patch::default()
    }
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    match choice % 4 {
        0 => drop(Story::read("story.toml", rest)),
        1 => drop(Recorded::read(rest)),
        _ => {
            let template = Template::of(&POLICY);
            let facts = Facts {
                template: &template,
                head: &PATCH.head,
                plan: plan::Facts {
                    base: &PATCH.base,
                    patch: &PATCH,
                    rules: &RULES,
                    gates: &POLICY.gates,
                    output: "out",
                },
                known: None,
                story: None,
                risky: false,
            };
            let _ = check(rest, &facts);
        }
    }
});
