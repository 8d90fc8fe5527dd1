use expect_test::expect;

use super::*;
use thrice_orr::judge::codeowners;

#[test]
fn areas_are_reported_with_both_kinds_of_owners() {
    let policy = &*POLICY;
    let paths = [
        "README.md",
        "scripts/crypto/a.py",
        "scripts/crypto/b.py",
        "scripts/normalizer/n.py",
        "tests/unit/t.py",
        "tests/unit/u.py",
    ];
    let patch = patch(&paths);
    let file = b"* @example/po\nscripts/crypto/ @EXAMPLE/Security @else\nscripts/crypto/b.py @else\ntests/\n";
    let (owners, findings) = codeowners::parse("CODEOWNERS", file);
    assert_eq!(findings, []);
    let filemap = policy.filemap.as_ref().unwrap();
    let areas = touched(&patch, filemap, &policy.programme.roles, Some(&owners));
    let mut text = String::new();
    for area in &areas {
        let count = |paths: &[&[u8]]| paths.len();
        text.push_str(&format!(
            "{}: {} paths, {:?}, {:?}, unowned {}, others {}\n",
            area.area.name,
            count(&area.paths),
            area.holders.iter().map(|holder| (holder.role, holder.members)).collect::<Vec<_>>(),
            area.codeowners,
            count(&area.unowned),
            count(&area.others),
        ));
    }
    for finding in apart(&areas, Some("CODEOWNERS")) {
        text.push_str(&format!("{}: {}\n", finding.code.name(), finding.message));
    }
    expect![[r#"
        crypto: 2 paths, [("security", ["@example/security"])], {"@EXAMPLE/Security", "@else"}, unowned 0, others 1
        normalizer: 1 paths, [("eng", ["@example/codex"])], {"@example/po"}, unowned 0, others 1
        tests: 2 paths, [("qa", ["@example/qa"])], {}, unowned 2, others 0
        owners-apart: CODEOWNERS names no security for `scripts/crypto/b.py` in `crypto`
        owners-apart: CODEOWNERS names no eng for `scripts/normalizer/n.py` in `normalizer`
        owners-apart: CODEOWNERS names nobody for 2 paths, such as `tests/unit/t.py`, in `tests`
    "#]].assert_eq(&text);
    let without = touched(&patch, filemap, &policy.programme.roles, None);
    let findings = apart(&without, None);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "the base has no CODEOWNERS, so GitHub asks nobody to review");
}
