use std::collections::BTreeMap;

use proptest::prelude::*;

use super::links::{Links, resolve};
use super::names::{Spellings, is_plain_path, odd, refused};
use super::*;
use crate::judge::patch::Entry;
use thrice_policy::values::PathGlob;
use thrice_programme::PolicyFiles;

const PROGRAMME: &str = include_str!("../../../../../../policy/programme.toml");
const GATES: &str = include_str!("../../../../../../policy/gates.toml");

fn filemap(text: &str) -> thrice_programme::Filemap {
    let files: PolicyFiles =
        [("programme.toml", PROGRAMME), ("gates.toml", GATES), ("filemap.toml", text)]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    policy.and_then(|policy| policy.filemap).unwrap_or_else(|| panic!("{findings:?}"))
}

/// Each row: the rule, the changed paths, and why they are risky.
#[test]
fn a_change_is_risky_by_its_paths_or_its_size() {
    use crate::judge::patch::{Change, Patch};
    use crate::judge::pr_body::Risky;
    let areas = "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n";
    for (rule, paths, why) in [
        ("", &["pay/a"][..], None),
        ("paths = [\"pay/**\"]", &["src/a"], None),
        ("paths = [\"pay/**\"]", &["src/a", "pay/a"], Some("pay/a is risky by `pay/**`: money")),
        ("files = 2", &["a"], None),
        ("files = 2", &["a", "b"], Some("2 paths change, of which 2 are risky: money")),
        ("files = 2", &["a", "b", "c"], Some("3 paths change, of which 2 are risky: money")),
    ] {
        let rule = match rule {
            "" => String::new(),
            rule => format!("[risky]\n{rule}\nreason = \"money\"\n"),
        };
        let map = filemap(&format!("{areas}{rule}"));
        let change = |path: &&str| Change { path: path.as_bytes().to_vec(), old: None, new: None };
        let patch = Patch { changes: paths.iter().map(change).collect(), ..Patch::default() };
        let found = match Risky::of(&map, &patch, &[]) {
            Risky::Declared(why) => Some(why),
            _ => None,
        };
        assert_eq!(found.as_deref(), why, "{rule} {paths:?}");
    }
    for (rule, says) in [
        ("[risky]\nreason = \"x\"\n", "of no change"),
        ("[risky]\nfiles = 0\nreason = \"x\"\n", "less than one path"),
    ] {
        let text = format!("{areas}{rule}");
        let files: PolicyFiles =
            [("programme.toml", PROGRAMME), ("gates.toml", GATES), ("filemap.toml", &text)]
                .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
                .into();
        let (_, findings) = thrice_programme::check("policy", &files);
        assert!(findings.iter().any(|it| it.message.contains(says)), "{findings:?}");
    }
}

/// The cells of a row of the table of globs, without backticks.
fn cells(row: &str) -> Option<(String, Vec<String>, Vec<String>)> {
    let mut cells = row.strip_prefix("| `")?.split(" | ");
    let glob = cells.next()?.trim_end_matches('`').to_owned();
    let mut paths = || {
        let cell = cells.next().unwrap_or_default().trim_matches(['|', ' ']);
        let paths = cell.split(", ").filter(|path| !path.is_empty());
        paths.map(|path| path.trim_matches('`').to_owned()).collect::<Vec<_>>()
    };
    Some((glob, paths(), paths()))
}

#[test]
fn the_documented_globs_match_as_they_are_documented() {
    let document = include_str!("../../../../../../docs/filemap.md");
    let rows: Vec<_> = document.lines().filter_map(cells).collect();
    assert!(rows.len() >= 16, "{}", rows.len());
    for (text, good, bad) in rows {
        let glob = PathGlob::new(&text).unwrap();
        assert!(!good.is_empty(), "{text}");
        for path in good {
            assert!(glob.is_match(&path), "{text} should match {path}");
        }
        for path in bad {
            assert!(!glob.is_match(&path), "{text} should not match {path}");
        }
    }
}

const RULES: &str = r#"
[[areas]]
name = "code"
paths = ["src/**", "tools/*.py"]
except = ["src/old/**"]

[[areas]]
name = "text"
paths = ["docs/**", "src/old/README"]

[[deny]]
name = "keys"
paths = ["**/*.pem"]
reason = "no keys"

[[frozen]]
name = "contract"
paths = ["src/api/**"]
reason = "agreed"
"#;

#[test]
fn the_rule_that_decides() {
    let filemap = filemap(RULES);
    let rules = Rules::new(&filemap, None).unwrap();
    let reported = |path: &str| match rules.ruling(path.as_bytes()).reach {
        Reach::Inside(area, glob) => format!("inside {} {}", area.name, glob.glob.text()),
        Reach::Excepted(area, glob) => format!("excepted {} {}", area.name, glob.glob.text()),
        Reach::Denied(rule, _) => format!("denied {}", rule.name),
        Reach::Frozen(rule, _) => format!("frozen {}", rule.name),
        Reach::OtherStory(area, _) => format!("other story {}", area.name),
        Reach::Outside => "outside".to_owned(),
    };
    for (path, expected) in [
        ("src/a", "inside code src/**"),
        ("tools/a.py", "inside code tools/*.py"),
        ("tools/x/a.py", "outside"),
        ("src/old/a", "excepted code src/old/**"),
        ("src/old/README", "inside text src/old/README"),
        ("docs/key.pem", "denied keys"),
        ("src/api/key.pem", "frozen contract"),
        ("SRC/API/x", "frozen contract"),
        ("SRC/a", "outside"),
        ("", "outside"),
        ("/src/a", "outside"),
        ("src", "outside"),
    ] {
        assert_eq!(reported(path), expected, "{path}");
    }
    assert!(rules.ruling(b"policy/x").approvals.len() == 1);
    assert!(rules.ruling(b"Policy/x").approvals.len() == 1);
    assert!(rules.ruling(b"src/x").approvals.is_empty());
}

/// So many rules take several sets.
#[test]
fn of_thousands_of_rules_the_first_that_matches_decides() {
    let rule = |at: usize| format!("\"folder-{at:05}/**/of-many-*.pem\"");
    let rules: Vec<String> = (0..4000).chain([7]).map(rule).collect();
    let text = format!(
        "[[areas]]\nname = \"code\"\npaths = [\"**\"]\n\n[[deny]]\nname = \"many\"\n\
         paths = [{}]\nreason = \"keys\"\n",
        rules.join(",\n")
    );
    let filemap = filemap(&text);
    let rules = Rules::new(&filemap, None).unwrap();
    let line = |path: &str| match rules.ruling(path.as_bytes()).reach {
        Reach::Denied(_, glob) => glob.place.line,
        _ => None,
    };
    for (path, expected) in [
        ("folder-00000/of-many-a.pem", Some(7)),
        ("FOLDER-00007/x/of-many-a.pem", Some(14)),
        ("folder-03999/x/y/of-many-.pem", Some(4006)),
        ("folder-04000/of-many-a.pem", None),
    ] {
        assert_eq!(line(path), expected, "{path}");
    }
}

#[test]
fn the_rule_that_comes_nearest() {
    let filemap = filemap(RULES);
    let rules = Rules::new(&filemap, None).unwrap();
    let reported = |path: &str| nearest(&rules, path.as_bytes()).map(|(_, glob)| glob.glob.text());
    for (path, expected) in [
        ("tools/x/a.py", Some("tools/*.py")),
        ("Src/a", Some("src/**")),
        ("src/older", Some("src/old/README")),
        ("doc/a", Some("docs/**")),
        ("README", None),
        ("to", None),
    ] {
        assert_eq!(reported(path), expected, "{path}");
    }
}

#[test]
fn names_that_other_systems_take_for_others_are_refused() {
    for name in [".git", "a/.GIT/b", "GIT~1", ".git .", ".git:x", "a//b", "a/./b", "..", " a", "a "]
    {
        assert!(refused(name.as_bytes()).is_some(), "{name}");
    }
    for name in ["a", ".gitignore", "git", "git~2", ".a", "a b", "a.b"] {
        assert_eq!(refused(name.as_bytes()), None, "{name}");
    }
}

#[test]
fn links_lead_where_the_system_would_lead_them() {
    let links: Links = [("a/loop", "loop"), ("a/b", "../c"), ("c/up", "../../x"), ("d", "c")]
        .map(|(path, target)| (path.as_bytes().to_vec(), target.as_bytes().to_vec()))
        .into();
    let led = |link: &str, target: &str| {
        resolve(link.as_bytes(), target.as_bytes(), &links)
            .map(|path| String::from_utf8(path).unwrap())
    };
    for (link, target, expected) in [
        ("l", "a", Ok("a")),
        ("x/l", "./y//z/.", Ok("x/y/z")),
        ("x/l", "..", Ok("")),
        ("x/l", "../a/b/f", Ok("c/f")),
        ("l", "a/b/../e", Ok("e")),
        ("l", "d/f", Ok("c/f")),
        ("x/l", "../..", Err("out of the repository")),
        ("l", "c/up", Err("out of the repository")),
        ("l", "/etc", Err("out of the repository, to `/etc`")),
        ("l", "a/loop", Err("in a circle")),
        ("l", ".GIT/config", Err("into git's own folder")),
        ("l", "", Err("nowhere")),
    ] {
        assert_eq!(
            led(link, target),
            expected.map(str::to_owned).map_err(str::to_owned),
            "{link} -> {target}"
        );
    }
}

#[test]
fn spellings_collide_by_file_and_by_folder() {
    let mut spellings = Spellings::default();
    for path in ["scripts/run", "docs/\u{fc}ber", "stra\u{df}e"] {
        spellings.add(path.as_bytes());
    }
    let mut there = |path: &str| {
        spellings.add(path.as_bytes()).map(|path| String::from_utf8_lossy(&path).into_owned())
    };
    assert_eq!(there("scripts/run"), None);
    assert_eq!(there("scripts/other"), None);
    assert_eq!(there("Scripts/other").as_deref(), Some("scripts"));
    assert_eq!(there("scripts/RUN").as_deref(), Some("scripts/run"));
    assert_eq!(there("docs/u\u{308}ber").as_deref(), Some("docs/\u{fc}ber"));
    assert_eq!(there("STRASSE").as_deref(), Some("stra\u{df}e"));
    assert_eq!((there("a/x"), there("b/y")), (None, None));
    assert_eq!(there("B/z").as_deref(), Some("b"));
    assert_eq!(there("scripts/other"), None);
}

/// Each row: the one file, its bytes, and whether the line of each rule holds.
#[test]
fn a_line_of_the_checklist_holds_for_every_file() {
    let rule = |name: &str, word: &str| {
        format!(
            "[[content]]\nname = \"{name}\"\npaths = [\"src/**\"]\n{name} = ['{word}']\n\
             reason = \"agreed\"\nchecklist = \"{name}\"\n"
        )
    };
    let filemap = filemap(&[RULES, &rule("must", "v1"), &rule("never", "v2")].concat());
    let rules = Rules::new(&filemap, None).unwrap();
    for (kind, bytes, must, never) in [
        (EntryKind::File, Some("v1"), Some(true), Some(true)),
        (EntryKind::File, Some("v2"), Some(false), Some(false)),
        (EntryKind::File, None, None, None),
        (EntryKind::Link, Some("v1"), Some(false), Some(true)),
    ] {
        let entry = Entry { kind, object: "1".to_owned() };
        let bytes_of = |_: &str| bytes.map(|text| text.as_bytes().to_vec());
        let found = statements(&rules, &[(b"src/a".to_vec(), entry)].into(), &bytes_of);
        assert_eq!(found, [("must", must), ("never", never)], "{kind:?} {bytes:?}");
    }
}

/// Facts of a patch that adds one plain file.
fn adding(path: &[u8]) -> (Patch, BTreeMap<Vec<u8>, Entry>) {
    let entry = Entry { kind: EntryKind::File, object: "1".to_owned() };
    let change = Change { path: path.to_vec(), old: None, new: Some(entry.clone()) };
    let patch = Patch { changes: vec![change], ..Patch::default() };
    (patch, [(path.to_vec(), entry)].into())
}

proptest! {
    /// Any bytes in a name: reported or inside, never a panic; and whatever passes is plain.
    #[test]
    fn any_name_never_panics(path in prop::collection::vec(any::<u8>(), 1..40)) {
        let filemap = filemap("[[areas]]\nname = \"all\"\npaths = [\"**\"]\n");
        let rules = Rules::new(&filemap, None).unwrap();
        let (patch, head) = adding(&path);
        let blobs = [("1".to_owned(), Blob::default())].into();
        let links = Links::new();
        let rulings = rules.rulings(&patch, &head, &links);
        let approvals = Approvals::default();
        let facts = FilemapFacts {
            patch: &patch,
            rulings: &rulings,
            head: &head,
            links: &links,
            blobs: &blobs,
            approvals: &approvals,
            rebase: "git rebase main",
            first_policy: false,
        };
        let findings = check(&rules, &facts);
        if findings.is_empty() {
            let text = String::from_utf8(path).unwrap();
            prop_assert!(!text.chars().any(char::is_control) && !text.contains('\\'));
            prop_assert!(refused(text.as_bytes()).is_none());
        }
    }

    /// Nothing is said of a plain path because no rule on names would: neither those of the
    /// Filemap nor those of a list in a body.
    #[test]
    fn no_rule_has_anything_against_a_plain_path(
        path in r"([a-cgit.:~ /_@`\\\[-]|\.git|\.\.|git~1|\PC|\x7f|\n){1,12}",
        plain in r"(\.?[a-f_-][a-z0-9. -]{0,3}[a-z]/){0,3}[A-Z0-9]",
    ) {
        prop_assert!(is_plain_path(plain.as_bytes()));
        for path in [path, plain].iter().filter(|path| is_plain_path(path.as_bytes())) {
            prop_assert_eq!(odd(path.as_bytes()), None, "{}", path);
            prop_assert!(!path.is_empty() && path == path.trim() && path.is_ascii());
            prop_assert!(!path.contains(|c: char| c.is_control() || c == '`'));
        }
    }

    /// One set of all globs says of a path what each glob by itself says.
    #[test]
    fn the_set_agrees_with_each_glob(path in "(src|tools|docs|SRC)(/(old|api|a|README|a.py|k.pem)){0,3}") {
        let filemap = filemap(RULES);
        let rules = Rules::new(&filemap, None).unwrap();
        let one = |text: &str| PathGlob::new(text).unwrap().is_match(&path);
        let barred = one("**/*.pem") || path.to_lowercase().starts_with("src/api/");
        let code = (one("src/**") || one("tools/*.py")) && !one("src/old/**");
        let text = one("docs/**") || one("src/old/README");
        prop_assert_eq!(rules.is_inside(path.as_bytes()), !barred && (code || text));
    }
}

/// Each row: links of head, all files of head, the change (with `+` it is new), and the rules
/// that judge it.
#[test]
fn a_link_is_judged_by_the_paths_that_it_makes() {
    let filemap = filemap(
        "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n\
         [[deny]]\nname = \"d\"\npaths = [\"**/keys/x\"]\nreason = \"r\"\n\
         [[frozen]]\nname = \"f\"\npaths = [\"{vault/a,b}/**\"]\nreason = \"r\"\n\
         [[approvals]]\nname = \"a\"\npaths = [\"**/sql/**\"]\nroles = [\"maintainer\"]\nreason = \"r\"\n\
         [[content]]\nname = \"c\"\npaths = [\"**/*.rs\", \"**/signed/*\"]\nnever = [\"x\"]\nreason = \"r\"\n",
    );
    let rules = Rules::new(&filemap, None).unwrap();
    let bytes = |text: &str| text.as_bytes().to_vec();
    for (links, files, change, expected) in [
        (&[("keys", "p")][..], &["p/x"][..], "+keys", "denied d"),
        (&[("keys", "p")], &["p/y"], "+keys", "inside"),
        (&[("keys", "p")], &["p/x", "p/y"], "+p/x", "denied d"),
        (&[("keys", "p")], &["p/x", "p/y"], "p/x", "inside"),
        (&[("keys", "p/q")], &["p/x"], "+p/x", "inside"),
        (&[("s/keys", "../hop"), ("hop", "p")], &["p/x"], "+p/x", "denied d"),
        (&[("vault", "p")], &["p/a/z"], "+p/a/z", "frozen f"),
        (&[("vault", "p")], &["p/c/z"], "+p/c/z", "inside"),
        (&[("sql", "p")], &["p/x"], "+sql", "inside, a"),
        (&[("sql", "p")], &["p/x"], "+p/x", "inside, a"),
        (&[("l", "sql")], &["sql/x"], "+l", "inside"),
        (&[("signed", "p")], &["p/x"], "+signed", "inside, c"),
        (&[("l", "p")], &["p/a.rs"], "+l", "inside"),
        (&[("signed", "p")], &["p/a.rs"], "+p/a.rs", "inside, c"),
        (&[("sql", "p")], &["p/x", "p/y"], "+sql", "inside, a"),
        // A link on the way of another leads elsewhere.
        (&[("keys", "hop"), ("hop", "q")], &["q/x"], "hop", "denied d"),
        // A link in a folder to which another leads.
        (&[("sql", "p"), ("p/b", "../q")], &["q/x"], "+sql", "inside, a"),
        (&[("sql", "p"), ("p/b", "../q")], &["q/x"], "+p/b", "inside, a"),
        (&[("sql", "p"), ("p/b", "../q")], &["q/x"], "+q/x", "inside, a"),
        (&[("p/self", "."), ("p/own", "../p")], &["p/x"], "+p/x", "inside"),
    ] {
        let entry = |kind| Entry { kind, object: "1".to_owned() };
        let mut head: BTreeMap<Vec<u8>, Entry> =
            files.iter().map(|path| (bytes(path), entry(EntryKind::File))).collect();
        head.extend(links.iter().map(|(path, _)| (bytes(path), entry(EntryKind::Link))));
        let links: Links = links.iter().map(|(path, to)| (bytes(path), bytes(to))).collect();
        let path = bytes(change.trim_start_matches('+'));
        let new = head.get(&path).cloned();
        let old = new.clone().filter(|_| !change.starts_with('+'));
        let patch = Patch { changes: vec![Change { path, old, new }], ..Patch::default() };
        let ruling = rules.rulings(&patch, &head, &links).remove(0);
        let reach = match ruling.reach {
            Reach::Denied(rule, _) => format!("denied {}", rule.name),
            Reach::Frozen(rule, _) => format!("frozen {}", rule.name),
            _ => "inside".to_owned(),
        };
        let approvals = ruling.approvals.iter().map(|(rule, _)| &rule.name);
        let names = approvals.chain(ruling.content.iter().map(|rule| &rule.name));
        let found = names.fold(reach, |found, name| format!("{found}, {name}"));
        assert_eq!(found, expected, "{change} with {links:?}");
    }
}
