use super::*;
use proptest::prelude::*;

/// Findings as `code line message`.
fn shown(findings: &[Finding]) -> Vec<String> {
    let place = |f: &Finding| f.place.clone().unwrap();
    assert!(findings.iter().all(|f| place(f).file.as_deref() == Some("lock") && f.help.is_some()));
    let line = |f: &Finding| place(f).line.unwrap_or(0);
    findings.iter().map(|f| format!("{} {} {}", f.code.name(), line(f), f.message)).collect()
}

fn cargo(text: &str) -> Vec<String> {
    shown(&check(LockFormat::Cargo, "lock", text.as_bytes(), None))
}

fn pip(text: &str) -> Vec<String> {
    shown(&check(LockFormat::Requirements, "lock", text.as_bytes(), None))
}

fn sum() -> String {
    "0123456789abcdef".repeat(4)
}

#[test]
fn the_committed_lock_is_complete() {
    let bytes = include_bytes!("../../../../../../Cargo.lock");
    assert_eq!(shown(&check(LockFormat::Cargo, "lock", bytes, None)), [""; 0]);
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().position(|line| line.starts_with("checksum")).unwrap();
    let without: Vec<_> = text.lines().enumerate().filter(|(at, _)| *at != line).collect();
    let without: String = without.iter().map(|(_, line)| format!("{line}\n")).collect();
    let findings = cargo(&without);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with(&format!("lock-incomplete {line} ")), "{findings:?}");
    assert!(findings[0].ends_with(" has no SHA-256 checksum"));
}

#[test]
fn every_source_is_pinned_in_its_own_way() {
    let (sum, commit) = (sum(), &sum()[..40]);
    let package = |rest: &str| {
        cargo(&format!("version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1\"\n{rest}\n"))
    };
    let good = [
        String::new(),
        format!("source = \"registry+https://x\"\nchecksum = \"{sum}\""),
        format!("source = \"sparse+https://x\"\nchecksum = \"{sum}\""),
        format!("source = \"git+https://x?branch=b#{commit}\""),
    ];
    for rest in good {
        assert_eq!(package(&rest), [""; 0], "{rest}");
    }
    let no_sum = |line: usize| format!("lock-incomplete {line} `a 1` has no SHA-256 checksum");
    let no_commit = "lock-incomplete 6 `a 1` is from git, but not pinned to a commit".to_owned();
    let bad = [
        ("source = \"registry+https://x\"".to_owned(), no_sum(6)),
        (format!("source = \"registry+x\"\nchecksum = \"{}\"", &sum[1..]), no_sum(7)),
        (format!("source = \"sparse+x\"\nchecksum = \"{}\"", sum.to_uppercase()), no_sum(7)),
        ("source = \"sparse+x\"\nchecksum = 1".to_owned(), no_sum(7)),
        ("source = \"git+https://x\"".to_owned(), no_commit.clone()),
        ("source = \"git+https://x#main\"".to_owned(), no_commit.clone()),
        (format!("source = \"git+https://x#{commit}0\""), no_commit),
        (
            "source = \"path+x\"".to_owned(),
            "lock-incomplete 6 `a 1` is from `path+x`, which pins nothing".to_owned(),
        ),
        (
            "source = \"\"".to_owned(),
            "lock-incomplete 6 `a 1` is from ``, which pins nothing".to_owned(),
        ),
        ("source = 1".to_owned(), "lock-incomplete 6 the source of `a 1` is not a text".to_owned()),
    ];
    for (rest, expected) in bad {
        assert_eq!(package(&rest), [expected], "{rest}");
    }
}

#[test]
fn a_lock_has_a_known_version_and_each_package_once() {
    let a = "[[package]]\nname = \"a\"\nversion = \"1\"\n";
    let other = "lock-incomplete 1 the lock is not of version 3 or 4";
    assert_eq!(cargo(&format!("version = 3\n{a}")), [""; 0]);
    for version in ["", "version = 2\n", "version = 5\n", "version = \"4\"\n", "version = 0x4\n"] {
        assert_eq!(cargo(&format!("{version}{a}")), [other], "{version}");
    }
    assert_eq!(
        cargo(&format!("version = 4\n{a}{a}")),
        ["lock-incomplete 5 `a 1` is locked twice; the first is on line 2"]
    );
    let elsewhere = format!("{a}source = \"git+x#{}\"\n", &sum()[..40]);
    assert_eq!(cargo(&format!("version = 4\n{a}{elsewhere}")), [""; 0]);
    let empty = |line: usize| [format!("lock-incomplete {line} the lock names no package")];
    assert_eq!(cargo("version = 4\n"), empty(1));
    assert_eq!(cargo("version = 4\npackage = []\n"), empty(2));
    assert_eq!(cargo("version = 4\npackage = 1\n"), empty(2));
    assert_eq!(
        cargo("version = 4\n[[package]]\nname = \"a\"\n"),
        ["lock-incomplete 2 a package has no name and version"]
    );
}

#[test]
fn what_is_no_toml_is_incomplete() {
    let findings = cargo("version = 4\n\n[[package]\n");
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("lock-incomplete 3 the lock is not TOML: "), "{findings:?}");
    let findings = cargo("version = 4\nversion = 4\n");
    assert_eq!(findings, ["lock-incomplete 2 the lock is not TOML: duplicate key"]);
    let not_utf8 = ["lock-incomplete 2 the file is not UTF-8"];
    assert_eq!(shown(&check(LockFormat::Cargo, "lock", b"version = 4\n\xff", None)), not_utf8);
    assert_eq!(shown(&check(LockFormat::Requirements, "lock", b"\n\xff", None)), not_utf8);
}

#[test]
fn requirements_with_a_version_and_a_hash_are_pinned() {
    let hash = format!("--hash=sha256:{}", sum());
    let text = format!(
        "# a comment \\\n--require-hashes\n--no-index\na==1.0 {hash}\nB.c_d[x, y] == 1!2.0+l.1 ; python_version < '3' \\\n    {hash} \\\n    --hash sha512:{} # why\nb-c-d==2;python_version>='3' {hash}\r\n",
        sum().repeat(2)
    );
    assert_eq!(pip(&text), [""; 0]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn requirements_that_are_not_pinned_are_findings() {
    let hash = format!("--hash=sha256:{}", sum());
    let none = "lock-incomplete 2 `a==1` has no SHA-256 hash".to_owned();
    let pin = |text: &str, why: &str| {
        (format!("{text} {hash}"), vec![format!("lock-incomplete 2 `{text}` {why}")])
    };
    let url = "is a URL or a variable, not `name==version`";
    let short = &sum()[1..];
    let table = [
        pin("a", "is not pinned with `==`"),
        pin("a>=1", "is not pinned with `==`"),
        pin("a~=1", "is not pinned with `==`"),
        pin("a==1.*", "is not pinned to one version"),
        pin("a==1,<2", "is not pinned to one version"),
        pin("a===1", "is not pinned to one version"),
        pin("a==", "is not pinned to one version"),
        pin("==1", "is not of the form `name==version`"),
        pin("./a==1", "is not of the form `name==version`"),
        pin("a[x==1", "has extras that cannot be read"),
        pin("a @ https://x/a.whl", url),
        pin("https://x/a==1", url),
        pin("${A}==1", url),
        ("a==1".to_owned(), vec![none.clone()]),
        (format!("a==1 # {hash}"), vec![none.clone()]),
        (format!("a==1 \\\n# {hash}"), vec![none.clone()]),
        (
            format!("a==1 \\\n# x \\\n{hash}"),
            vec![
                none.clone(),
                "not-established 4 what the option `--hash` changes is not known".to_owned(),
            ],
        ),
        (format!("a==1 {hash}\\\n# x"), Vec::new()),
        (format!("a==1 --hash=sha512:{}", sum().repeat(2)), vec![none.clone()]),
        (
            format!("a==1 --hash=sha256:{short}"),
            vec![
                format!(
                    "lock-incomplete 2 `a==1` has a hash that cannot be read: `sha256:{short}`"
                ),
                none.clone(),
            ],
        ),
        (
            "a==1 --hash=md5:00 --hash".to_owned(),
            vec![
                "lock-incomplete 2 `a==1` has a hash that cannot be read: `md5:00`; 1 more like it: `a==1` on line 2".to_owned(),
                none,
            ],
        ),
        (
            format!("a==1 {hash} --config-settings=x"),
            vec![
                "not-established 2 what `--config-settings=x` changes in `a==1` is not known"
                    .to_owned(),
            ],
        ),
        (
            format!("A_b==1 {hash}\na.B==2 {hash}"),
            vec!["lock-incomplete 3 `a-b` is required twice; the first is on line 2".to_owned()],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(pip(&format!("\n{text}\n")), expected, "{text}");
    }
    assert_eq!(pip("# nothing\n\n"), ["lock-incomplete 1 the file names no requirement"]);
}

#[test]
fn options_that_lead_elsewhere_are_not_established() {
    let unknown = |line: &str, why: &str| {
        format!("not-established 1 {}", why.replace("{}", &format!("`{line}`")))
    };
    for line in
        ["-r other.txt", "-rother.txt", "--requirement=other.txt", "-c c.txt", "--constraint c.txt"]
    {
        assert_eq!(pip(line), [unknown(line, "{} leads to another file")]);
    }
    for line in ["-e .", "-e.", "--editable=."] {
        assert_eq!(
            pip(line),
            [format!("lock-incomplete 1 `{line}` is installed from where it lies")]
        );
    }
    for line in ["--hash", "--use-feature", "--"] {
        assert_eq!(
            pip(&format!("{line} x")),
            [unknown(line, "what the option {} changes is not known")]
        );
    }
    assert_eq!(pip("--only-binary :all:"), [""; 0]);
    for line in [
        "--index-url=https://x",
        "-ihttps://x",
        "--find-links https://x",
        "-f x",
        "--trusted-host x",
        "--pre",
    ] {
        let said = "is left aside: the hashes decide what is installed";
        assert_eq!(pip(line), [format!("lock-note 1 `{line}` {said}")]);
    }
}

mod formats;
mod manifests;

proptest! {
    #[test]
    fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for format in LockFormat::ALL {
            let _ = check(*format, "lock", &bytes, Some(("gradle", &bytes)));
        }
    }

    #[test]
    fn never_panics_on_what_looks_right(
        toml in "(version = 4\n|\\[\\[package\\]\\]\n|name = \"a\"\n|source = |\"git\\+#\"\n|\\[|\\]|\"|#|ä){0,20}",
        pip in "(a|==|1|--hash|=|sha256:|;|\\[|\\]|-r|\\\\\n|\n| |#|ä){0,30}",
    ) {
        for format in LockFormat::ALL {
            let _ = check(*format, "lock", toml.as_bytes(), None);
            let _ = check(*format, "lock", pip.as_bytes(), None);
        }
    }
}
