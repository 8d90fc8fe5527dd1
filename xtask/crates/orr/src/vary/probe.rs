//! What this machine can vary: looked at once, by doing it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Variation;
use super::apply;
use super::plan::Machine;
use super::tree::{self, DISK};
use thrice_facts::git::Repository;
use thrice_facts::process::Call;
use thrice_facts::{files, machine};
use thrice_programme::Aspect;

/// Who runs this, for what needs namespaces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worlds {
    /// Number of the user.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// Whether it is root.
    pub is_root: bool,
}

impl Worlds {
    #[must_use]
    pub(crate) fn here() -> Self {
        let (uid, gid) = (rustix::process::getuid(), rustix::process::getgid());
        Self { uid: uid.as_raw(), gid: gid.as_raw(), is_root: uid.is_root() }
    }
}

/// Name of the locale that is made where the machine has none that collates.
pub(crate) const MADE_LOCALE: &str = "thrice";

/// Where glibc keeps a UTF-8 locale without collation.
const PLAIN_LOCALES: &[&str] = &["/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8"];

/// Looks what of these aspects can be varied.
pub(crate) fn machine(
    repository: &Repository,
    folder: &Path,
    wanted: &[Aspect],
) -> anyhow::Result<Machine> {
    let mut found = Machine {
        missing: BTreeMap::new(),
        collating: None,
        zones: Path::new("/usr/share/zoneinfo/Pacific/Kiritimati").exists(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
    };
    for aspect in wanted {
        let why = match aspect {
            Aspect::Locale => {
                found.collating = collating(folder);
                let none = || "none here sorts otherwise than LC_ALL=C".to_owned();
                found.collating.is_none().then(none)
            }
            Aspect::Cpus => cpus(found.cpus),
            Aspect::History => tree::obstacle(repository)?,
            Aspect::FolderOrder => tree::order_obstacle()?,
            Aspect::Kernel => probed(folder, Aspect::Kernel, "2.6", &["uname", "-r"], "2.6."),
            Aspect::Aslr => probed(folder, Aspect::Aslr, "off", &["true"], ""),
            Aspect::HostName => {
                probed(folder, Aspect::HostName, "probe", &["uname", "-n"], "probe")
            }
            Aspect::Uid => probed(folder, Aspect::Uid, "4321", &["id", "-u"], "4321"),
            Aspect::Disk => disk(),
            Aspect::Clock => faketime_library().is_none().then(|| "no libfaketime".to_owned()),
            _ => None,
        };
        if let Some(why) = why {
            found.missing.insert(*aspect, why);
        }
    }
    Ok(found)
}

fn cpus(cpus: usize) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("only Linux binds a process to CPUs".to_owned());
    }
    (cpus < 2).then(|| "there is one CPU".to_owned())
}

/// Does it to a program, and looks whether it sees it.
fn probed(folder: &Path, aspect: Aspect, value: &str, argv: &[&str], seen: &str) -> Option<String> {
    let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
    let variation = Variation::default().with(aspect, value);
    let command = apply::command(&variation, Worlds::here(), &argv);
    let (program, arguments) = command.split_first()?;
    if !machine::has(program) {
        return Some(format!("no `{program}`"));
    }
    let call = Call::new(program, folder).arguments(arguments.iter());
    match call.run_any_status() {
        Ok(printed) if printed.status == 0 => {
            let text = String::from_utf8_lossy(&printed.stdout).into_owned();
            (!text.starts_with(seen)).then(|| "it stays as it is".to_owned())
        }
        _ if program == "unshare" => Some("no user namespaces".to_owned()),
        Ok(printed) => Some(format!("`{program}` ended with status {}", printed.status)),
        Err(error) => Some(error.to_string()),
    }
}

fn disk() -> Option<String> {
    let enough = 2 << 30;
    match machine::free(Path::new(DISK)) {
        _ if !tree::is_memory() => Some(format!("no tmpfs at {DISK}")),
        Ok(free) if free < enough => Some(format!("less than 2 GiB free at {DISK}")),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// A locale of UTF-8 that does not sort by bytes: one of the machine's, or one that can
/// be made.
fn collating(folder: &Path) -> Option<String> {
    let printed = Call::new("locale", folder).argument("-a").run().ok()?;
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    let is_utf8 = |name: &str| name.to_lowercase().replace('-', "").ends_with(".utf8");
    let plain = |name: &str| name.starts_with("C.") || name.starts_with("POSIX");
    let mut names: Vec<&str> = text.lines().filter(|name| is_utf8(name) && !plain(name)).collect();
    // Estonian has letters where others do not expect them: z comes before t.
    names.sort_by_key(|name| (!name.starts_with("et_EE"), !name.starts_with("en_"), *name));
    let installed = names.first().map(|name| {
        let (language, _) = name.split_once('.').unwrap_or((name, ""));
        format!("{language}.UTF-8")
    });
    installed.or_else(|| {
        let can = machine::has("localedef") && plain_locale().is_some();
        can.then(|| MADE_LOCALE.to_owned())
    })
}

fn plain_locale() -> Option<&'static Path> {
    PLAIN_LOCALES.iter().map(Path::new).find(|path| path.join("LC_CTYPE").is_file())
}

/// Makes a locale in which upper and lower case are sorted together, below a folder: as
/// the plain one, with a collation of its own.
pub(crate) fn make_locale(locales: &Path) -> anyhow::Result<()> {
    let Some(plain) = plain_locale() else { return Ok(()) };
    let made = locales.join(MADE_LOCALE);
    let source = locales.join("source");
    files::make_folder(&made)?;
    for file in files::walk(plain)? {
        let to = made.join(files::display_bytes(&file.relative));
        files::write_whole(&to, &files::read(&file.path)?)?;
    }
    files::write_whole(&source, collation().as_bytes())?;
    let arguments = ["-c", "--no-archive", "-f", "ANSI_X3.4-1968", "-i", "source", "./compiled"];
    // It warns of every category that the source lacks, and says so in its status.
    Call::new("localedef", locales).arguments(arguments).run_any_status()?;
    let collation = files::read(&locales.join("compiled/LC_COLLATE"))?;
    files::write_whole(&made.join("LC_COLLATE"), &collation)
}

/// The source of the collation: ASCII, `a` and `A` side by side.
fn collation() -> String {
    let symbols = (0x20_u8..0x7f).filter(|byte| !byte.is_ascii_alphabetic());
    let letters = (b'a'..=b'z').flat_map(|letter| [letter, letter.to_ascii_uppercase()]);
    let line = |byte: u8| format!("<U{byte:04X}> <U{byte:04X}>\n");
    let lines: String = symbols.chain(letters).map(line).collect();
    format!(
        "comment_char %\nescape_char /\nLC_COLLATE\norder_start forward\n{lines}UNDEFINED\n\
         order_end\nEND LC_COLLATE\n"
    )
}

/// The library that shows programs another time.
#[must_use]
pub(crate) fn faketime_library() -> Option<PathBuf> {
    let names = ["libfaketimeMT.so.1", "libfaketime.so.1"];
    let program = machine::path_of("faketime").and_then(|program| program.canonicalize().ok());
    let beside = program.as_deref().and_then(Path::parent).and_then(Path::parent);
    let bases = beside.into_iter().chain([Path::new("/usr"), Path::new("/usr/local")]);
    let libraries =
        [format!("lib/{}-linux-gnu", std::env::consts::ARCH), "lib64".into(), "lib".into()];
    let below = |base: &Path| libraries.clone().map(|library| base.join(library).join("faketime"));
    let folders: Vec<PathBuf> = bases.flat_map(below).collect();
    let all = folders.iter().flat_map(|folder| names.map(|name| folder.join(name)));
    all.into_iter().find(|path| path.is_file())
}
