//! What a variation does to a gate's environment and command.

use std::path::PathBuf;

use super::apply::{command, manner};
use super::probe::Worlds;
use super::{Variation, apply};
use crate::layout::{Output, Run};
use thrice_facts::git::Commit;
use thrice_facts::process::manner::Stream;
use thrice_programme::{Aspect, Environment, Gate, PolicyFiles, check};

pub(crate) fn gates(text: &str) -> Vec<Gate> {
    let programme = "id = \"a\"\nname = \"A\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
    let named = [("programme.toml", programme), ("gates.toml", text)];
    let files: PolicyFiles =
        named.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let (policy, findings) = check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:?}")).gates.gates
}

fn gate(more: &str) -> Gate {
    gates(&format!("[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n{more}")).remove(0)
}

fn run(variation: Variation) -> Run {
    Run {
        number: 2,
        commit: Commit { id: "c".to_owned(), tree: "t".to_owned(), seconds: 1 },
        root: PathBuf::from("/r"),
        checkout: PathBuf::from("/s/x"),
        inner_output: "out".to_owned(),
        output: Output::at(PathBuf::from("/r/out")),
        scratch: PathBuf::from("/s"),
        variation,
    }
}

#[test]
fn what_policy_sets_is_not_varied() {
    let variation = Variation::default()
        .with(Aspect::HashSeed, "2")
        .with(Aspect::User, "thrice-two")
        .with(Aspect::ExecPath, "more");
    let policy =
        Environment { set: vec![("USER".to_owned(), "ci".to_owned())], ..Environment::default() };
    let gate = gate("set = { PYTHONHASHSEED = \"0\" }\n");
    let before = [("PATH", "/bin"), ("USER", "ci"), ("PYTHONHASHSEED", "0")];
    let mut seen = before.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    apply::environment(&run(variation.clone()), &variation, &policy, &gate, &mut seen);
    let of = |name: &str| seen.get(name).map(String::as_str);
    assert_eq!(of("PYTHONHASHSEED"), Some("0"));
    assert_eq!(of("PERL_HASH_SEED"), Some("2"));
    assert_eq!((of("USER"), of("LOGNAME")), (Some("ci"), Some("thrice-two")));
    assert_eq!(of("PATH"), Some("/bin:/s/more"));
}

#[test]
fn a_terminal_is_kept_from_what_a_test_runner_prints() {
    let terminal = Variation::default().with(Aspect::Output, "terminal").with(Aspect::Umask, "077");
    let of = |more: &str| manner(&terminal, &gate(more)).stream;
    assert_eq!(of(""), Stream::Terminal);
    assert_eq!(of("tests.reader = \"tap\"\n"), Stream::Pipe);
    assert_eq!(of("tests.reader = \"junit\"\ntests.file = \"a.xml\"\n"), Stream::Terminal);
    assert_eq!(manner(&terminal, &gate("")).umask, Some(0o77));
    assert_eq!(manner(&Variation::default(), &gate("")), Default::default());
}

#[test]
fn a_command_is_an_array_of_words_and_never_root_of_a_namespace() {
    let user = Worlds { uid: 1000, gid: 100, is_root: false };
    let root = Worlds { uid: 0, gid: 0, is_root: true };
    let argv = ["cargo".to_owned(), "a b".to_owned()];
    let with = |worlds, aspects: &[(Aspect, &str)]| {
        let each = aspects.iter().map(|(aspect, value)| (*aspect, (*value).to_owned()));
        command(&each.collect(), worlds, &argv).join("|")
    };
    assert_eq!(with(user, &[]), "cargo|a b");
    assert_eq!(with(user, &[(Aspect::Kernel, "2.6")]), "setarch|--uname-2.6|cargo|a b");
    let uid = with(user, &[(Aspect::Uid, "4321"), (Aspect::Aslr, "off")]);
    assert_eq!(uid, "unshare|--user|--map-user=4321|--map-group=4321|setarch|-R|cargo|a b");
    let host = with(user, &[(Aspect::HostName, "h")]);
    assert!(host.starts_with("unshare|--user|--map-root-user|--uts|sh|-c|"), "{host}");
    assert!(host.ends_with("|h|unshare|--user|--map-user=1000|--map-group=100|cargo|a b"));
    let host = with(root, &[(Aspect::HostName, "h")]);
    assert!(host.starts_with("unshare|--uts|sh|-c|") && host.ends_with("|h|cargo|a b"), "{host}");
}
