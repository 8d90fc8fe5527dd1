//! Matching 100,000 paths against the 500 globs of a Filemap, beside globset alone with the
//! same globs. Run by `benches/filemap.sh`, or `cargo bench --bench filemap`.

use std::path::Path;
use std::time::{Duration, Instant};

use globset::{Candidate, GlobSetBuilder};
use thrice_patch::judge::filemap::Rules;
use thrice_policy::values::PathGlob;
use thrice_programme::PolicyFiles;

const PROGRAMME: &str =
    "id = \"bench\"\nname = \"Bench\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
const GATES: &str = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n";

/// The five forms of glob that people write, a hundred of each.
fn globs() -> Vec<String> {
    (0..100)
        .flat_map(|n| {
            [
                format!("area{n}/**"),
                format!("lib/part{n}/*.rs"),
                format!("**/*.ext{n}"),
                format!("docs/**/chapter{n}/*.md"),
                format!("tools/run[0-9]{n}?.sh"),
            ]
        })
        .collect()
}

fn paths() -> Vec<String> {
    (0..100_000)
        .map(|n| match n % 5 {
            0 => format!("area{}/src/module{}/file{n}.rs", n % 97, n % 13),
            1 => format!("lib/part{}/file{n}.rs", n % 89),
            2 => format!("src/deep/er/and/er/file{n}.ext{}", n % 83),
            3 => format!("docs/a/b/chapter{}/text{n}.md", n % 79),
            _ => format!("area{}/data/{n}/{n}.json", n % 71),
        })
        .collect()
}

fn median(mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut count = 0;
    let mut times: Vec<Duration> = (0..7)
        .map(|_| {
            let start = Instant::now();
            count = work();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[times.len() / 2], count)
}

/// Standard output is what a bench is for.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn main() {
    let (globs, paths) = (globs(), paths());
    if std::env::args().any(|argument| argument == "--print") {
        globs.iter().for_each(|glob| say(&format!("glob {glob}")));
        paths.iter().for_each(|path| say(&format!("path {path}")));
        return;
    }
    let filemap = format!("[[areas]]\nname = \"all\"\npaths = {globs:?}\n");
    let files: PolicyFiles =
        [("programme.toml", PROGRAMME), ("gates.toml", GATES), ("filemap.toml", &filemap)]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    let filemap =
        policy.and_then(|policy| policy.filemap).unwrap_or_else(|| panic!("{findings:?}"));

    let ours = || {
        let Ok(rules) = Rules::new(&filemap, None) else { return 0 };
        let mut matched = Vec::new();
        let inside = |path: &&String| rules.is_inside_with(path.as_bytes(), &mut matched);
        paths.iter().filter(inside).count()
    };
    let alone = || {
        let mut builder = GlobSetBuilder::new();
        for glob in globs.iter().filter_map(|glob| PathGlob::new(glob).ok()) {
            builder.add(glob.glob().clone());
        }
        let Ok(set) = builder.build() else { return 0 };
        let mut matched = Vec::new();
        let inside = |path: &&String| {
            set.matches_candidate_into(&Candidate::new(Path::new(path.as_str())), &mut matched);
            !matched.is_empty()
        };
        paths.iter().filter(inside).count()
    };
    let ((ours, inside), (alone, also)) = (median(ours), median(alone));
    assert_eq!(inside, also);
    let ratio = ours.as_secs_f64() / alone.as_secs_f64();
    say(&format!("{inside} of {} paths inside {} globs", paths.len(), globs.len()));
    say(&format!("the Filemap {ours:.1?}, globset alone {alone:.1?}: {ratio:.2}"));
}
