//! Whose approval a patch needs.

use super::*;
use thrice_orr::judge::codeowners;
use thrice_patch::judge::filemap::Rules;
use thrice_patch::judge::patch::{Change, Entry, EntryKind, Patch};
use thrice_programme::PolicyFiles;

const PROGRAMME: &str = r#"
id = "demo"
name = "Demo"
default_branch = "main"
time_zone = "UTC"
[roles.eng]
members = ["@o/eng", "@ann"]
[roles.sec]
members = ["@o/sec"]
"#;

const AREAS: &str = r#"
[[areas]]
name = "one"
paths = ["one/**", "policy/**"]
owners = ["eng"]
[[areas]]
name = "two"
paths = ["two/**"]
owners = ["eng", "sec"]
[[areas]]
name = "free"
paths = ["free/**"]
"#;

const KEYS: &str = r#"
[[approvals]]
name = "keys"
paths = ["one/keys"]
roles = ["sec"]
reason = "they open doors"
"#;

/// Each demand as `for what: of whom (who may)`.
fn demanded(filemap: &str, owners: Option<&str>, paths: &[&str]) -> Vec<String> {
    demanded_of(PROGRAMME, filemap, owners, paths)
}

fn demanded_of(
    programme: &str,
    filemap: &str,
    owners: Option<&str>,
    paths: &[&str],
) -> Vec<String> {
    let gates = "[[gates]]\nid = \"T0\"\nname = \"a\"\nrun = [\"true\"]\n";
    let files = [("programme.toml", programme), ("gates.toml", gates), ("filemap.toml", filemap)];
    let files: PolicyFiles =
        files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
    let change = |path: &&str| Change {
        path: path.as_bytes().to_vec(),
        old: None,
        new: Some(Entry { kind: EntryKind::File, object: "a".repeat(40) }),
    };
    let patch = Patch { changes: paths.iter().map(change).collect(), ..Patch::default() };
    let filemap = policy.filemap.as_ref().unwrap();
    let rules = Rules::new(filemap, None).unwrap();
    let owners = owners.map(|text| codeowners::parse("CODEOWNERS", text.as_bytes()).0);
    let rulings = rules.rulings(&patch, &[].into(), &[].into());
    let roles = &policy.programme.roles;
    demands(&patch, &rulings, Some(filemap), roles, owners.as_ref())
        .into_iter()
        .map(|d| format!("{}: {} ({})", d.for_what.join(", "), d.of, d.members.join(" ")))
        .collect()
}

#[test]
fn areas_rules_and_code_owners_each_demand_theirs() {
    let all = format!("{AREAS}{KEYS}");
    assert_eq!(demanded(&all, None, &["free/a"]), [""; 0]);
    assert_eq!(
        demanded(&all, None, &["one/a", "two/a"]),
        ["area `one`: eng (@ann @o/eng)", "area `two`: eng or sec (@ann @o/eng @o/sec)"]
    );
    assert_eq!(
        demanded(&all, None, &["one/keys"]),
        ["area `one`: eng (@ann @o/eng)", "rule `keys`: sec (@o/sec)"]
    );
    let owners = "* @o/eng\nfree/b @bob @cat\nfree/c\n";
    assert_eq!(
        demanded(&all, Some(owners), &["free/a", "free/b", "free/c", "free/d"]),
        [
            "1 path by CODEOWNERS: code owner @bob or @cat (@bob @cat)",
            "2 paths by CODEOWNERS: code owner @o/eng (@o/eng)",
        ]
    );
}

#[test]
fn a_change_of_the_rules_needs_a_role_even_where_no_rule_names_one() {
    let of = |filemap: &str| {
        let all = demanded(filemap, None, &["policy/gates.toml"]);
        let (_, of) = all.last().unwrap().split_once("`: ").unwrap();
        (all.len(), of.to_owned())
    };
    assert_eq!(of(&format!("{AREAS}{KEYS}")), (2, "sec (@o/sec)".to_owned()));
    assert_eq!(of(AREAS), (2, "eng or sec (@ann @o/eng @o/sec)".to_owned()));
}

#[test]
fn a_rule_demands_an_approval_where_there_is_no_role_too() {
    let (bare, _) = PROGRAMME.split_once("[roles").unwrap();
    let filemap = "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n";
    assert_eq!(demanded_of(bare, filemap, None, &["src/a"]), [""; 0]);
    for path in ["policy/gates.toml", ".github/workflows/orr.yml"] {
        assert_eq!(demanded_of(bare, filemap, None, &[path]), ["rule `rules`: any role ()"]);
    }
}
