//! Which repository on which host.

use std::fmt;

/// A repository on GitHub, or on a GitHub Enterprise Server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug {
    /// The host, such as `github.com`.
    pub host: String,
    /// The owner's login.
    pub owner: String,
    /// The repository's name.
    pub name: String,
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl Slug {
    /// Reads `[HOST/]OWNER/NAME`, as gh takes it in `GH_REPO`.
    #[must_use]
    pub fn read(text: &str, default_host: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            [owner, name] => Self::checked(default_host, owner, name),
            [host, owner, name] => Self::checked(host, owner, name),
            _ => None,
        }
    }

    /// Reads the address of a remote (git-clone(1), "GIT URLS"), whatever user or token
    /// it holds.
    #[must_use]
    pub fn of_remote(url: &str) -> Option<Self> {
        let (host, path) = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
            Some(_) => return None,
            None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
        };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let host = host.split(':').next().unwrap_or(host);
        let path = path.trim_matches('/');
        let (owner, name) = path.split_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        Self::checked(if host == "ssh.github.com" { "github.com" } else { host }, owner, name)
    }

    /// Whether an address is on this repository's host, or on one below it as GitHub's
    /// uploads are. Plain HTTP is for tests on one's own machine alone.
    #[must_use]
    pub(crate) fn has_host_of(&self, url: &str) -> bool {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let below = |host: &str| host.strip_suffix(&self.host).is_some_and(|it| it.ends_with('.'));
        let own = (host == self.host || below(host)) && !host.contains('@');
        own && (scheme == "https" || (scheme == "http" && self.host.ends_with(".localhost")))
    }

    fn checked(host: &str, owner: &str, name: &str) -> Option<Self> {
        let word = |text: &str, more: &str| {
            let good = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !text.is_empty() && text.chars().all(good) && !matches!(text, "." | "..")
        };
        let good = word(host, "-.") && word(owner, "-_") && word(name, "-_.");
        good.then(|| Self {
            host: host.to_ascii_lowercase(),
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// Percent-encodes one segment of a path or one value of a query (RFC 3986: all but
/// unreserved characters).
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded() {
        assert_eq!(encoded("a/b c?é-._~"), "a%2Fb%20c%3F%C3%A9-._~");
    }

    #[test]
    fn a_token_goes_to_hosts_of_the_server_alone() {
        for (host, url, good) in [
            ("github.com", "https://uploads.github.com/repos/o/r/releases/1/assets?name=x", true),
            ("github.com", "https://github.com/x", true),
            ("github.com", "http://uploads.github.com/x", false),
            ("github.com", "https://uploads.github.com.evil.example/x", false),
            ("github.com", "https://evilgithub.com/x", false),
            ("github.com", "https://evil.example/@uploads.github.com/", false),
            ("github.com", "https://uploads.github.com@evil.example/", false),
            ("github.com", "https://evil.example#.github.com", false),
            ("github.com", "https://x:y@uploads.github.com/", false),
            ("github.com", "uploads.github.com/x", false),
            ("github.localhost", "http://uploads.github.localhost/x", true),
            ("", "https:///x", false),
        ] {
            let slug = Slug { host: host.to_owned(), owner: "o".to_owned(), name: "r".to_owned() };
            assert_eq!(slug.has_host_of(url) && !host.is_empty(), good, "{host} {url}");
        }
    }

    #[test]
    fn addresses_of_remotes() {
        for (url, expected) in [
            ("https://github.com/o/r.git", Some("github.com o r")),
            ("https://user:token@github.com/o/r", Some("github.com o r")),
            ("git@github.com:o/r.git", Some("github.com o r")),
            ("ssh://git@ssh.github.com:443/o/r.git", Some("github.com o r")),
            ("ssh://git@GHE.example.com:2222/o/r.x.git/", Some("ghe.example.com o r.x")),
            ("https://github.com/o", None),
            ("https://github.com/o/r/more", None),
            ("https://github.com/o/..", None),
            ("https://github.com/o/r?x=1", None),
            ("file:///srv/o/r.git", None),
            ("/srv/o/r.git", None),
            ("../r:x", None),
            ("", None),
        ] {
            let read = Slug::of_remote(url)
                .map(|slug| format!("{} {} {}", slug.host, slug.owner, slug.name));
            assert_eq!(read.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn names_as_gh_takes_them() {
        for (text, expected) in [
            ("o/r", Some("github.com o r")),
            ("github.localhost/o/r", Some("github.localhost o r")),
            ("r", None),
            ("a/b/c/d", None),
            ("o/r#", None),
            ("o/../r", None),
        ] {
            let read = Slug::read(text, "github.com")
                .map(|slug| format!("{} {} {}", slug.host, slug.owner, slug.name));
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
