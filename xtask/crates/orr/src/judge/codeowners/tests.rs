use super::*;
use proptest::prelude::*;

/// Pattern, the paths that it matches, the paths that it does not.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    // GitHub's documented examples.
    ("*", &["a", "a/b.js", ".x/y"], &[]),
    ("*.js", &["a.js", "d/e/a.js", ".js", "a.b.js", "dir.js/x"], &["a.jsx", "a.JS", "js", "ajs"]),
    ("*.tar.gz", &["a.tar.gz", "x/b.c.tar.gz"], &["a.gz", "tar.gz"]),
    (
        "/build/logs/",
        &["build/logs/a", "build/logs/b/c"],
        &["build/logs", "x/build/logs/a", "build/logsx/a"],
    ),
    (
        "docs/*",
        &["docs/getting-started.md"],
        &["docs/build-app/troubleshooting.md", "x/docs/a", "docs"],
    ),
    ("apps/", &["apps/a", "x/apps/b/c"], &["apps", "x/apps", "xapps/a"]),
    ("/docs/", &["docs/a", "docs/b/c"], &["x/docs/a", "docs"]),
    ("/scripts/", &["scripts/a"], &["Scripts/a", "scripts.sh"]),
    ("**/logs", &["logs", "build/logs", "a/b/logs/c", "logs/x"], &["alogs", "logs.txt"]),
    ("/apps/github", &["apps/github", "apps/github/a"], &["apps/githubx", "x/apps/github"]),
    // Names and anchors.
    ("foo", &["foo", "foo/bar", "bar/foo", "bar/foo/baz"], &["foo.txt", "xfoo", "bar/xfoo", "Foo"]),
    ("/foo", &["foo", "foo/bar/baz"], &["bar/foo", "fool"]),
    ("foo/bar", &["foo/bar", "foo/bar/baz"], &["baz/foo/bar", "foo/bart", "foo"]),
    ("/foo/bar/", &["foo/bar/baz"], &["foo/bar", "foo/barx/baz"]),
    ("foo/bar/", &["foo/bar/baz"], &["foo/bar", "x/foo/bar/baz"]),
    // A star within one level.
    ("/*", &["foo", ".hidden"], &["foo/bar", "foo/bar/baz"]),
    ("f*", &["foo", "foo/bar", "bar/foo", "f"], &["xfoo", "bar/baz"]),
    ("/f*", &["foo", "foo/bar"], &["bar/foo"]),
    ("f*/", &["foo/bar", "x/foo/y"], &["foo", "x/foo"]),
    ("/*/", &["foo/bar", "a/b/c"], &["foo"]),
    ("/f*/", &["foo/bar"], &["foo", "bar/foo/baz"]),
    ("foo/*.txt", &["foo/bar.txt"], &["foo/bar/baz.txt", "qux/foo/bar.txt"]),
    ("foo/*/baz", &["foo/bar/baz", "foo/bar/baz/qux"], &["foo/baz", "foo/a/b/baz"]),
    ("*a*b*", &["ab", "xaxbx", "aab"], &["ba", "a", "b"]),
    ("a**b", &["ab", "axxb", "d/axb"], &["a/b"]),
    ("*.", &["a."], &["a", "a.b"]),
    ("*x", &["x", "ax", "d/bx"], &["xa"]),
    // Two stars across levels.
    ("**", &["a", "a/b/c"], &[]),
    ("**/", &["a/b", "a/b/c"], &["a"]),
    ("**/*", &["a", "a/b/c"], &[]),
    ("**/foo/bar", &["foo/bar", "qux/foo/bar", "a/b/foo/bar/baz"], &["foo/baz/bar"]),
    ("**/*bar*", &["bar", "foo/rebar", "foo/qux/barrio"], &["foo/baz"]),
    ("foo/bar/**", &["foo/bar/baz", "foo/bar/baz/qux"], &["foo/bar", "qux/foo/bar/baz"]),
    ("foo/**", &["foo/a", "foo/a/b"], &["foo", "x/foo/a"]),
    ("foo/**/", &["foo/bar", "foo/bar/baz"], &["foo"]),
    ("foo/**/bar", &["foo/bar", "foo/a/bar", "foo/a/b/bar/baz"], &["foo/a/xbar", "qux/foo/bar"]),
    (
        "foo/**/bar/b*",
        &["foo/bar/baz", "foo/qux/bar/baz", "foo/bar/x/bar/b"],
        &["foo/bar/qux", "foo/bar"],
    ),
    ("/**/foo", &["foo", "a/b/foo"], &["a/foox"]),
    ("a/**/b/**/c", &["a/b/c", "a/x/b/y/z/c", "a/b/b/c/c"], &["a/c/b", "a/b"]),
    ("a/**/**/b", &["a/b", "a/x/b"], &["a/x"]),
    // One character.
    ("f?o", &["foo", "d/fxo", "fäo"], &["fo", "fooo", "f/o"]),
    ("??", &["ab", "äö"], &["ä", "abc"]),
    // Escapes.
    (r"f\*o", &["f*o"], &["foo", "f\\*o"]),
    (r"f\?o", &["f?o"], &["foo"]),
    (r"a\ b", &["a b", "d/a b"], &["a", "b", "a\\ b"]),
    (r"\a.b", &["a.b"], &["axb"]),
    (r"a\\b", &[r"a\b"], &["ab"]),
    (r"a\\", &[r"a\"], &["a", r"a\ @a"]),
    // What is special elsewhere but not here.
    ("a.b+c(d){e,f}^$|", &["a.b+c(d){e,f}^$|"], &["aXb+c(d){e,f}^$|", "a.bbc(d)e^$|"]),
    ("a#b", &["a#b"], &["a"]),
    ("ordner/größe", &["ordner/größe/x"], &["ordner/grösse"]),
];

fn matches(pattern: &str, path: &str) -> (bool, bool) {
    let (file, findings) = parse("CODEOWNERS", format!("{pattern} @a").as_bytes());
    assert!(findings.is_empty(), "{pattern}: {findings:?}");
    let parts: Vec<_> = path.as_bytes().split(|byte| *byte == b'/').collect();
    let tried = Pattern::new(pattern.as_bytes()).unwrap().matches(&parts);
    (file.owners_of(path.as_bytes()).is_some(), tried)
}

#[test]
fn patterns_match_as_on_github() {
    assert!(TABLE.len() >= 50);
    for (pattern, yes, no) in TABLE {
        for path in *yes {
            assert_eq!(matches(pattern, path), (true, true), "{pattern} must match {path}");
        }
        for path in *no {
            assert_eq!(matches(pattern, path), (false, false), "{pattern} must not match {path}");
        }
    }
}

/// Findings as `file:line message`.
fn shown(findings: &[Finding]) -> Vec<String> {
    assert!(findings.iter().all(|f| f.code == Code::OwnerMissing && f.help.is_some()));
    let place = |f: &Finding| f.place.as_ref().map(Place::describe).unwrap_or_default();
    findings.iter().map(|f| format!("{} {}", place(f), f.message)).collect()
}

#[test]
fn the_last_pattern_that_matches_decides() {
    let text = "# all\n*  @a @o/team\r\n\n\t*.js\tjs@example.com # not @x\n/apps/ @b\n/apps/github\n/apps/github # again\napps @c\n/apps/*.js @d\n";
    let (file, findings) = parse("CODEOWNERS", text.as_bytes());
    assert_eq!(shown(&findings), [""; 0]);
    let owners = |path: &str| {
        let (owners, line) = file.owners_of(path.as_bytes()).unwrap();
        (owners.join(" "), line)
    };
    assert_eq!(owners("x"), ("@a @o/team".to_owned(), 2));
    assert_eq!(owners("x/y.js"), ("js@example.com".to_owned(), 4));
    assert_eq!(owners("apps/x"), ("@c".to_owned(), 8));
    assert_eq!(owners("apps/x.js"), ("@d".to_owned(), 9));
    let (file, _) = parse("CODEOWNERS", b"/apps/ @b\n/apps/github\n");
    assert_eq!(file.owners_of(b"apps/github/x"), Some((&[][..], 2)));
    assert_eq!(file.owners_of(b"apps/githubx").unwrap().1, 1);
    assert_eq!(file.owners_of(b"x"), None);
}

#[test]
fn a_pattern_of_folders_and_the_same_for_all_are_kept_apart() {
    let (file, _) = parse("CODEOWNERS", b"a @x\na/ @y\n/b/ @x\n/b @y\n*.c/ @x\n*.c @y\n*.c/ @z\n");
    let line = |path: &str| file.owners_of(path.as_bytes()).unwrap().1;
    assert_eq!((line("a"), line("a/f"), line("b"), line("b/f")), (1, 2, 4, 4));
    assert_eq!((line("f.c"), line("f.c/g")), (6, 7));
}

#[test]
fn lines_that_github_skips_are_findings_and_no_rules() {
    let owner = |word: &str| {
        format!("the owner `{word}` is neither `@user`, `@organisation/team` nor an e-mail address")
    };
    let pattern = |text: &str, why: &str| format!("the pattern `{text}` {why}");
    let negates = "negates, which GitHub does not support";
    let range = "has a range in brackets, which GitHub does not support";
    let slashes = "has nothing between two slashes, so it matches nothing";
    let table = [
        ("!a @x", pattern("!a", negates)),
        ("[ab].c @x", pattern("[ab].c", range)),
        ("a] @x", pattern("a]", range)),
        ("\\#a @x", pattern("\\#a", "escapes a `#`, which GitHub does not support")),
        ("a/***/b @x", pattern("a/***/b", "has three stars in a row")),
        ("/ @x", pattern("/", slashes)),
        ("// @x", pattern("//", slashes)),
        ("a//b @x", pattern("a//b", slashes)),
        ("a\\", pattern("a\\", "ends with a backslash")),
        (
            "\u{feff}* @x",
            "the line begins with a byte order mark, which becomes part of it".to_owned(),
        ),
        ("* @", owner("@")),
        ("* x", owner("x")),
        ("* @x @y/", owner("@y/")),
        ("* @/y", owner("@/y")),
        ("* @a/b/c", owner("@a/b/c")),
        ("* @-a", owner("@-a")),
        ("* @x#y", owner("@x#y")),
        ("* @x,@y", owner("@x,@y")),
        ("* a@b", owner("a@b")),
        ("* a@b..c", owner("a@b..c")),
        ("* @öa", owner("@öa")),
        (&format!("* @{}", "a".repeat(40)), owner(&format!("@{}", "a".repeat(40)))),
    ];
    for (line, message) in table {
        let (file, findings) = parse("C", format!("\n{line}\n").as_bytes());
        assert_eq!(shown(&findings), [format!("C:2 {message}")]);
        assert_eq!(file.owners_of(b"a"), None, "{line}");
    }
    for owner in
        ["@a", "@a-b_c", "@o/t.e-a_m", "a.b+c@d-e.example", &format!("@{}", "a".repeat(39))]
    {
        assert!(is_owner(owner), "{owner}");
    }
}

#[test]
fn a_file_of_three_megabytes_is_ignored() {
    let mut text = b"* @a\n".to_vec();
    text.resize(TOO_LARGE - 1, b'\n');
    let (file, findings) = parse("C", &text);
    assert_eq!((file.owners_of(b"a").is_some(), findings.len()), (true, 0));
    text.push(b'\n');
    let (file, findings) = parse("C", &text);
    assert_eq!(shown(&findings), ["C GitHub ignores a CODEOWNERS file of 3 MB or more"]);
    assert_eq!(file.owners_of(b"a"), None);
}

#[test]
fn files_without_an_owner_are_named_up_to_twenty() {
    let (file, _) = parse("C", b"*.rs @a\n/x/\n/y @a\n");
    let few: [&[u8]; 4] = [b"a.rs", b"b\xff\x1b", b"x/c.rs", b"y/d"];
    assert_eq!(
        shown(&unowned(&file, few.into_iter())),
        [
            "b\u{fffd}\u{1b} `b\u{fffd}\\u{1b}` has no owner: no pattern matches it",
            "C:2 `x/c.rs` has no owner: the last pattern that matches names nobody",
        ]
    );
    let names: Vec<_> = (0..23).map(|number| format!("f{number}")).collect();
    let found = |count: usize| shown(&unowned(&file, names[..count].iter().map(String::as_bytes)));
    assert_eq!(found(20).len(), 20);
    assert_eq!(found(20)[19], "f19 `f19` has no owner: no pattern matches it");
    assert_eq!(found(23).len(), 21);
    assert_eq!(found(23)[20], "C 3 more files without an owner");
}

#[test]
fn many_patterns_and_paths_are_quick() {
    let mut text = "* @a\n".to_owned();
    for number in 0..500 {
        let line = ["/src/m{}/ @x", "*.e{} @x", "dir{}/ @x", "/lib/n{}/*.c @x"][number % 4];
        text.push_str(&line.replace("{}", &number.to_string()));
        text.push('\n');
    }
    let (file, findings) = parse("C", text.as_bytes());
    assert!(findings.is_empty());
    let paths: Vec<_> =
        (0..100_000).map(|n| format!("src/m{}/deep/er/file{n}.rs", n % 900)).collect();
    let lines = paths.iter().map(|path| file.owners_of(path.as_bytes()).unwrap().1);
    let specific = lines.filter(|line| *line > 1).count();
    assert_eq!(specific, 13_900);
}

#[test]
fn the_committed_file_owns_everything_and_keeps_the_rules_apart() {
    let bytes = include_bytes!("../../../../../../.github/CODEOWNERS");
    let (file, findings) = parse(".github/CODEOWNERS", bytes);
    assert_eq!(shown(&findings), [""; 0]);
    let owners = |path: &str| file.owners_of(path.as_bytes()).unwrap().0.join(" ");
    assert_eq!(owners("README.md"), "@example/maintainers");
    for path in ["policy/gates.toml", ".github/CODEOWNERS", "xtask/src/main.rs", "Cargo.lock"] {
        assert_eq!(owners(path), "@example/security");
    }
}

proptest! {
    #[test]
    fn never_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        path in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let (file, _) = parse("C", &bytes);
        let _ = unowned(&file, std::iter::once(&path[..]));
    }

    #[test]
    fn looking_up_is_the_same_as_trying_each(
        patterns in proptest::collection::vec("/?(a|b|\\*|\\*\\*|\\*\\.a|a\\.b|\\?)(/(a|b|\\*|\\*\\*)){0,2}/?", 1..8),
        path in "(a|b|a\\.a|x\\.a\\.b)(/(a|b|b\\.a)){0,3}",
    ) {
        let text: String = patterns.iter().map(|pattern| format!("{pattern} @o\n")).collect();
        let (file, _) = parse("C", text.as_bytes());
        let parts: Vec<_> = path.as_bytes().split(|byte| *byte == b'/').collect();
        let tried = patterns.iter().rposition(|p| Pattern::new(p.as_bytes()).unwrap().matches(&parts));
        prop_assert_eq!(file.owners_of(path.as_bytes()).map(|found| found.1), tried.map(|at| at + 1));
    }
}
