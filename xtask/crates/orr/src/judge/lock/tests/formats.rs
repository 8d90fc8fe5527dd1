use super::*;

fn hex(length: usize) -> String {
    "0123456789abcdef".repeat(length / 16 + 1)[..length].to_owned()
}

fn sri(name: &str, length: usize) -> String {
    format!("{name}-{}==", "A".repeat(length - 2))
}

/// Findings of a lock; a row of a table fails with its own text.
fn found(format: LockFormat, text: &str) -> Vec<String> {
    shown(&check(format, "lock", text.as_bytes(), None))
}

fn table(format: LockFormat, rows: &[(String, &[&str])]) {
    for (text, expected) in rows {
        assert_eq!(found(format, text), *expected, "{text}");
    }
}

#[test]
fn uv() {
    let head = "version = 1\nrevision = 2\n\n[[package]]\nname = \"a\"\nversion = \"1.0\"\n";
    let with = |rest: &str| format!("{head}{rest}\n");
    let archive =
        format!("{{ url = \"https://x/a.whl\", hash = \"sha256:{}\", size = 1 }}", hex(64));
    let registry = "source = { registry = \"https://pypi.org/simple\" }";
    let rows: &[(String, &[&str])] = &[
        (with(&format!("{registry}\nsdist = {archive}\nwheels = [\n  {archive},\n]")), &[]),
        (with("source = { editable = \".\" }"), &[]),
        (with("source = { virtual = \".\" }"), &[]),
        (with(&format!("source = {{ git = \"https://x/a?rev=v1#{}\" }}", hex(40))), &[]),
        (
            with("source = { git = \"https://x/a?rev=v1\" }"),
            &["lock-incomplete 4 `a 1.0` is from git, but not pinned to a commit"],
        ),
        (with(registry), &["lock-incomplete 4 `a 1.0` has no archive with a SHA-256 hash"]),
        (
            with(&format!("{registry}\nwheels = [\n  {{ url = \"https://x/a.whl\" }},\n]")),
            &["lock-incomplete 9 `a 1.0` has an archive without a SHA-256 hash"],
        ),
        (
            with("source = { s3 = \"x\" }"),
            &["lock-incomplete 4 `a 1.0` is from a source that is not known"],
        ),
        (with(""), &["lock-incomplete 4 `a 1.0` has no source"]),
        (
            "version = 2\n".to_owned(),
            &[
                "lock-incomplete 1 the lock is not of version 1",
                "lock-incomplete 1 the lock names no package",
            ],
        ),
    ];
    table(LockFormat::Uv, rows);
}

#[test]
fn poetry() {
    let with = |rest: &str| {
        format!(
            "[[package]]\nname = \"a\"\nversion = \"1.0\"\n{rest}\n[metadata]\nlock-version = \"2.1\"\n"
        )
    };
    let files = format!("files = [\n    {{file = \"a.whl\", hash = \"sha256:{}\"}},\n]", hex(64));
    let git = |commit: &str| {
        format!(
            "files = []\n[package.source]\ntype = \"git\"\nurl = \"https://x\"\nreference = \"main\"\nresolved_reference = \"{commit}\""
        )
    };
    let rows: &[(String, &[&str])] = &[
        (with(&files), &[]),
        (with(&git(&hex(40))), &[]),
        (with("files = []\n[package.source]\ntype = \"directory\"\nurl = \"lib\""), &[]),
        (with("files = []"), &["lock-incomplete 1 `a 1.0` has no file with a SHA-256 hash"]),
        (
            with(&git("main")),
            &["lock-incomplete 1 `a 1.0` is from git, but not pinned to a commit"],
        ),
        (
            with("files = [{file = \"a.whl\", hash = \"md5:00\"}]"),
            &["lock-incomplete 4 `a 1.0` has an archive without a SHA-256 hash"],
        ),
        (
            "package = []\n[metadata]\nlock-version = \"1.1\"\n".to_owned(),
            &["lock-incomplete 3 the lock is not of version 2"],
        ),
    ];
    table(LockFormat::Poetry, rows);
}

#[test]
fn npm() {
    let with = |entry: &str| {
        format!(
            "{{\n\"lockfileVersion\": 3,\n\"packages\": {{\n\"\": {{\"name\": \"x\"}},\n{entry}\n}}}}"
        )
    };
    let strong = sri("sha512", 88);
    let rows: &[(String, &[&str])] = &[
        (
            with(&format!(
                "\"node_modules/a\": {{\"resolved\": \"https://x/a.tgz\", \"integrity\": \"{strong}\"}}"
            )),
            &[],
        ),
        (with(&format!("\"node_modules/a\": {{\"integrity\": \"sha1-AA== {strong}\"}}")), &[]),
        (with("\"packages/b\": {\"version\": \"1\"}"), &[]),
        (with("\"node_modules/b\": {\"resolved\": \"packages/b\", \"link\": true}"), &[]),
        (with("\"node_modules/a/node_modules/b\": {\"inBundle\": true}"), &[]),
        (with("\"node_modules/b\": {\"version\": \"0.1.0\", \"resolved\": \"file:./b\"}"), &[]),
        (
            with("\"node_modules/b\": {\"resolved\": \"file:../../b\"}"),
            &["lock-incomplete 5 `node_modules/b` has no integrity of SHA-256 or better"],
        ),
        (
            with("\"node_modules/b\": {\"resolved\": \"file:/b\"}"),
            &["lock-incomplete 5 `node_modules/b` has no integrity of SHA-256 or better"],
        ),
        (
            with("\"node_modules/b\": {\"resolved\": \"file:b.tgz\"}"),
            &["lock-incomplete 5 `node_modules/b` has no integrity of SHA-256 or better"],
        ),
        (
            with(&format!(
                "\"node_modules/g\": {{\"resolved\": \"git+ssh://git@x/g.git#{}\"}}",
                hex(40)
            )),
            &[],
        ),
        (
            with("\"node_modules/g\": {\"resolved\": \"git+ssh://git@x/g.git#main\"}"),
            &["lock-incomplete 5 `node_modules/g` is from git, but not pinned to a commit"],
        ),
        (
            with(
                "\"node_modules/a\": {\"resolved\": \"https://x/a.tgz\", \"integrity\": \"sha1-AAAA\"}",
            ),
            &["lock-incomplete 5 `node_modules/a` has no integrity of SHA-256 or better"],
        ),
        (
            "{\"lockfileVersion\": 9}".to_owned(),
            &["lock-incomplete 1 the lock is not of version 1, 2 or 3"],
        ),
        ("{\"lockfileVersion\": 3}".to_owned(), &["lock-incomplete 1 the lock has no `packages`"]),
    ];
    table(LockFormat::Npm, rows);
}

#[test]
fn npm_of_version_1() {
    let strong = sri("sha512", 88);
    let rows: &[(String, &[&str])] = &[
        (
            format!(
                "{{\"lockfileVersion\": 1, \"dependencies\": {{\"a\": {{\"version\": \"1\", \"integrity\": \"{strong}\", \"dependencies\": {{\n\"b\": {{\"version\": \"1\"}}}}}}, \"c\": {{\"version\": \"file:c\"}}}}}}"
            ),
            &["lock-incomplete 2 `b` has no integrity of SHA-256 or better"],
        ),
        (
            "{\"lockfileVersion\": 1, \"dependencies\": {\"c\": {\"version\": \"file:../../c\"}}}"
                .to_owned(),
            &["lock-incomplete 1 `c` has no integrity of SHA-256 or better"],
        ),
        (
            "{\"lockfileVersion\": 1, \"dependencies\": {\"c\": {\"version\": \"file:c.tgz\"}}}"
                .to_owned(),
            &["lock-incomplete 1 `c` has no integrity of SHA-256 or better"],
        ),
    ];
    table(LockFormat::Npm, rows);
}

/// What was 8,613 findings of a reader of pip's files.
#[test]
fn a_thousand_equal_findings_are_one() {
    let entries: Vec<String> = (0..1000).map(|n| format!("\"node_modules/a{n}\": {{}}")).collect();
    let text = format!("{{\"lockfileVersion\": 3, \"packages\": {{\n{}\n}}}}", entries.join(",\n"));
    assert_eq!(
        found(LockFormat::Npm, &text),
        [
            "lock-incomplete 2 `node_modules/a0` has no integrity of SHA-256 or better; 999 more like it: \
          `node_modules/a1` on line 3, `node_modules/a2` on line 4, `node_modules/a3` on line 5, \
          `node_modules/a4` on line 6 and 995 more"
        ]
    );
    let as_requirements = found(LockFormat::Requirements, &text);
    assert!(as_requirements.len() < 20, "{}", as_requirements.len());
}

#[test]
fn pnpm() {
    let with = |entry: &str| {
        format!("lockfileVersion: '9.0'\n\nimporters:\n\n  .: {{}}\n\npackages:\n\n  {entry}\n")
    };
    let rows: &[(String, &[&str])] = &[
        (
            with(&format!(
                "a@1.0.0:\n    resolution: {{integrity: {}}}\n    engines: {{node: '>=4'}}",
                sri("sha512", 88)
            )),
            &[],
        ),
        (
            with(&format!(
                "'@x/g@git+https://x':\n    resolution: {{commit: {}, repo: https://x, type: git}}",
                hex(40)
            )),
            &[],
        ),
        (with("l@file:l:\n    resolution: {directory: l, type: directory}"), &[]),
        ("lockfileVersion: '9.0'\nimporters:\n  .: {}\n".to_owned(), &[]),
        (
            with("a@https://x/t.gz:\n    resolution: {tarball: https://x/t.gz}"),
            &["lock-incomplete 9 `a@https://x/t.gz` has no integrity of SHA-256 or better"],
        ),
        (
            with("g@git:\n    resolution: {commit: main, repo: https://x, type: git}"),
            &["lock-incomplete 9 `g@git` is from git, but not pinned to a commit"],
        ),
        (
            "lockfileVersion: '12.0'\npackages: {}\n".to_owned(),
            &["lock-incomplete 1 the lock is not of version 5, 6 or 9"],
        ),
    ];
    table(LockFormat::Pnpm, rows);
    let long: String = (0..12_000)
        .map(|n| format!("  p{n}@1.0.0:\n    resolution: {{integrity: {}}}\n", sri("sha512", 88)))
        .collect();
    assert!(long.len() > 1 << 20);
    assert_eq!(
        found(LockFormat::Pnpm, &format!("lockfileVersion: '9.0'\npackages:\n{long}")),
        [""; 0]
    );
}

#[test]
fn yarn() {
    let one = |entry: &str| format!("# yarn lockfile v1\n\n\n{entry}\n");
    let berry = |entry: &str| format!("__metadata:\n  version: 8\n  cacheKey: 10c0\n\n{entry}\n");
    let rows: &[(String, &[&str])] = &[
        (
            one(&format!(
                "\"@b/c@^7\", \"@b/c@^7.1\":\n  version \"7.1\"\n  resolved \"https://x/c.tgz#{}\"\n  integrity {}\n  dependencies:\n    d \"^1\"",
                hex(40),
                sri("sha512", 88)
            )),
            &[],
        ),
        (
            one(&format!(
                "\"g@git+https://x/g.git\":\n  version \"1\"\n  resolved \"git+https://x/g.git#{}\"",
                hex(40)
            )),
            &[],
        ),
        (one("\"l@file:./l\":\n  version \"1\""), &[]),
        (
            one(&format!("a@^1:\n  version \"1\"\n  resolved \"https://x/a.tgz#{}\"", hex(40))),
            &["lock-incomplete 4 `a@^1` has no integrity of SHA-256 or better"],
        ),
        (
            one(
                "\"g@git+https://x/g.git\":\n  version \"1\"\n  resolved \"git+https://x/g.git#main\"",
            ),
            &["lock-incomplete 4 `g@git+https://x/g.git` is from git, but not pinned to a commit"],
        ),
        (
            berry(&format!(
                "\"a@npm:^1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  checksum: 10c0/{}\n  languageName: node\n  linkType: hard",
                hex(128)
            )),
            &[],
        ),
        (berry("\"x@workspace:.\":\n  version: 0.0.0-use.local\n  linkType: soft"), &[]),
        (
            berry("\"a@npm:^1\":\n  version: 1.0.0\n  conditions: os=darwin\n  linkType: hard"),
            &["lock-incomplete 5 `a@npm:^1` has no checksum"],
        ),
        (
            "a@^1:\n  version \"1\"\n".to_owned(),
            &["lock-incomplete 1 the file says neither `# yarn lockfile v1` nor `__metadata:`"],
        ),
    ];
    table(LockFormat::Yarn, rows);
}

#[test]
fn go() {
    let sum = format!("h1:{}=", "A".repeat(43));
    let other = format!("h1:{}=", "B".repeat(43));
    let rows: &[(String, &[&str])] = &[
        (format!("x.y/z v1.0.0 {sum}\nx.y/z v1.0.0/go.mod {other}\n"), &[]),
        (
            format!("x.y/z v1.0.0 {sum}\nx.y/z v1.0.0 {other}\n"),
            &["lock-incomplete 2 `x.y/z v1.0.0` has two hashes; the first is on line 1"],
        ),
        (
            "x.y/z v1.0.0 h1:AAAA=\n".to_owned(),
            &["lock-incomplete 1 `x.y/z v1.0.0` has no `h1:` hash"],
        ),
        (
            "x.y/z\n".to_owned(),
            &[
                "lock-incomplete 1 `x.y/z` is not a module, a version and a hash",
                "lock-incomplete 1 the file has no hash",
            ],
        ),
    ];
    table(LockFormat::Go, rows);
    let none = "lock-incomplete 1 the file has no hash";
    for (text, manifest, expected) in [
        ("", Some("module x\n\ngo 1.22\n"), &[][..]),
        ("\n", Some("module x.y/require\n"), &[]),
        ("", Some("module x\nrequire x.y/z v1.0.0\n"), &[none]),
        ("", Some("module x\nrequire(\n\tx.y/z v1.0.0\n)\n"), &[none]),
        ("", None, &[none]),
        (
            "x\n",
            Some("module x\n"),
            &["lock-incomplete 1 `x` is not a module, a version and a hash", none],
        ),
    ] {
        let beside = manifest.map(|text| ("go.mod", text.as_bytes()));
        let found = check(LockFormat::Go, "lock", text.as_bytes(), beside);
        assert_eq!(shown(&found), expected, "{text:?} {manifest:?}");
    }
    assert_eq!(beside(LockFormat::Go, "a/go.sum"), ["a/go.mod"]);
}

#[test]
fn bundler() {
    let with = |sums: &str| {
        format!(
            "GEM\n  remote: https://rubygems.org/\n  specs:\n    rake (13.0.6)\n      dep (>= 1)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rake\n{sums}\nBUNDLED WITH\n   2.6.2\n"
        )
    };
    let git = |line: &str| {
        format!(
            "GIT\n  remote: https://x\n{line}\n  specs:\n    a (1)\n\nPATH\n  remote: .\n  specs:\n    b (1)\n"
        )
    };
    let none = "lock-incomplete 4 `rake (13.0.6)` has no SHA-256 in `CHECKSUMS`";
    let rows: &[(String, &[&str])] = &[
        (with(&format!("\nCHECKSUMS\n  rake (13.0.6) sha256={}\n", hex(64))), &[]),
        (with("\nCHECKSUMS\n  rake (13.0.6)\n"), &[none]),
        (with(""), &[none]),
        (git(&format!("  revision: {}", hex(40))), &[]),
        (
            git("  branch: main"),
            &["lock-incomplete 1 a source of git has no `revision` that is a commit"],
        ),
        ("x\n".to_owned(), &["lock-incomplete 1 the file names no source of gems"]),
    ];
    table(LockFormat::Bundler, rows);
}

#[test]
fn gradle() {
    let lock = "# This is a Gradle generated file\na.b:c:1.0=compileClasspath,runtimeClasspath\nempty=annotationProcessor\n";
    let metadata = |sum: &str, trust: &str| {
        format!(
            "<?xml version=\"1.0\"?><verification-metadata xmlns=\"https://schema.gradle.org/dependency-verification\"><configuration><verify-metadata>true</verify-metadata>{trust}</configuration><components><component group=\"a.b\" name=\"c\" version=\"1.0\"><artifact name=\"c.jar\">{sum}</artifact></component></components></verification-metadata>"
        )
    };
    let strong = format!("<sha256 value=\"{}\" origin=\"x\"/>", hex(64));
    let none = "lock-incomplete 2 `a.b:c:1.0` has no SHA-256 in gradle/verification-metadata.xml";
    let of = |xml: Option<String>| {
        let beside = xml.as_ref().map(|xml| ("m.xml", xml.as_bytes()));
        shown(&check(LockFormat::Gradle, "lock", lock.as_bytes(), beside))
    };
    assert_eq!(of(Some(metadata(&strong, ""))), [""; 0]);
    assert_eq!(of(None), [none]);
    assert_eq!(of(Some(metadata("<sha1 value=\"00\"/>", ""))), [none]);
    assert_eq!(of(Some(metadata("<pgp value=\"00\"/>", ""))), [none]);
    assert_eq!(
        shown(&check(LockFormat::Gradle, "lock", b"# x\nodd\n", None)),
        ["lock-incomplete 2 `odd` is not an artifact and its configurations"]
    );
    let trust = "<trusted-artifacts><trust group=\"a.b\"/></trusted-artifacts>";
    assert_eq!(
        of(Some(metadata(&strong, trust))),
        ["lock-incomplete 1 `m.xml` trusts `a.b` without a digest"]
    );
    assert_eq!(
        beside(LockFormat::Gradle, "a/b/gradle.lockfile"),
        ["a/b/", "a/", ""].map(|folder| format!("{folder}gradle/verification-metadata.xml"))
    );
}

#[test]
fn composer() {
    let with = |package: &str| {
        format!("{{\"content-hash\": \"x\", \"packages\": [\n{package}\n], \"packages-dev\": []}}")
    };
    let none = "lock-incomplete 2 `a/b 1.0` has neither a commit nor a checksum";
    let dist = |reference: &str, sum: &str| {
        with(&format!(
            "{{\"name\": \"a/b\", \"version\": \"1.0\", \"dist\": {{\"type\": \"zip\", \"url\": \"https://x\", \"reference\": \"{reference}\", \"shasum\": \"{sum}\"}}, \"source\": {{\"type\": \"git\", \"reference\": \"{}\"}}}}",
            hex(40)
        ))
    };
    let rows: &[(String, &[&str])] = &[
        (dist(&hex(40), ""), &[]),
        (dist("", &hex(40)), &[]),
        (dist("", ""), &[none]),
        (
            with(
                "{\"name\": \"a/b\", \"version\": \"1.0\", \"source\": {\"type\": \"git\", \"reference\": \"main\"}}",
            ),
            &[none],
        ),
        (with("{\"name\": \"a/b\", \"version\": \"1.0\", \"dist\": {\"type\": \"path\"}}"), &[]),
        ("{}".to_owned(), &["lock-incomplete 1 the lock has no `packages` and `content-hash`"]),
    ];
    table(LockFormat::Composer, rows);
}

#[test]
fn every_format_says_what_it_proves() {
    for format in LockFormat::ALL {
        let about = about(*format);
        assert!(about.authority.starts_with("https://"), "{about:?}");
        assert!(about.pinned.len() > 20 && about.unsaid.len() > 10, "{about:?}");
    }
}
