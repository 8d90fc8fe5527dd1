//! Objects and references, written without a working tree or an index.

use anyhow::{Context, bail};

use super::{Repository, call, call_text};

/// A commit that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewCommit<'a> {
    /// Its tree.
    pub tree: &'a str,
    /// The commit before it; none for the first of its branch.
    pub parent: Option<&'a str>,
    /// The address of who makes it; their name, too.
    pub author: &'a str,
    /// When, in seconds since 1970.
    pub seconds: i64,
    /// Its message.
    pub message: &'a str,
}

impl Repository {
    /// Writes a blob; gives its id.
    ///
    /// # Errors
    /// Where git fails.
    pub fn write_blob(&self, bytes: Vec<u8>) -> anyhow::Result<String> {
        self.written(&["hash-object", "-w", "--no-filters", "--stdin"], bytes)
    }

    /// Writes a tree of plain files, each a name without `/` and a blob; gives its id.
    ///
    /// # Errors
    /// Where git fails.
    pub fn write_flat_tree(&self, files: &[(String, String)]) -> anyhow::Result<String> {
        let line = |(name, blob): &(String, String)| format!("100644 blob {blob}\t{name}\0");
        let lines: String = files.iter().map(line).collect();
        self.written(&["mktree", "-z"], lines.into_bytes())
    }

    /// Writes a commit; gives its id. No setting of the user bears on it.
    ///
    /// # Errors
    /// Where git fails, or the author's address could end the line it stands in.
    pub fn write_commit(&self, new: &NewCommit<'_>) -> anyhow::Result<String> {
        let NewCommit { tree, parent, author, seconds, message } = new;
        if author.contains(['<', '>', '\n', '\0']) {
            bail!("git cannot name `{author}` as an author");
        }
        let who = format!("{author} <{author}> {seconds} +0000");
        let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
        let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}\n");
        self.written(&["hash-object", "-w", "-t", "commit", "--stdin"], text.into_bytes())
    }

    /// The newest commits of a branch that changed a folder, those that a merge brought as the
    /// merge, at most `most` of them; newest first.
    ///
    /// # Errors
    /// Where git fails.
    pub fn changes_of(&self, newest: &str, folder: &str, most: u32) -> anyhow::Result<Vec<String>> {
        let most = most.to_string();
        let arguments = ["rev-list", "--first-parent", "--max-count", &most, newest, "--", folder];
        let printed = call(self.root(), arguments).run()?;
        Ok(call_text(&printed).lines().map(str::to_owned).collect())
    }

    fn written(&self, arguments: &[&str], input: Vec<u8>) -> anyhow::Result<String> {
        let printed = call(self.root(), arguments).input(input).run()?;
        Ok(call_text(&printed).trim().to_owned())
    }

    /// The object that a reference of this full name has; `None` where there is none.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn reference(&self, name: &str) -> anyhow::Result<Option<String>> {
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
        let printed = call(self.root(), verify).run_any_status()?;
        let id = call_text(&printed).trim().to_owned();
        Ok((printed.status == 0 && !id.is_empty()).then_some(id))
    }

    /// Moves a reference from what it is expected to have to a new object, as one step;
    /// `None` means that it is not there. Whether it moved: false where it had another.
    ///
    /// # Errors
    /// Where git fails otherwise.
    pub fn move_reference(
        &self,
        name: &str,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> anyhow::Result<bool> {
        let line = match (expected, new) {
            (None, Some(new)) => format!("create {name}\0{new}\0"),
            (Some(old), Some(new)) if old != new => format!("update {name}\0{new}\0{old}\0"),
            (Some(old), None) => format!("delete {name}\0{old}\0"),
            // It stays where it is, if it is there.
            _ => return Ok(self.reference(name)?.as_deref() == expected),
        };
        let update = call(self.root(), ["update-ref", "--stdin", "-z"]).input(line.into_bytes());
        let printed = update.run_any_status()?;
        if printed.status == 0 {
            return Ok(true);
        }
        if self.reference(name)?.as_deref() != expected {
            return Ok(false);
        }
        let said = String::from_utf8_lossy(&printed.stderr).into_owned();
        Err(anyhow::anyhow!("{}", said.trim())).with_context(|| format!("cannot move {name}"))
    }

    /// The commits that one commit has and another has not, the oldest first, each with
    /// its parents.
    ///
    /// # Errors
    /// Where git fails.
    pub fn lineage(
        &self,
        newest: &str,
        without: Option<&str>,
    ) -> anyhow::Result<Vec<(String, Vec<String>)>> {
        let mut input = format!("{newest}\n");
        if let Some(without) = without {
            input.push_str(&format!("^{without}\n"));
        }
        let list = ["rev-list", "--reverse", "--topo-order", "--parents", "--stdin"];
        let text = call_text(&call(self.root(), list).input(input.into_bytes()).run()?);
        let ids = |line: &str| {
            let mut ids = line.split(' ').map(str::to_owned);
            Some((ids.next()?, ids.collect()))
        };
        Ok(text.lines().filter_map(ids).collect())
    }
}
