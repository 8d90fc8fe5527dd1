//! Objects, hashed when they are read. git itself hashes an object when it comes in, not
//! when it is read: whoever can write below `.git` could put other bytes under its id, or
//! lead around it with a commit-graph.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use anyhow::{Context, bail};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::cat::cat;
use super::{Commit, Difference, Repository, TreeEntry, call};

/// How many objects one call of git is asked for: it holds its whole output.
const AT_ONCE: usize = 2_000;

/// The folder of a repository, a kind of objects and an id.
type ObjectKey = (PathBuf, String, String);

/// Objects that this command has read and hashed, by repository, kind and id: it asks for the
/// same commits, folders and rules up to six times, and each time would start git.
static READ: Mutex<BTreeMap<ObjectKey, Arc<[u8]>>> = Mutex::new(BTreeMap::new());

/// How many objects are kept, and how many bytes each may have: what a command asks for again
/// is small, and beside it large repositories are read once.
const KEPT: usize = 4_096;
const SMALL: usize = 16 << 10;

/// The entries of a tree object, by name.
type Entries = BTreeMap<Vec<u8>, TreeEntry>;

/// Two folders of the same path that are to be compared; `None` where there is none.
struct FolderPair {
    /// The comparison that it belongs to.
    of: usize,
    /// The path, with a `/` at its end; empty for the top.
    folder: Vec<u8>,
    old: Option<String>,
    new: Option<String>,
}

/// A commit, as its object says it.
pub(super) struct CommitObject {
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
    seconds: i64,
}

impl Repository {
    /// Hands the bytes of each object to `take`, in the order in which they are given.
    pub(super) fn read_objects(
        &self,
        kind: &str,
        ids: &[&str],
        mut take: impl FnMut(&str, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for part in ids.chunks(AT_ONCE) {
            let known: Vec<_> = part.iter().map(|id| self.known(kind, id, ids.len())).collect();
            let unknown = part.iter().zip(&known).filter(|(_, known)| known.is_none());
            let input: String = unknown.map(|(id, _)| format!("{id}\n")).collect();
            let printed =
                if input.is_empty() { Vec::new() } else { cat(self.root(), input.into_bytes())? };
            let mut rest = printed.as_slice();
            for (id, known) in part.iter().zip(known) {
                if let Some(bytes) = known {
                    take(id, &bytes)?;
                    continue;
                }
                let Some(object) = next_object(&mut rest)? else {
                    bail!("object {id} is not in this clone");
                };
                if object.kind != kind {
                    bail!("object {id} is a {}, not a {kind}", object.kind);
                }
                self.verified(&Object { id: (*id).to_owned(), ..object }, ids.len())?;
                take(id, object.bytes)?;
            }
        }
        Ok(())
    }

    /// What was read before of an object; nothing where `asked` are many, which nobody asks
    /// for twice.
    pub(super) fn known(&self, kind: &str, id: &str, asked: usize) -> Option<Arc<[u8]>> {
        if asked > KEPT {
            return None;
        }
        let key = (self.root().to_owned(), kind.to_owned(), id.to_owned());
        READ.lock().ok()?.get(&key).cloned()
    }

    /// Refuses bytes that are not those that the id names, and keeps them for who asks again.
    pub(super) fn verified(&self, object: &Object<'_>, asked: usize) -> anyhow::Result<()> {
        let Object { id, kind, bytes } = object;
        let size = bytes.len();
        verify(kind, id, size, &mut &**bytes)?;
        if let Ok(mut read) = READ.lock()
            && asked.max(read.len()) < KEPT
            && size <= SMALL
        {
            let key = (self.root().to_owned(), kind.clone(), id.clone());
            read.insert(key, Arc::from(*bytes));
        }
        Ok(())
    }

    /// The bytes of one object.
    pub(super) fn read_object(&self, kind: &str, id: &str) -> anyhow::Result<Vec<u8>> {
        let mut read = Vec::new();
        self.read_objects(kind, &[id], |_, bytes| {
            read = bytes.to_vec();
            Ok(())
        })?;
        Ok(read)
    }

    /// Commits, in the order of their ids.
    pub(super) fn commit_objects(&self, ids: &[&str]) -> anyhow::Result<Vec<CommitObject>> {
        let mut commits = Vec::with_capacity(ids.len());
        self.read_objects("commit", ids, |id, bytes| {
            commits.push(parse_commit(bytes).with_context(|| format!("cannot read commit {id}"))?);
            Ok(())
        })?;
        Ok(commits)
    }

    /// Hands the bytes of each commit to `take`, by full ids.
    ///
    /// # Errors
    /// Where git fails, or a commit's bytes are not those that its id names.
    pub fn read_commits(
        &self,
        ids: &[String],
        take: impl FnMut(&str, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        self.read_objects("commit", &ids, take)
    }

    /// A commit by its full id.
    ///
    /// # Errors
    /// Where git fails, it is not in this clone, or its bytes are not those that its id names.
    pub fn commit_of(&self, id: String) -> anyhow::Result<Commit> {
        let object = parse_commit(&self.read_object("commit", &id)?)
            .with_context(|| format!("cannot read commit {id}"))?;
        Ok(Commit { id, tree: object.tree, seconds: object.seconds })
    }

    /// An object as an open file without a name, however large it is.
    ///
    /// # Errors
    /// Where git fails, or its bytes are not those that its id names.
    pub fn object_file(&self, object: &str) -> anyhow::Result<File> {
        let mut file = crate::scratch::file()?;
        call(self.root(), ["cat-file", "blob", object]).run_into(&file)?;
        let size = usize::try_from(file.metadata()?.len())?;
        file.rewind()?;
        verify("blob", object, size, &mut file)?;
        file.rewind()?;
        Ok(file)
    }

    /// Every path whose entry differs between the trees of each pair, sorted by bytes; a
    /// pair without a first tree has all that is in the second.
    pub(super) fn compare(
        &self,
        pairs: &[(Option<&str>, &str)],
    ) -> anyhow::Result<Vec<Vec<Difference>>> {
        let mut found: Vec<Vec<Difference>> = pairs.iter().map(|_| Vec::new()).collect();
        let top = |(of, (old, new)): (usize, &(Option<&str>, &str))| FolderPair {
            of,
            folder: Vec::new(),
            old: old.map(str::to_owned),
            new: Some((*new).to_owned()),
        };
        let mut level: Vec<FolderPair> = pairs.iter().enumerate().map(top).collect();
        while !level.is_empty() {
            level.retain(|pair| pair.old != pair.new);
            let trees = self.read_trees(&level)?;
            let entries = |id: &Option<String>| -> Rc<Entries> {
                id.as_ref().and_then(|id| trees.get(id)).cloned().unwrap_or_default()
            };
            let mut next = Vec::new();
            for pair in &level {
                let (old, new) = (entries(&pair.old), entries(&pair.new));
                let into = found.get_mut(pair.of).context("a comparison that nobody asked for")?;
                compare_folders(pair, &old, &new, into, &mut next);
            }
            level = next;
        }
        for differences in &mut found {
            differences.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(found)
    }

    fn read_trees(&self, level: &[FolderPair]) -> anyhow::Result<HashMap<String, Rc<Entries>>> {
        let mut ids: Vec<&str> = level
            .iter()
            .flat_map(|pair| [&pair.old, &pair.new])
            .flatten()
            .map(|it| &**it)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut trees = HashMap::new();
        self.read_objects("tree", &ids, |id, bytes| {
            let entries = parse_tree(bytes, id.len() / 2);
            let entries = entries.with_context(|| format!("cannot read tree {id}"))?;
            trees.insert(id.to_owned(), Rc::new(entries));
            Ok(())
        })?;
        Ok(trees)
    }

    /// Whether a commit has something at a path.
    ///
    /// # Errors
    /// Where git fails, the commit is not in this clone, or an object's bytes are not those that
    /// its id names.
    pub fn has(&self, commit: &str, path: &str) -> anyhow::Result<bool> {
        let commit = self.commit_of(commit.to_owned())?;
        Ok(self.entry_at(commit.tree, path)?.is_some())
    }

    /// What a tree has at a path, a `/` at its end or not.
    fn entry_at(&self, tree: String, path: &str) -> anyhow::Result<Option<TreeEntry>> {
        let mut at = TreeEntry { mode: Cow::Borrowed("040000"), object: tree };
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let next = if at.is_tree() { self.entries(&at)?.remove(name.as_bytes()) } else { None };
            let Some(next) = next else { return Ok(None) };
            at = next;
        }
        Ok(Some(at))
    }

    fn entries(&self, tree: &TreeEntry) -> anyhow::Result<Entries> {
        parse_tree(&self.read_object("tree", &tree.object)?, tree.object.len() / 2)
    }

    /// The plain files of a folder of a tree: name to the blob's id; none where there is
    /// no such folder.
    pub(super) fn blobs_of_folder(
        &self,
        tree: &str,
        folder: &str,
    ) -> anyhow::Result<Vec<(Vec<u8>, String)>> {
        let found = self.entry_at(tree.to_owned(), folder)?;
        let Some(folder) = found.filter(TreeEntry::is_tree) else { return Ok(Vec::new()) };
        let plain = |entry: &TreeEntry| matches!(&*entry.mode, "100644" | "100755");
        let entries = self.entries(&folder)?.into_iter().filter(|(_, entry)| plain(entry));
        Ok(entries.map(|(name, entry)| (name, entry.object)).collect())
    }
}

/// What differs between two folders; the folders below them that do are for later.
fn compare_folders(
    pair: &FolderPair,
    old: &Entries,
    new: &Entries,
    found: &mut Vec<Difference>,
    later: &mut Vec<FolderPair>,
) {
    let mut add = |name: &[u8], old: Option<&TreeEntry>, new: Option<&TreeEntry>| {
        if old == new {
            return;
        }
        let path = [&pair.folder[..], name].concat();
        let tree =
            |entry: Option<&TreeEntry>| Some(entry.filter(|it| it.is_tree())?.object.clone());
        let (old_tree, new_tree) = (tree(old), tree(new));
        if old_tree.is_some() || new_tree.is_some() {
            let folder = [&path[..], b"/"].concat();
            later.push(FolderPair { of: pair.of, folder, old: old_tree, new: new_tree });
        }
        let leaf = |entry: Option<&TreeEntry>| entry.filter(|it| !it.is_tree()).cloned();
        let (old, new) = (leaf(old), leaf(new));
        if old.is_some() || new.is_some() {
            found.push(Difference { path, old, new });
        }
    };
    for (name, entry) in old {
        add(name, Some(entry), new.get(name));
    }
    for (name, entry) in new {
        if !old.contains_key(name) {
            add(name, None, Some(entry));
        }
    }
}

/// An object as `git cat-file --batch` prints it; its bytes are not yet held against its id.
pub(super) struct Object<'a> {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) bytes: &'a [u8],
}

/// Takes one object off what `git cat-file --batch` printed: `<id> <kind> <size>`, LF, bytes,
/// LF; none where it printed `<name> missing` or `<name> ambiguous`, LF.
pub(super) fn next_object<'a>(rest: &mut &'a [u8]) -> anyhow::Result<Option<Object<'a>>> {
    let end = rest.iter().position(|byte| *byte == b'\n').context("git cat-file: cut off")?;
    let head = String::from_utf8_lossy(&rest[..end]).into_owned();
    if head.ends_with(" missing") || head.ends_with(" ambiguous") {
        *rest = &rest[end + 1..];
        return Ok(None);
    }
    let mut words = head.split(' ').map(str::to_owned);
    let (Some(id), Some(kind), size) = (words.next(), words.next(), words.next()) else {
        bail!("git cat-file: {head}");
    };
    let size = size.and_then(|size| size.parse::<usize>().ok());
    let size = size.with_context(|| format!("git cat-file: {head}"))?;
    let bytes = rest.get(end + 1..end + 1 + size).context("git cat-file: cut off")?;
    *rest = rest.get(end + 2 + size..).context("git cat-file: cut off")?;
    Ok(Some(Object { id, kind, bytes }))
}

/// Refuses bytes that are not those that an id names: SHA-1 or SHA-256 over
/// `<kind> <size>`, NUL, bytes.
fn verify(kind: &str, id: &str, size: usize, bytes: &mut impl Read) -> anyhow::Result<()> {
    let is = if id.len() == 64 {
        hashed::<Sha256>(kind, size, bytes)?
    } else {
        hashed::<Sha1>(kind, size, bytes)?
    };
    if is != id {
        bail!(
            "the {kind} {id} has other bytes than its id names: something wrote into .git; see \
             `git fsck`, and fetch it again"
        );
    }
    Ok(())
}

fn hashed<D: Digest>(kind: &str, size: usize, bytes: &mut impl Read) -> anyhow::Result<String> {
    let mut digest = D::new();
    digest.update(format!("{kind} {size}\0"));
    let mut part = vec![0; 64 << 10];
    loop {
        match bytes.read(&mut part)? {
            0 => break,
            length => digest.update(part.get(..length).unwrap_or_default()),
        }
    }
    Ok(hex(&digest.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // There may be many ids, and a digit at a time is slow in a build without optimisation.
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte / 16)];
        pair[1] = DIGITS[usize::from(byte % 16)];
    }
    String::from_utf8(text).unwrap_or_default()
}

/// A commit object, as git reads it: parents follow the tree, the author follows them. What
/// calls itself a parent further down is none.
fn parse_commit(bytes: &[u8]) -> anyhow::Result<CommitObject> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n').peekable();
    let tree = lines.next().and_then(|line| line.strip_prefix("tree "));
    let tree = tree.context("it names no tree")?.to_owned();
    let mut parents = Vec::new();
    while let Some(parent) = lines.peek().and_then(|line| line.strip_prefix("parent ")) {
        parents.push(parent.to_owned());
        lines.next();
    }
    lines.next().filter(|line| line.starts_with("author ")).context("it names no author")?;
    let committer = lines.next().and_then(|line| line.strip_prefix("committer "));
    // `name <address> seconds zone`
    let seconds = committer.context("it names no committer")?.rsplit(' ').nth(1);
    let seconds = seconds.and_then(|seconds| seconds.parse().ok()).context("it has no time")?;
    Ok(CommitObject { tree, parents, seconds })
}

/// A tree object: `<mode> <name>`, NUL, the id's bytes, for each entry.
fn parse_tree(mut bytes: &[u8], id_length: usize) -> anyhow::Result<Entries> {
    let mut entries = Entries::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ').context("no mode")?;
        let end = bytes.iter().position(|byte| *byte == 0).context("no name")?;
        let mode = match &bytes[..space] {
            b"100644" => Cow::Borrowed("100644"),
            b"100755" => Cow::Borrowed("100755"),
            b"40000" => Cow::Borrowed("040000"),
            // A folder's is written without its first zero.
            other => Cow::Owned(format!("{:0>6}", String::from_utf8_lossy(other))),
        };
        let name = bytes.get(space + 1..end).context("no name")?.to_vec();
        if matches!(&name[..], b"" | b"." | b"..") || name.contains(&b'/') {
            bail!("an entry's name leads out of its folder");
        }
        let id = bytes.get(end + 1..end + 1 + id_length).context("no id")?;
        let entry = TreeEntry { mode, object: hex(id) };
        if entries.insert(name, entry).is_some() {
            bail!("two entries have one name");
        }
        bytes = &bytes[end + 1 + id_length..];
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that `git hash-object -t KIND` gives.
    #[test]
    fn an_id_names_its_bytes_and_no_others() {
        let of = |kind: &str, id: &str, bytes: &[u8]| {
            verify(kind, id, bytes.len(), &mut &*bytes).is_ok()
        };
        let (sha1, sha256) = (
            "ce013625030ba8dba906f756967f9e9ca394464a",
            "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4",
        );
        for id in [sha1, sha256] {
            assert!(of("blob", id, b"hello\n"), "{id}");
            assert!(!of("blob", id, b"hello"), "{id}");
            assert!(!of("tree", id, b"hello\n"), "{id}");
        }
        assert!(of("tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", b""));
    }

    #[test]
    fn git_is_asked_for_an_object_once() {
        let folder = tempfile::tempdir().unwrap();
        call(folder.path(), ["init", "--quiet"]).run().unwrap();
        let repository = Repository::around(folder.path()).unwrap();
        let [read, other] = ["read", "other"].map(|text| {
            let written = call(folder.path(), ["hash-object", "-w", "--stdin"]).input(text.into());
            String::from_utf8(written.run().unwrap().stdout).unwrap().trim().to_owned()
        });
        assert_eq!(repository.read_object("blob", &read).unwrap(), b"read");
        std::fs::remove_dir_all(folder.path().join(".git/objects")).unwrap();
        std::fs::create_dir(folder.path().join(".git/objects")).unwrap();
        assert_eq!(repository.read_object("blob", &read).unwrap(), b"read");
        assert!(repository.read_object("tree", &read).is_err());
        assert!(repository.read_object("blob", &other).is_err());
    }

    #[test]
    fn a_parent_is_what_git_takes_for_one() {
        let parents = |text: &str| Some(parse_commit(text.as_bytes()).ok()?.parents);
        let who = "author a <a> 1 +0000\ncommitter a <a> 1 +0000\n";
        let one = Some(vec!["p".to_owned()]);
        assert_eq!(parents(&format!("tree t\nparent p\n{who}\nparent q\n")), one);
        assert_eq!(parents(&format!("tree t\nparent p\n{who}parent q\n\nm\n")), one);
        assert_eq!(parents(&format!("tree t\n{who}\n")), Some(Vec::new()));
        for odd in
            [format!("parent p\ntree t\n{who}"), "tree t\nauthor a <a> 1 +0000\nparent p\n".into()]
        {
            assert_eq!(parents(&odd), None, "{odd}");
        }
    }

    #[test]
    fn what_git_would_never_write_is_no_tree() {
        let id = [7; 20];
        let entry = |mode: &str, name: &str| {
            [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &id[..]].concat()
        };
        let whole = [entry("40000", "a"), entry("100644", "b c")].concat();
        let entries = parse_tree(&whole, 20).unwrap();
        assert!(entries[&b"a"[..]].is_tree() && !entries[&b"b c"[..]].is_tree());
        assert_eq!(entries[&b"b c"[..]].object, "07".repeat(20));
        for cut in [&whole[..whole.len() - 1], &whole[..3], b"100644 a", b"\0"] {
            assert!(parse_tree(cut, 20).is_err(), "{}", cut.escape_ascii());
        }
        assert!(parse_tree(&[entry("100644", "a"), entry("40000", "a")].concat(), 20).is_err());
        for name in ["", ".", "..", "a/b", "../x", "/x"] {
            assert!(parse_tree(&entry("100644", name), 20).is_err(), "{name}");
        }
    }
}
