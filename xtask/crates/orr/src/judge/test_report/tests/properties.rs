mod mutants;

use proptest::prelude::*;

use super::*;

const PASS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../tests/fixtures/test_reports/cargo-test/pass.txt"
));

/// Text made of the pieces that the readers look for.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "     Running unittests src/lib.rs (target/debug/deps/a-0)\n",
        "   Doc-tests a\n",
        "running 1 test\n",
        "test a ... ok\n",
        "test a ... ",
        "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
        "failures:\n",
        "        PASS [   0.005s] (1/1) a b\n",
        "  TRY 1 FAIL [   0.005s] (─────) a b\n",
        "     Summary [   0.005s] 1 test run: 1 passed (1 flaky), 0 skipped\n",
        "99999999999999999999",
        "<testsuite tests='1'>",
        "<testcase name='a'/>",
        "</testsuite>",
        "<![CDATA[",
        "1..1\n",
        "ok 1 - a # SKIP\n",
        "not ok",
        "test_a (t.T.test_a) ... ok\n",
        "test_a (t.T.test_a) ... \n",
        "  test_a (t.T.test_a) (n=1) ... FAIL\n",
        "----------------------------------------------------------------------\n",
        "Ran 1 test in 0.0s\n",
        "OK (skipped=1)\n",
        "\\#",
        "\x1b[",
        "\x1b]",
        "\r",
        "\n",
        " ",
        "é",
    ]);
    let raw = prop::collection::vec(any::<u8>(), 0..8);
    let part = prop_oneof![4 => piece.prop_map(|p| p.as_bytes().to_vec()), 1 => raw];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn is_test(line: &str) -> bool {
    line.starts_with("test ") && line.contains(" ... ")
}

/// The places of the lines of each listing.
fn listings() -> Vec<Vec<usize>> {
    let mut listings = vec![Vec::new()];
    for (at, line) in PASS.lines().enumerate() {
        if line.starts_with("running ") {
            listings.push(Vec::new());
        } else if is_test(line) {
            listings.last_mut().unwrap().push(at);
        }
    }
    listings
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        for reader in readers() {
            let _ = read(reader, &bytes).map_err(|unread| unread.to_string());
        }
    }

    #[test]
    fn no_pieces_make_a_reader_panic_or_miscount(bytes in pieces()) {
        for reader in readers() {
            match read(reader, &bytes) {
                Err(unread) => prop_assert!(!unread.to_string().is_empty()),
                Ok(report) => {
                    prop_assert!(report.tests.is_sorted());
                    prop_assert!(report.counts.total() >= report.tests.len() as u64);
                }
            }
        }
    }

    #[test]
    fn every_prefix_of_a_log_is_read_without_panic(cut in 0..PASS.len()) {
        let _ = read(Reader::CargoTest, &PASS.as_bytes()[..cut]);
    }

    #[test]
    fn a_lost_test_line_is_noticed(pick in any::<prop::sample::Index>()) {
        let tests: Vec<usize> = listings().concat();
        let lost = tests[pick.index(tests.len())];
        let kept: Vec<&str> =
            PASS.lines().enumerate().filter(|&(at, _)| at != lost).map(|(_, line)| line).collect();
        prop_assert!(read(Reader::CargoTest, kept.join("\n").as_bytes()).is_err());
    }

    #[test]
    fn a_doubled_test_line_is_noticed(pick in any::<prop::sample::Index>()) {
        let tests: Vec<usize> = listings().concat();
        let doubled = tests[pick.index(tests.len())];
        let mut lines: Vec<&str> = PASS.lines().collect();
        lines.insert(doubled, lines[doubled]);
        prop_assert!(read(Reader::CargoTest, lines.join("\n").as_bytes()).is_err());
    }

    #[test]
    fn the_order_of_tests_does_not_matter(keys in prop::collection::vec(any::<u32>(), 32)) {
        let mut lines: Vec<&str> = PASS.lines().collect();
        for places in listings() {
            let mut shuffled: Vec<&str> = places.iter().map(|&at| lines[at]).collect();
            let mut keys = keys.iter();
            shuffled.sort_by_cached_key(|_| keys.next());
            for (&at, line) in places.iter().zip(shuffled) {
                lines[at] = line;
            }
        }
        let shuffled = read(Reader::CargoTest, lines.join("\n").as_bytes());
        prop_assert_eq!(shuffled, read(Reader::CargoTest, PASS.as_bytes()));
    }
}
