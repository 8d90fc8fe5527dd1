//! Runs that differ on purpose: gates that depend on their surroundings, each with a
//! repaired twin that must not be accused.

use crate::support::{World, gate};

/// A gate that depends on something, its repaired twin, and the program that both need.
struct Pair {
    name: &'static str,
    program: &'static str,
    depends: &'static str,
    repaired: &'static str,
}

const fn pair(
    name: &'static str,
    program: &'static str,
    depends: &'static str,
    repaired: &'static str,
) -> Pair {
    Pair { name, program, depends, repaired }
}

const PAIRS: &[Pair] = &[
    pair(
        "locale",
        "sort",
        r"printf 'b\nA\na\nB\n' | sort",
        r"printf 'b\nA\na\nB\n' | LC_ALL=C sort",
    ),
    pair("zone", "date", "date -d @0 +%H 2>/dev/null || date -r 0 +%H", "date -u +x"),
    pair(
        "umask",
        "tar",
        "echo x > m; tar --mtime=@0 --owner=0 --group=0 -cf - m | cksum",
        "echo x > n; tar --mtime=@0 --owner=0 --group=0 --mode=644 -cf - n | cksum",
    ),
    pair("modes", "ar", "echo x > p; ar rcU p.a p; cat p.a", "echo x > q; ar rcD q.a q; cat q.a"),
    pair(
        "variables",
        "node",
        "node -e 'console.log(Object.keys(process.env).sort().join())'",
        "node -e 'console.log(Object.keys({b: 1, a: 2}).sort().join())'",
    ),
    pair(
        "hashes",
        "python3",
        "python3 -S -c 'print(*{chr(i) for i in range(65, 91)})'",
        "python3 -S -c 'print(*sorted({chr(i) for i in range(65, 91)}))'",
    ),
    pair(
        "path",
        "cc",
        "echo '__FILE__' > f.c; cc -E \"$PWD/f.c\"",
        "echo '__FILE__' > g.c; cc -E -P g.c",
    ),
    pair("jobs", "nproc", "nproc", "nproc > /dev/null; echo 2"),
    pair("history", "git", "git rev-list --count HEAD", "git rev-parse HEAD"),
    pair(
        "state",
        "sh",
        "if [ -f kept ]; then echo warm; else echo cold; fi; : > kept",
        "rm -f gone; if [ -f gone ]; then echo warm; else echo cold; fi; : > gone",
    ),
    pair("width", "sh", "echo ${COLUMNS:-80}", "COLUMNS=72; echo $COLUMNS"),
    pair("server", "sh", "echo ${CI:-local}", "unset CI; echo ${CI:-local}"),
];

#[test]
fn each_gate_that_depends_on_its_surroundings_is_found_and_no_repaired_one() {
    let there: Vec<&Pair> =
        PAIRS.iter().filter(|pair| which::which(pair.program).is_ok()).collect();
    let mut gates = "stagger = \"0 s\"\n[vary]\nbudget = 0\n".to_owned();
    let mut ids = Vec::new();
    for (index, pair) in there.iter().enumerate() {
        let (id, twin) = (format!("T{}", 2 * index), format!("T{}", 2 * index + 1));
        let script = |script: &str| format!("({script}) > \"$EVIDENCE_DIR/log\"");
        gates.push_str(&gate(&id, pair.name, &script(pair.depends)));
        gates.push_str(&gate(&twin, pair.name, &script(pair.repaired)));
        ids.push((id, pair.name));
    }
    let world = World::with_gates(&gates);
    world.commit("so that there is a history");
    let ran = world.xtask(["orr", "--vary", "all", "--format", "json"]);
    assert_eq!(ran.status, 30, "{}", ran.stderr);
    let decision = world.json("out/orr.json");
    assert_eq!(decision["runs"].as_array().unwrap().len(), 4, "a warm run follows");
    let findings = decision["findings"].as_array().unwrap();
    let mut accused: Vec<&str> =
        findings.iter().filter_map(|finding| finding["place"]["gate"].as_str()).collect();
    accused.sort_by_key(|id| id[1..].parse::<u32>().unwrap());
    // A machine without locales says so, and that pair shows nothing.
    let shows =
        |name: &str| name != "locale" || decision["vary"]["runs"]["3"]["locale"].is_string();
    let expected: Vec<&str> =
        ids.iter().filter(|(_, name)| shows(name)).map(|(id, _)| id.as_str()).collect();
    assert_eq!(accused, expected);
    let sidecar = world.json("out/runs/2/variation.json");
    assert_eq!(sidecar["varied"], decision["vary"]["runs"]["2"]);
    assert!(!world.read("out/runs/2/MANIFEST.json").contains("variation"));
}

#[test]
fn a_gate_that_fails_only_under_a_variation_is_said_to() {
    let script = "[ \"$(umask)\" != 0077 ] || exit 3\necho x > \"$EVIDENCE_DIR/log\"";
    let gates = format!("stagger = \"0 s\"\n{}\n[vary]\n", gate("T4", "tests", script));
    let world = World::with_gates(&gates);
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 20, "{ran:?}");
    let said = "passes in a plain run: because of the umask (077)";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    // With the variation off, and a reason, it passes.
    let off = "off = [{ aspect = \"umask\", gates = [\"T4\"], reason = \"a trial\" }]\n";
    world.write("policy/gates.toml", format!("{gates}{off}"));
    world.commit("umask is off");
    assert_eq!(world.xtask(["orr"]).status, 0);
    assert_eq!(world.xtask(["orr", "--vary", "none"]).status, 0);
    let history = world.xtask(["gates", "list", "--history"]);
    assert!(history.stdout.contains("0.0 % (0.0 % to "), "{history:?}");
}

#[test]
fn compare_finds_the_cause() {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\n{}\n[vary]\nbudget = 0\n",
        gate("T4", "tests", "echo zone $TZ > \"$EVIDENCE_DIR/log\"")
    ));
    assert_eq!(world.xtask(["orr"]).status, 30);
    world.write("policy/gates.toml", world.read("policy/gates.toml").replace("budget = 0", ""));
    world.commit("with a search");
    let ran = world.xtask(["orr"]);
    let said = "because of the time zone (TZ=Pacific/Kiritimati): line 1";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let compared = world.xtask(["compare", "--why", "1", "3"]);
    let said = "evidence/T4_tests/log line 1 differs because of the time zone (TZ=Etc/GMT+12): write times in UTC";
    assert!(compared.stdout.contains(said), "{}", compared.stdout);
    let refused = world.xtask(["compare", "--why", "1", "2", "3"]);
    assert_eq!(refused.status, 2, "{refused:?}");
}

#[test]
fn until_a_confidence_ends_with_the_first_difference() {
    let world = World::with_script("echo $TZ > \"$EVIDENCE_DIR/log\"");
    let ran = world.xtask(["orr", "--until", "50%", "--rate", "20%", "--format", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.json("out/orr.json")["runs"].as_array().unwrap().len(), 4);
    let ran = world.xtask(["orr", "--until", "50%", "--rate", "10%", "--vary", "safe"]);
    assert_eq!(ran.status, 30, "{ran:?}");
    let made = world.json("out/orr.json")["runs"].as_array().unwrap().len();
    assert!((2..7).contains(&made), "{made}");
    let refused = world.xtask(["orr", "--until", "99.99%", "--rate", "1%"]);
    assert_eq!(refused.status, 2, "{refused:?}");
}
