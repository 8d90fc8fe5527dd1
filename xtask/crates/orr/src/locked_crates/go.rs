//! What Go compiles for a review's gates of packages that are not the repository's own: those of
//! Go itself, and of other modules.
//!
//! They are compiled once into a cache that stays with the repository, and each run starts from a
//! copy of it. Go names what it keeps by all that it was made from, and compiles the rest. What is
//! kept is as trusted as the modules that were fetched: no same user can be kept from writing there.

use std::path::PathBuf;
use std::time::Instant;

use super::{Making, folder, store};
use crate::layout::{Run, open_log, repository_cache};
use crate::prepare::said_meanwhile;
use thrice_facts::files;
use thrice_facts::process::gate::{Ended, GateCommand};
use thrice_facts::process::manner::Manner;
use thrice_findings::text::command_line;
use thrice_programme::{Gates, LockedCrates};
use thrice_report::event::Event;
use thrice_report::text::seconds;

/// What `go list` prints of each package of others. A module that is replaced by a folder is the
/// repository's own.
const OF_OTHERS: &str = "{{if .Standard}}{{.ImportPath}}{{else}}{{with .Module}}{{if not .Main}}\
                         {{if not (and .Replace (not .Replace.Version))}}{{$.ImportPath}}\
                         {{end}}{{end}}{{end}}{{end}}";

/// Where Go keeps what it compiles, in a HOME.
const CACHE: &str =
    if cfg!(target_os = "macos") { "Library/Caches/go-build" } else { ".cache/go-build" };

/// Compiles what gates need of others. That something does not compile is for the runs to say.
///
/// # Errors
/// Where the tool itself cannot do its part.
pub(crate) fn compile(making: &Making<'_>) -> anyhow::Result<()> {
    let all = making.of_gates(|argv| Call::of(argv).map(|_| argv.to_vec()));
    let Some(cache) = repository_cache(&making.run.root).filter(|_| !all.is_empty()) else {
        return Ok(());
    };
    crate::environment::make_home(making.run, &making.gates.environment)?;
    let source = thrice_facts::scratch::folder()?;
    making.tree.export(source.path())?;
    let log = open_log(making.log)?;
    let (mut done, begun) = (Vec::<Vec<String>>::new(), Instant::now());
    for mut compiling in all {
        let Some(call) = Call::of(&compiling.argv) else { continue };
        let own = cache.join("go-build").display().to_string();
        // A gate that says where its cache is keeps it there.
        if compiling.environment.insert("GOCACHE".to_owned(), own).is_some() {
            continue;
        }
        let listed = store::printed(making, &call.list(), &compiling, source.path())?;
        let argv = call.build(&listed.unwrap_or_default());
        let Some(argv) = argv.filter(|argv| !done.contains(argv)) else { continue };
        let shown =
            format!("{} (of Go itself and other modules)", command_line(call.words("build")));
        making.listener.event(&Event::Preparing { command: shown });
        let deadline = Instant::now() + store::LIMIT;
        let command = GateCommand {
            argv: &argv,
            folder: source.path(),
            environment: &compiling.environment,
            log: &log,
            deadline,
            interrupt: making.interrupt,
            manner: Manner::default(),
        };
        let doing = "compiling what is of Go itself and of other modules";
        let ended = said_meanwhile(making.listener, doing, making.log, || command.run())?;
        if ended == Ended::Interrupted {
            break;
        }
        done.push(argv);
    }
    if !done.is_empty() {
        let text = format!("compiled in {}", seconds(begun.elapsed().as_secs_f64()));
        making.listener.event(&Event::Said { text });
    }
    Ok(())
}

/// Gives a run its copy of what was compiled of others, unless it is to compile everything
/// itself: `runs` is how many the review has.
///
/// # Errors
/// Where it cannot be copied.
pub(crate) fn copy_to(run: &Run, gates: &Gates, runs: u32) -> anyhow::Result<()> {
    let is_cold = match gates.locked_crates {
        LockedCrates::Once => false,
        LockedCrates::OneColdRun => run.number == runs,
        LockedCrates::EachRun => true,
    };
    let compiled = repository_cache(&run.root).map(|cache| cache.join("go-build"));
    let own = run.home().join(CACHE);
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    let Some(from) = compiled.filter(|it| !is_cold && it.is_dir()) else { return Ok(()) };
    match own.parent().filter(|_| is_free(&own)) {
        // Nothing is written through a link that policy made into the user's HOME.
        Some(parent) if !parent.is_symlink() => {
            files::make_folder(parent)?;
            folder::copy(&from, &own)
        }
        _ => Ok(()),
    }
}

/// How a gate calls Go: the words before the verb, and the flags that decide what is compiled.
struct Call {
    before: Vec<String>,
    flags: Vec<String>,
}

impl Call {
    /// The call of a command of a gate; none where it compiles nothing with Go.
    fn of(argv: &[String]) -> Option<Self> {
        let (program, rest) = argv.split_first().filter(|(program, _)| *program == "go")?;
        let moved = if rest.first().is_some_and(|word| word == "-C") { 2 } else { 0 };
        let (before, rest) = rest.split_at_checked(moved)?;
        let (verb, rest) = rest.split_first()?;
        if !["build", "install", "run", "test", "vet"].contains(&verb.as_str()) {
            return None;
        }
        let decides = |flag: &&String| {
            ["-race", "-msan", "-asan", "-trimpath"].contains(&flag.as_str())
                || ["-tags=", "-mod="].iter().any(|begin| flag.starts_with(begin))
        };
        let flags = rest.iter().filter(decides).cloned().collect();
        Some(Self { before: [program].into_iter().chain(before).cloned().collect(), flags })
    }

    fn words(&self, verb: &str) -> Vec<String> {
        [&self.before[..], &[verb.to_owned()], &self.flags].concat()
    }

    fn list(&self) -> Vec<String> {
        let more = ["-e", "-deps", "-test", "-f", OF_OTHERS, "./..."].map(str::to_owned);
        [self.words("list"), more.to_vec()].concat()
    }

    /// The command that compiles what [`Call::list`] printed; none where that is nothing.
    fn build(&self, listed: &str) -> Option<Vec<String>> {
        // A package that is compiled anew for a test of another has that one's name behind its own.
        let packages: Vec<String> = listed
            .lines()
            .filter(|line| !line.is_empty() && !line.contains(' '))
            .map(str::to_owned)
            .collect();
        (!packages.is_empty()).then(|| [self.words("build"), packages].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_call_of_go_is_compiled_for_with_its_own_flags() {
        for (gate, builds) in [
            ("go test -json ./...", "go build fmt a.example/b"),
            ("go vet ./...", "go build fmt a.example/b"),
            ("go -C x test -race -count=1 ./...", "go -C x build -race fmt a.example/b"),
            ("go build -tags=a,b -o out ./...", "go build -tags=a,b fmt a.example/b"),
        ] {
            let listed = "fmt\n\na.example/b\na.example/b [m.test]\n";
            let call = Call::of(&words(gate)).unwrap();
            assert_eq!(call.build(listed), Some(words(builds)), "{gate}");
            assert_eq!(call.build("\n"), None, "{gate}");
        }
        for gate in ["go", "go -C", "go -C x", "go fmt ./...", "gofmt -l .", "sh -c go"] {
            assert!(Call::of(&words(gate)).is_none(), "{gate}");
        }
    }
}
