//! How git gets to a remote, and whether a login may go with it. A gate can write into the
//! repository's configuration, which can send git elsewhere, or have it start programs.

use super::{Repository, call, call_text};

/// What git is to do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Fetch,
    Push,
}

/// The way to a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// What git is given: the address, so that nothing that is configured for the remote's
    /// name counts; the name, where git would make another address of it.
    pub(super) target: String,
    /// Whether the user's login may go with it: over https, where nothing of the
    /// repository's own configuration bears on how that is reached.
    pub(super) takes_login: bool,
    /// Whether the repository's own configuration names programs that are handed logins.
    pub(super) own_helper: bool,
}

/// A setting, as git lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    /// Whether it is the repository's own, and not the user's or the machine's.
    own: bool,
    /// The section, in lower case.
    section: String,
    /// What stands between section and name, as it is written.
    of: Option<String>,
    /// The name, in lower case.
    name: String,
    value: String,
}

/// Settings of `http` that bear neither on where git speaks to nor on how it knows whom.
const HARMLESS: [&str; 9] = [
    "postbuffer",
    "version",
    "lowspeedlimit",
    "lowspeedtime",
    "maxrequests",
    "minsessions",
    "useragent",
    "extraheader",
    "emptyauth",
];

impl Way {
    pub(super) fn to(repository: &Repository, remote: &str, direction: Direction) -> Self {
        let by_name = Self { target: remote.to_owned(), takes_login: false, own_helper: true };
        let (Some(address), Some(settings)) =
            (address(repository, remote, direction), settings(repository))
        else {
            return by_name;
        };
        if settings.iter().any(|setting| setting.rewrites(&address, direction)) {
            return by_name;
        }
        Self {
            takes_login: address.starts_with("https://")
                && !settings.iter().any(|setting| setting.leads_astray(&address)),
            own_helper: settings.iter().any(Setting::is_own_helper),
            target: address,
        }
    }
}

/// The address that git makes of a remote's name.
fn address(repository: &Repository, remote: &str, direction: Direction) -> Option<String> {
    let push = (direction == Direction::Push).then_some("--push");
    let call = call(repository.root(), ["remote", "get-url"]).arguments(push).argument(remote);
    let printed = call.run().ok()?;
    let address = call_text(&printed).lines().next()?.to_owned();
    (!address.is_empty()).then_some(address)
}

/// All settings that git sees here.
fn settings(repository: &Repository) -> Option<Vec<Setting>> {
    let printed = call(repository.root(), ["config", "--list", "--show-scope", "-z"]).run().ok()?;
    let text = call_text(&printed);
    let mut parts = text.split_terminator('\0');
    let mut all = Vec::new();
    while let Some(scope) = parts.next() {
        all.push(Setting::read(scope, parts.next()?)?);
    }
    Some(all)
}

impl Setting {
    fn read(scope: &str, entry: &str) -> Option<Self> {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
        let (section, rest) = key.split_once('.')?;
        let (of, name) = match rest.rsplit_once('.') {
            Some((of, name)) => (Some(of.to_owned()), name),
            None => (None, rest),
        };
        Some(Self {
            own: !matches!(scope, "system" | "global" | "command"),
            section: section.to_ascii_lowercase(),
            of,
            name: name.to_ascii_lowercase(),
            value: value.to_owned(),
        })
    }

    /// Whether git makes another address of this one (git-config(1), `url.<base>`).
    fn rewrites(&self, address: &str, direction: Direction) -> bool {
        let counts = match self.name.as_str() {
            "insteadof" => true,
            "pushinsteadof" => direction == Direction::Push,
            _ => false,
        };
        self.section == "url" && counts && address.starts_with(&self.value)
    }

    /// Whether the repository itself has a say in how an address is reached: a proxy, whom
    /// to believe, or a remote that is called like the address.
    fn leads_astray(&self, address: &str) -> bool {
        let of_address = self.of.as_deref() == Some(address);
        match self.section.as_str() {
            "http" => self.own && !HARMLESS.contains(&self.name.as_str()),
            "remote" => of_address,
            _ => false,
        }
    }

    fn is_own_helper(&self) -> bool {
        self.own && self.section == "credential" && self.name == "helper"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://github.localhost/o/r";

    /// The way there, with these lines in the repository's own configuration.
    fn way(lines: &str, direction: Direction) -> (String, bool) {
        let folder = tempfile::tempdir().unwrap();
        super::super::git(folder.path(), ["init", "--quiet"]).unwrap();
        let config = folder.path().join(".git/config");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, format!("{text}[remote \"origin\"]\nurl = {URL}\n{lines}"))
            .unwrap();
        let repository = Repository::at(folder.path().to_owned());
        let way = Way::to(&repository, "origin", direction);
        (way.target, way.takes_login)
    }

    #[test]
    fn a_login_goes_to_the_address_that_git_really_uses() {
        use Direction::{Fetch, Push};
        let with = (URL.to_owned(), true);
        let without = (URL.to_owned(), false);
        let to = |target: &str| (target.to_owned(), false);
        for (lines, direction, expected) in [
            ("", Fetch, &with),
            ("", Push, &with),
            // What is configured for the name is not obeyed.
            ("receivepack = /x\nuploadpack = /x\nvcs = x\nproxy = http://x\n", Push, &with),
            ("pushurl = file:///x.git\nreceivepack = /x\n", Fetch, &with),
            ("pushurl = file:///x.git\nreceivepack = /x\n", Push, &to("file:///x.git")),
            ("pushurl = http://github.localhost/o/r\n", Push, &to("http://github.localhost/o/r")),
            (
                "[url \"file:///x/\"]\ninsteadOf = https://\n",
                Fetch,
                &to("file:///x/github.localhost/o/r"),
            ),
            (
                "[url \"file:///x/\"]\npushInsteadOf = https://\n",
                Push,
                &to("file:///x/github.localhost/o/r"),
            ),
            ("[url \"file:///x/\"]\npushInsteadOf = https://\n", Fetch, &with),
            // What would be made of the address a second time.
            (
                "pushurl = x:\n[url \"https://a/\"]\npushInsteadOf = x:\n[url \"file:///x/\"]\ninsteadOf = https://a/\n",
                Push,
                &to("origin"),
            ),
            (
                "[url \"https://a/\"]\ninsteadOf = https://github\n[url \"file:///x/\"]\ninsteadOf = https://a/\n",
                Fetch,
                &to("origin"),
            ),
            ("[remote \"https://github.localhost/o/r\"]\nurl = file:///x.git\n", Fetch, &without),
            ("[http]\nsslVerify = false\n", Fetch, &without),
            ("[http \"https://github.localhost\"]\nproxy = http://x\n", Push, &without),
            ("[http]\ncurloptResolve = github.localhost:443:127.0.0.1\n", Push, &without),
            (
                "[http]\npostBuffer = 1\n[http \"https://github.localhost/\"]\nextraHeader = x: y\n",
                Push,
                &with,
            ),
            ("[include]\npath = absent\n[http]\nsslCAInfo = /x\n", Fetch, &without),
        ] {
            assert_eq!(way(lines, direction), *expected, "{lines} {direction:?}");
        }
    }

    #[test]
    fn settings_are_read_as_git_lists_them() {
        let read = |entry| Setting::read("local", entry);
        let one = read("url.file:///A.b/.insteadof\nhttps://x\ny").unwrap();
        assert_eq!((one.of.as_deref(), one.value.as_str()), (Some("file:///A.b/"), "https://x\ny"));
        assert_eq!(read("nothing"), None);
        assert_eq!(read("core.bare").unwrap().value, "");
    }
}
