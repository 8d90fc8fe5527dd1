//! Small inputs of public bug reports about tools of this kind, each with its report's
//! address below <https://github.com> and with what is right.

use super::codeowners;
use super::lock::{self, about};
use super::suppression;
use super::test_report::read;
use super::workflow;
use thrice_findings::Finding;
use thrice_programme::LockFormat;
use thrice_programme::Reader;

/// `passed/failed/skipped`, or why the output is no report.
fn counted(reader: Reader, text: &str) -> String {
    match read(reader, text.as_bytes()) {
        Ok(report) => {
            let counts = report.counts;
            format!("{}/{}/{}", counts.passed, counts.failed, counts.skipped)
        }
        Err(unread) => {
            let debug = format!("{unread:?}");
            let end = debug.find([' ', '(']).unwrap_or(debug.len());
            debug[..end].to_owned()
        }
    }
}

fn shown(findings: &[Finding]) -> Vec<String> {
    let line = |f: &Finding| f.place.as_ref().and_then(|place| place.line).unwrap_or(0);
    findings.iter().map(|f| format!("{} {} {}", f.code.name(), line(f), f.message)).collect()
}

#[test]
fn tap() {
    let table = [
        // tapjs/tap-parser/pull/71: no directive without a space before its `#`.
        ("1..1\nok 1 - LazyRange#skip\n", "1/0/0"),
        // tapjs/tap-parser/issues/66: the directive is behind another `#`.
        ("1..1\nok 1 index.html --> code.html#line12 # SKIP\n", "0/0/1"),
        // TestAnything/Specification/issues/26: escapes, and a second `#`.
        ("1..2\nok 1 - a \\# todo\nok 2 - b # todo handle # edge cases\n", "1/0/1"),
        // TypedDevs/bashunit/pull/1120: the same of a name that looks like a directive.
        ("1..1\nok 1 - check \\# SKIP me\n", "1/0/0"),
        // TestAnything/Specification/issues/28: what is in doubt is not counted as passed.
        ("1..3\nok 1 - d # skip\nok 2 - d #skip\nok 3 # skip\n", "0/0/3"),
        // freebsd/kyua/issues/159: a plan of none, and why.
        ("1..0 # Skipped: WWW::Mechanize not installed\n", "0/0/0"),
        // tupilabs/tap4j/issues/37: no number, and a directive.
        ("not ok - coverity detected 1411 failures in all # SKIP\nok - b\n1..2\n", "1/0/1"),
        // tupilabs/tap4j/issues/48: the subtest is of the point behind it.
        (
            "ok 1 - Foo\n    ok 1 - a\n    ok 2 - b\n    1..2\nok 2 - S\nnot ok 3 - Bar\n1..3\n",
            "3/1/0",
        ),
        // tupilabs/tap4j/issues/15: a subtest comes first; `prove` adds its own `ok`.
        ("    ok 1 - a\n    1..1\nok 1 - S\n1..1\n", "1/0/0"),
        ("    ok 1 - a\n    1..1\nok 1 - S\n1..1\nok\n", "Plan"),
        // bengl/pitesti/issues/31: a subtest in braces.
        ("1..2\nok 1 a\nnot ok 2 my subtest {\n    1..2\n    ok 1 b\n    not ok 2 c\n}\n", "2/1/0"),
        // TestAnything/Specification/issues/29: two columns are no subtest.
        ("1..1\n  ok 1 - no TAP\nok 1 - a\n", "1/0/0"),
        // nodejs/node/issues/49694: a subtest that holds nothing but its own point.
        (
            "# Subtest: add\n    # Subtest: s\n    ok 1 - s\n      ---\n      duration_ms: 0.2\n      ...\n    1..1\nok 1 - add\n  ---\n  duration_ms: 1.2\n  ...\n1..1\n# pass 2\n",
            "1/0/0",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(counted(Reader::Tap, text), expected, "{text}");
    }
}

#[test]
fn junit() {
    let table = [
        // tier4/scenario_simulator_v2/issues/1017: says none, lists three.
        (
            "<testsuites tests='0' failures='0' errors='0'><testsuite name='s' tests='0' failures='0' errors='0'><testcase name='a'/><testcase name='b'/></testsuite></testsuites>",
            "Disagrees",
        ),
        // dorny/test-reporter/pull/701: nested suites; without totals nothing shows a cut.
        (
            "<testsuites><testsuite name='T' tests='1'><testsuite name='T.L' tests='1'><testcase name='a'/></testsuite></testsuite></testsuites>",
            "1/0/0",
        ),
        (
            "<testsuites><testsuite name='T' time='9'><testsuite name='T.L' time='4'><testcase name='a'/></testsuite></testsuite></testsuites>",
            "NoTotals",
        ),
        // xmlrunner/unittest-xml-reporting/issues/292: subtests count and are not listed.
        (
            "<testsuites><testsuite name='pytest' errors='0' failures='1' skipped='0' tests='2'><testcase classname='M' name='t'><failure message='x'>y</failure></testcase></testsuite></testsuites>",
            "0/1/0",
        ),
        // EnricoMi/publish-unit-test-result-action/issues/107: PHPUnit, suites in suites.
        (
            "<testsuites><testsuite name='P' tests='3' assertions='9' errors='0' warnings='0' failures='0' skipped='0'><testsuite name='a' tests='2' assertions='8'><testcase name='x' class='x' classname='x' line='5' assertions='7'/><testcase name='y' class='x' classname='x' line='7' assertions='1'/></testsuite><testsuite name='b' tests='1' assertions='1'><testcase name='z' class='z' classname='z'/></testsuite></testsuite></testsuites>",
            "3/0/0",
        ),
        // EnricoMi/publish-unit-test-result-action/issues/539: Surefire, each attempt failed.
        (
            "<testsuite name='E' tests='2' errors='1' skipped='0' failures='1'><testcase name='a' classname='E'><error message='m'>t</error><rerunError message='m'/><rerunError message='m'/></testcase><testcase name='b' classname='E'><failure>t</failure><rerunFailure/></testcase></testsuite>",
            "0/2/0",
        ),
        // mikepenz/action-junit-report/issues/1394: passed only when it was run again.
        (
            "<testsuite name='E' tests='1' errors='0' skipped='0' failures='0' flakes='1'><testcase name='a' classname='E'><flakyFailure message='m'><stackTrace>s</stackTrace></flakyFailure></testcase></testsuite>",
            "0/1/0",
        ),
        // jest-community/jest-junit/issues/40: only the suites have totals.
        (
            "<testsuites><testsuite id='0' name='/app/a.js' errors='0' tests='1' failures='0'><testcase name='x'/></testsuite><testsuite id='1' name='/app/b.js' errors='0' tests='1' failures='0'><testcase name='y'/></testsuite></testsuites>",
            "2/0/0",
        ),
        // vitest-dev/vitest/pull/10244: an error outside of all tests has a suite of its own.
        (
            "<testsuites name='vitest tests' tests='2' failures='0' errors='1'><testsuite name='a.test.ts' tests='1' failures='0' errors='0' skipped='0'><testcase classname='a.test.ts' name='x'/></testsuite><testsuite name='vitest unhandled errors' tests='1' failures='0' errors='1' skipped='0'><testcase classname='vitest unhandled errors' name='Uncaught Exception'><error message='m'/></testcase></testsuite></testsuites>",
            "1/1/0",
        ),
        // vitest-dev/vitest/issues/10242: before that, the totals alone could say so.
        (
            "<testsuites name='vitest tests' tests='1' failures='0' errors='1'><testsuite name='a.test.ts' tests='1' failures='0' errors='0' skipped='0'><testcase classname='a.test.ts' name='x'/></testsuite></testsuites>",
            "Disagrees",
        ),
        // peerigon/xunit-file/pull/2: a skipped test counts and is not listed.
        (
            "<testsuite name='M' tests='3' failures='0' errors='0' skipped='1'><testcase name='a'/><testcase name='b'/></testsuite>",
            "Disagrees",
        ),
        // MoLow/reporters/issues/42: a failure both as an attribute and as an element.
        (
            "<testsuites><testsuite name='A' tests='1' failures='1'><testcase name='b' failure='2 !== 1'><failure type='testCodeFailure' message='m'>t</failure></testcase></testsuite></testsuites>",
            "0/1/0",
        ),
        // dorny/test-reporter/issues/541: more failures than tests.
        (
            "<testsuites tests='1' failures='23' skipped='0' flaky='1'><testsuite name='G' tests='1' failures='23' errors='0' skipped='0'><testcase name='a'/></testsuite></testsuites>",
            "Disagrees",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(counted(Reader::Junit, text), expected, "{text}");
    }
}

#[test]
fn go_test_json() {
    let ran = "{\"Action\":\"start\",\"Package\":\"a\"}\n{\"Action\":\"run\",\"Package\":\"a\",\"Test\":\"TestA\"}\n{\"Action\":\"pass\",\"Package\":\"a\",\"Test\":\"TestA\"}\n{\"Action\":\"pass\",\"Package\":\"a\"}\n";
    let table = [
        // golang/go/issues/53893: text between the events.
        (format!("FAIL\tm/setupfail [setup failed]\n{ran}"), "RunnerError"),
        // golang/go/issues/35169: so does a build that fails, before Go 1.24.
        (
            format!("# m/b\nb/b.go:3:1: syntax error\nFAIL\tm/b [build failed]\n{ran}"),
            "RunnerError",
        ),
        // ctrf-io/go-ctrf-json-reporter/issues/15: events of the build, no failed test.
        (
            format!(
                "{{\"ImportPath\":\"m/b.test\",\"Action\":\"build-output\",\"Output\":\"# m/b\\n\"}}\n{{\"ImportPath\":\"m/b.test\",\"Action\":\"build-fail\"}}\n{ran}"
            ),
            "RunnerError",
        ),
        // rtk-ai/rtk/pull/274: the package that was not built is a failed one.
        (
            format!(
                "{ran}{{\"ImportPath\":\"m/b.test\",\"Action\":\"build-fail\"}}\n{{\"Action\":\"start\",\"Package\":\"m/b\"}}\n{{\"Action\":\"fail\",\"Package\":\"m/b\",\"FailedBuild\":\"m/b.test\"}}\n"
            ),
            "1/1/0",
        ),
        // golang/go/issues/45725: events of packages without those of tests.
        ("{\"Action\":\"skip\",\"Package\":\"a\"}\n".to_owned(), "0/0/0"),
    ];
    for (text, expected) in table {
        assert_eq!(counted(Reader::GoTestJson, &text), expected, "{text}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn locks() {
    let sha = "0123456789abcdef".repeat(4);
    let sum = "ab".repeat(64);
    let sri = format!("sha512-{}==", "A".repeat(86));
    let table: &[(LockFormat, String, &[&str])] = &[
        // npm/cli/issues/4460: an entry without `resolved` and `integrity`.
        (
            LockFormat::Npm,
            "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"node_modules/a\": {\"version\": \"1.0.0\"}}}".to_owned(),
            &["lock-incomplete 1 `node_modules/a` has no integrity of SHA-256 or better"],
        ),
        // microsoft/vscode-js-profile-visualizer/issues/217: workspaces have none.
        (
            LockFormat::Npm,
            "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"packages/a\": {\"version\": \"1.0.0\"}, \"node_modules/a\": {\"resolved\": \"packages/a\", \"link\": true}}}".to_owned(),
            &[],
        ),
        // pnpm/pnpm/issues/12067: an archive by its address, without its integrity.
        (
            LockFormat::Pnpm,
            "lockfileVersion: '9.0'\npackages:\n  xlsx@https://x/xlsx.tgz:\n    resolution: {tarball: https://x/xlsx.tgz}\n    version: 0.20.3\n".to_owned(),
            &["lock-incomplete 3 `xlsx@https://x/xlsx.tgz` has no integrity of SHA-256 or better"],
        ),
        // mastra-ai/mastra/pull/19265: GitHub's archive of a commit, without its integrity.
        (
            LockFormat::Pnpm,
            "lockfileVersion: '9.0'\npackages:\n  add@https://codeload.github.com/d/n/tar.gz/b3eeb9b:\n    resolution: {tarball: https://codeload.github.com/d/n/tar.gz/b3eeb9b}\n".to_owned(),
            &["lock-incomplete 3 `add@https://codeload.github.com/d/n/tar.gz/b3eeb9b` has no integrity of SHA-256 or better"],
        ),
        // yarnpkg/berry/issues/6759: Berry leaves out what this system does not fetch.
        (
            LockFormat::Yarn,
            "__metadata:\n  version: 8\n\n\"a@npm:4.39.0\":\n  version: 4.39.0\n  resolution: \"a@npm:4.39.0\"\n  conditions: os=android & cpu=arm\n  languageName: node\n  linkType: hard\n".to_owned(),
            &["lock-incomplete 4 `a@npm:4.39.0` has no checksum"],
        ),
        // rstudio/shiny/issues/4138: of git, with a checksum.
        (
            LockFormat::Yarn,
            format!("__metadata:\n  version: 8\n\n\"s@https://g/s.git#e3f2\":\n  version: 0.15.2\n  resolution: \"s@https://g/s.git#commit=e3f2\"\n  checksum: 10c0/{sum}\n  languageName: node\n  linkType: hard\n"),
            &[],
        ),
        // aboutcode-org/scancode-toolkit/pull/3555: an alias of Yarn 1.
        (
            LockFormat::Yarn,
            format!("# yarn lockfile v1\n\n\n\"b@npm:a@^1\":\n  version \"1.0.0\"\n  resolved \"https://r/a.tgz#0\"\n  integrity {sri}\n"),
            &[],
        ),
        // yarnpkg/yarn/pull/6419: one entry without its integrity.
        (
            LockFormat::Yarn,
            "# yarn lockfile v1\n\n\na@^3.0.1:\n  version \"3.0.3\"\n  resolved \"https://r/a.tgz#81643bcbef1bdfecd4623793dc4648948ba98338\"\n".to_owned(),
            &["lock-incomplete 4 `a@^3.0.1` has no integrity of SHA-256 or better"],
        ),
        // pypa/pip/issues/11935: without the backslash pip silently ignores the hash.
        (
            LockFormat::Requirements,
            format!("lxml==4.9.2\n  --hash sha256:{sha}\n"),
            &[
                "lock-incomplete 1 `lxml==4.9.2` has no SHA-256 hash",
                "not-established 2 what the option `--hash` changes is not known",
            ],
        ),
        // jazzband/pip-tools/issues/1063: a backslash before a comment.
        (
            LockFormat::Requirements,
            format!("numpy==1.18.1 \\\n    --hash=sha256:{sha} \\\n    --hash=sha256:{sha} \\\n    # via scipy\nscipy==1.4.1 \\\n    --hash=sha256:{sha}\n"),
            &[],
        ),
        // dependabot/dependabot-core/pull/1829: hashes behind a marker.
        (
            LockFormat::Requirements,
            format!("black==18.6b4; python_version >= '3.6' --hash=sha256:{sha}\n"),
            &[],
        ),
        // jamditis/claude-skills-journalism/pull/192: for pip, a comment begins in quotes too.
        (
            LockFormat::Requirements,
            format!("a==1; platform_version != \"x #1\" --hash=sha256:{sha}\n"),
            &["lock-incomplete 1 `a==1` has no SHA-256 hash"],
        ),
        // python-poetry/poetry/issues/6104: a package without its files.
        (
            LockFormat::Poetry,
            "[[package]]\nname = \"a\"\nversion = \"1.0.1\"\nfiles = []\n\n[metadata]\nlock-version = \"2.0\"\n".to_owned(),
            &["lock-incomplete 1 `a 1.0.1` has no file with a SHA-256 hash"],
        ),
        // astral-sh/uv/issues/16818: a wheel by its path, without a hash.
        (
            LockFormat::Uv,
            "version = 1\n\n[[package]]\nname = \"t\"\nversion = \"3.3.1\"\nsource = { path = \"../t.whl\" }\nwheels = [\n    { filename = \"t.whl\" },\n]\n".to_owned(),
            &["lock-incomplete 8 `t 3.3.1` has an archive without a SHA-256 hash"],
        ),
        // ruby/rubygems/issues/8885: one gem without its checksum.
        (
            LockFormat::Bundler,
            format!("GEM\n  remote: https://rubygems.org/\n  specs:\n    base64 (0.3.0)\n    date (3.4.1)\n\nCHECKSUMS\n  base64 (0.3.0) sha256={sha}\n  date (3.4.1)\n"),
            &["lock-incomplete 5 `date (3.4.1)` has no SHA-256 in `CHECKSUMS`"],
        ),
    ];
    for (format, text, expected) in table {
        let found = shown(&lock::check(*format, "lock", text.as_bytes(), None));
        assert_eq!(found, *expected, "{text}");
        assert!(about(*format).authority.starts_with("https://"));
    }
}

#[test]
fn more_locks() {
    let commit = "7442ddf3a57ab89ac0a48556c76d25606b774eb7";
    let cargo = |version: &str, source: &str| {
        format!("{version}[[package]]\nname = \"u\"\nversion = \"0.9.0\"\nsource = \"{source}\"\n")
    };
    let composer = |package: &str| {
        format!(
            "{{\"content-hash\": \"x\", \"packages\": [{{\"name\": \"a/b\", \"version\": \"v7\", {package}}}]}}"
        )
    };
    let h1 = format!("h1:{}=", "A".repeat(43));
    let table: &[(LockFormat, String, &[&str])] = &[
        // nix-community/naersk/pull/344: a branch with a slash, encoded since version 4.
        (
            LockFormat::Cargo,
            cargo("version = 4\n\n", &format!("git+https://x/u?branch=b%2Fs#{commit}")),
            &[],
        ),
        // flatpak/flatpak-builder-tools/issues/66: the first version, digests at its end.
        (
            LockFormat::Cargo,
            cargo("", &format!("git+https://x/u?branch=0.5#{commit}"))
                + "\n[metadata]\n\"checksum u 0.9.0 (git+https://x/u?branch=0.5)\" = \"<none>\"\n",
            &["lock-incomplete 1 the lock is not of version 3 or 4"],
        ),
        // ossf/scorecard/issues/1174: a digest of SHA-1.
        (
            LockFormat::Npm,
            "{\"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"resolved\": \"https://r/a.tgz\", \"integrity\": \"sha1-gWQ7y+8b3+zUYjeT3EZIlIupgzg=\"}}}".to_owned(),
            &["lock-incomplete 1 `node_modules/a` has no integrity of SHA-256 or better"],
        ),
        // sonatype/nexus-public/issues/969: no sum, but the commit.
        (
            LockFormat::Composer,
            composer(&format!("\"dist\": {{\"type\": \"zip\", \"url\": \"https://x\", \"reference\": \"{commit}\", \"shasum\": \"\"}}")),
            &[],
        ),
        // roots/wordpress-packager/issues/1: neither of them.
        (
            LockFormat::Composer,
            composer("\"dist\": {\"type\": \"zip\", \"url\": \"https://x/wordpress-5.2.1.zip\"}"),
            &["lock-incomplete 1 `a/b v7` has neither a commit nor a checksum"],
        ),
        // dependabot/dependabot-core/pull/1858: a package without any file.
        (LockFormat::Composer, composer("\"type\": \"metapackage\""), &[]),
        // cdxgen/cdxgen/pull/105: an empty file.
        (
            LockFormat::Composer,
            String::new(),
            &["lock-incomplete 1 the lock is not JSON: EOF while parsing a value"],
        ),
        // golang/go/issues/24027: an empty line; snyk/snyk-go-parser/pull/58: both hashes.
        (LockFormat::Go, format!("\na v1.0.0 {h1}\na v1.0.0/go.mod {h1}\n"), &[]),
        (LockFormat::Go, "\n".to_owned(), &["lock-incomplete 1 the file has no hash"]),
    ];
    for (format, text, expected) in table {
        let found = shown(&lock::check(*format, "lock", text.as_bytes(), None));
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn gradle_locks() {
    let sum = format!("<sha256 value='{}'/>", "ab".repeat(32));
    let metadata = |head: &str, artifact: &str| {
        format!(
            "<verification-metadata><configuration>{head}</configuration><components><component group='org' name='foo' version='1.0'>{artifact}</component></components></verification-metadata>"
        )
    };
    let text = "org:foo:1.0=runtimeClasspath\nempty=annotationProcessor\n";
    let table: &[(&str, String, &[&str])] = &[
        (text, metadata("", &format!("<artifact name='foo-1.0.jar'>{sum}</artifact>")), &[]),
        // gradle/gradle/pull/20412: a signature alone, which is not verified either.
        (
            text,
            metadata("<verify-signatures>false</verify-signatures>", "<artifact name='foo-1.0.jar'><pgp value='d7bf'/></artifact>"),
            &["lock-incomplete 1 `org:foo:1.0` has no SHA-256 in gradle/verification-metadata.xml"],
        ),
        // omegat-org/omegat/pull/2046: whatever is named so is believed.
        (
            text,
            metadata("<trusted-artifacts><trust file='.*-sources[.]jar' regex='true'/></trusted-artifacts>", ""),
            &["lock-incomplete 1 `m.xml` trusts `.*-sources[.]jar` without a digest"],
        ),
        // workcraft/workcraft/issues/1072: it begins without any digest.
        (
            text,
            "<verification-metadata><configuration><verify-metadata>true</verify-metadata></configuration></verification-metadata>".to_owned(),
            &["lock-incomplete 1 `org:foo:1.0` has no SHA-256 in gradle/verification-metadata.xml"],
        ),
        // gradle/gradle/issues/16631: Gradle may write a lock of nothing.
        (
            "# This is a Gradle generated file for dependency locking.\n",
            metadata("", ""),
            &["lock-incomplete 1 the lock names no configuration"],
        ),
    ];
    for (text, metadata, expected) in table {
        let beside = Some(("m.xml", metadata.as_bytes()));
        let found = lock::check(LockFormat::Gradle, "lock", text.as_bytes(), beside);
        assert_eq!(shown(&found), *expected, "{metadata}");
    }
}

#[test]
fn codeowners() {
    let table: &[(&str, &str, Option<&str>)] = &[
        // meziantou/Meziantou.Framework/pull/526: a comment behind the owners.
        ("*.js    @js-owner #This is an inline comment.", "a/b.js", Some("@js-owner")),
        // getsentry/sentry/pull/73130: a comment in the owners' place, and a `#` in a name.
        ("* @a\n/apps/github # Skip", "apps/github/x", Some("")),
        ("/apps/\\#1 @user", "apps/#1", Some("@user")),
        // hmarr/codeowners/pull/48: any character may be escaped.
        ("/a\\ b/\\*.c @user", "a b/*.c", Some("@user")),
        ("/a\\ b/\\*.c @user", "a b/x.c", None),
        // electron/electron/pull/10555: two stars inside a name are one.
        ("**browser_view** @v", "atom/api/browser_view_mac.mm", Some("@v")),
        ("/default_app @d", "default_app/main.js", Some("@d")),
        // toptal/codeowners-checker/pull/76: a folder anywhere.
        ("lib/ @jonatas\nspec/ @other", "x/lib/foobar.rb", Some("@jonatas")),
    ];
    for (text, path, expected) in table {
        let (file, findings) = codeowners::parse("C", text.as_bytes());
        assert_eq!(shown(&findings), [""; 0], "{text}");
        let owners = file.owners_of(path.as_bytes()).map(|(owners, _)| owners.join(" "));
        assert_eq!(owners.as_deref(), *expected, "{text}");
    }
    // github/docs/issues/34805: what GitHub does not read is a finding.
    for text in ["\\#a @u", "!/a @u", "/[ab].c @u"] {
        assert_eq!(codeowners::parse("C", text.as_bytes()).1.len(), 1, "{text}");
    }
}

#[test]
fn suppressions() {
    let colon = |words: &[&str]| format!("k = 1 # {}", words.join(":"));
    let table = [
        // gitleaks/gitleaks/issues/1245: no space before the word.
        ("k = 1 #".to_owned() + &["gitleaks", "allow"].join(":"), true),
        // gitleaks/gitleaks/issues/787, 779: words that no scanner knows.
        (colon(&["allow", "gitleaks"]), false),
        ("k = 1 <!-- gitleaks-disable-line -->".to_owned(), false),
        // gitleaks/gitleaks/issues/1397: proposed, and a beginning of it is obeyed already.
        (colon(&["gitleaks", "allow_line", "+1"]), true),
    ];
    for (text, is_one) in table {
        assert_eq!(suppression::without(text.as_bytes()).is_some(), is_one, "{text}");
    }
}

#[test]
fn pins() {
    let sha = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";
    let image = "0123456789abcdef".repeat(4);
    let table = [
        // github/codeql/issues/18782, suzuki-shunsuke/pinact/issues/847: images by digest.
        (format!("uses: docker://rhysd/actionlint@sha256:{image}"), true),
        (format!("uses: docker://ghcr.io/a/b:1.5.0@sha256:{image}"), true),
        ("uses: docker://ghcr.io/a/b:1.5.0".to_owned(), false),
        // zizmorcore/zizmor/issues/433: a local action needs no pin of its own.
        ("uses: ./.github/actions/cache".to_owned(), true),
        // microsoft/testfx/pull/10264: other spellings of the same.
        ("\"uses\" : o/r@v1".to_owned(), false),
        (format!("uses: Docker://o/r@sha256:{image}"), false),
        ("{uses: o/r@v1}".to_owned(), false),
        (format!("uses: o/r@{sha} # v1"), true),
        (format!("uses: o/r@{}", &sha[..7]), false),
    ];
    for (step, pinned) in table {
        let text = format!("on: push\njobs:\n  a:\n    steps:\n    - {step}\n");
        let workflow = workflow::parse("w.yml", text.as_bytes()).unwrap();
        assert_eq!(workflow::unpinned("w.yml", &workflow).is_empty(), pinned, "{step}");
    }
    // github/codeql/pull/22285: reusable workflows are pinned like actions.
    for (revision, pinned) in [("main", false), ("v1", false), (sha, true)] {
        let text =
            format!("on: push\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@{revision}\n");
        let workflow = workflow::parse("w.yml", text.as_bytes()).unwrap();
        assert_eq!(workflow::unpinned("w.yml", &workflow).is_empty(), pinned, "{revision}");
    }
}
