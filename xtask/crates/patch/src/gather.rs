//! Gathering a patch: which base it is judged against, what it changes, and the rules
//! of that base.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::judge::approvals::Approvals;
use crate::judge::filemap::{Blob, FilemapFacts, Links, Rules, Ruling, wanted};
use crate::judge::patch::{Change, Entry, EntryKind, Merge, Patch};
use thrice_facts::git::{Commit, Difference, Repository, TreeEntry};
use thrice_findings::{Code, Finding, Severity, Stop, short};
use thrice_ledger as ledger;
use thrice_programme::base::{rebase_line, stale};
use thrice_programme::world::{PolicySource, World};
use thrice_programme::{Filemap, Kind, LedgerRules, Policy};

/// How many bytes of a blob git looks at to report whether it is binary.
const LOOKED_AT: usize = 8_000;

/// That the commits of a patch leave its base as it was.
#[must_use]
pub fn no_difference() -> Finding {
    Finding::new(Code::PatchEmpty, NO_DIFFERENCE)
        .help("commit what the patch is to change, or go back to the default branch")
}

/// What is said of such a patch.
pub const NO_DIFFERENCE: &str = "the commits of this patch leave no difference to the base";

/// A patch with all that judges it.
pub struct PatchInput {
    /// The commit that it is judged against.
    pub base: Commit,
    /// Its last commit.
    pub head: Commit,
    /// What it changes.
    pub patch: Arc<Patch>,
    /// All that head has, by path.
    pub tree: Arc<BTreeMap<Vec<u8>, Entry>>,
    links: Arc<Links>,
    /// The rules of the base.
    pub policy: Policy,
    /// Their files.
    pub source: PolicySource,
    /// What was found on the way: a stale base, a remote that could not be seen.
    pub findings: Vec<Finding>,
}

/// A patch as git's objects have it. Those of two commits never change: a command, and what it
/// says of the next step, read them once.
#[derive(Clone)]
struct PatchObjects {
    patch: Arc<Patch>,
    tree: Arc<BTreeMap<Vec<u8>, Entry>>,
    links: Arc<Links>,
}

/// What the Filemap had against a patch, and all on which that rests.
struct JudgedPatch {
    by: JudgedBy,
    findings: Vec<Finding>,
}

/// On what the Filemap's findings rest: commits and rules that are as they are, and approvals,
/// which may come in between.
#[derive(PartialEq)]
struct JudgedBy {
    /// The commit whose rules judge, the one that the patch is read from, and its last.
    commits: [String; 3],
    source: PolicySource,
    areas: Option<Vec<usize>>,
    approvals: Approvals,
    rebase: String,
}

/// Gathers the patch from the base to HEAD. `base` is a revision; the HEAD of the
/// default branch where it is absent.
///
/// # Errors
/// Where git fails; the findings that say why where there is no patch to judge.
pub fn gather(
    world: &World,
    repository: &Repository,
    base: Option<&str>,
) -> Result<PatchInput, Stop> {
    let head = thrice_programme::world::head(repository)?;
    let mut findings = Vec::new();
    let default = world.default_branch(repository, &mut findings)?;
    let Some(base) = default.base(repository, base, &mut findings)? else {
        return Err(findings.into());
    };
    let ends = (base, head);
    gather_between(world, repository, ends, &default.name, findings)
}

/// Gathers the patch from a base, which is the HEAD of the default branch `branch`, to
/// a head, with what was found on the way there.
///
/// # Errors
/// Where git fails.
pub fn gather_between(
    world: &World,
    repository: &Repository,
    (base, head): (Commit, Commit),
    branch: &str,
    mut findings: Vec<Finding>,
) -> Result<PatchInput, Stop> {
    let Some(from) = start(repository, &base, &head, branch, &mut findings)? else {
        return Err(findings.into());
    };
    let behind = behind(repository, &base, &from, branch);
    let (policy, source) = match world.policy_of(repository, &base) {
        Ok(policy) => policy,
        Err(stop) => {
            findings.extend(behind);
            return Err(stop.after(findings));
        }
    };
    findings.extend(behind.map(|stale| match policy.gates.workflow.has_queue() {
        true => for_the_queue(stale),
        false => stale,
    }));
    let PatchObjects { patch, tree, links } = objects(repository, &from, &head)?;
    if patch.changes.is_empty() && patch.passing.is_empty() {
        let message = match (base.id == head.id, from.id == head.id) {
            (true, _) => Some(format!("HEAD is the base itself, {}", short(&base.id))),
            (false, true) => Some(format!("{} and HEAD have the same files", short(&base.id))),
            (false, false) => None,
        };
        let help = "commit the patch, switch to its branch, or name its base with `--base`";
        findings.push(message.map_or_else(no_difference, |message| {
            Finding::new(Code::PatchEmpty, message).help(help)
        }));
        return Err(findings.into());
    }
    Ok(PatchInput { base, head, patch, tree, links, policy, source, findings })
}

/// The ledger as the remote has it at this moment: at which tip, and its entries of some kinds.
///
/// # Errors
/// Why nobody can say what it has: the remote does not answer, or it does not hold.
pub fn recorded(
    repository: &Repository,
    rules: &LedgerRules,
    wanted: impl Fn(Kind) -> bool,
) -> Result<(String, Vec<ledger::Entry>), Box<Finding>> {
    let reading = ledger::gather::current(repository, rules)?;
    match reading.entries(repository, wanted) {
        Ok(entries) => Ok((reading.describe(), entries)),
        Err(findings) => Err(Box::new(findings.into_iter().next().unwrap_or_else(|| {
            Finding::new(Code::NotEstablishedCode, "the ledger does not hold")
        }))),
    }
}

impl PatchInput {
    /// The Filemap of the base; the finding that says what to do where there is none.
    ///
    /// # Errors
    /// [`Code::PolicyMissing`] where the base has none.
    pub fn filemap(&self) -> Result<&Filemap, Box<Finding>> {
        self.policy.filemap.as_ref().ok_or_else(|| {
            let shown = &self.source.shown;
            Finding::new(
                Code::PolicyMissing,
                format!("there is no `{shown}/filemap.toml` at the base {}", short(&self.base.id)),
            )
            .help("the first Filemap enters by a reviewed patch; until then name it: `--policy HEAD:policy`")
            .into()
        })
    }

    /// What the rules say of each change of the patch, in its order.
    #[must_use]
    pub fn rulings<'a>(&self, rules: &Rules<'a>) -> Vec<Ruling<'a>> {
        rules.rulings(&self.patch, &self.tree, &self.links)
    }

    /// Everything that the Filemap and the freeze have against the patch; `rulings` are what its rules say
    /// of the patch.
    ///
    /// # Errors
    /// Where git fails, or the globs do not fit into one set.
    pub fn judge(
        &self,
        repository: &Repository,
        rules: &Rules<'_>,
        rulings: &[Ruling<'_>],
    ) -> anyhow::Result<Vec<Finding>> {
        let approvals = if rulings.iter().any(|ruling| !ruling.approvals.is_empty()) {
            super::approvals::of_patch(repository, self)?
        } else {
            Approvals::default()
        };
        let by = JudgedBy {
            commits: [&self.base.id, &self.patch.base, &self.head.id].map(String::clone),
            source: self.source.clone(),
            areas: rules.areas.clone(),
            approvals,
            rebase: rebase_line(repository, &self.policy.programme.default_branch),
        };
        let is_own = self.policy.filemap.as_ref().is_some_and(|it| std::ptr::eq(it, rules.filemap));
        let known = repository.kept::<JudgedPatch>().filter(|known| is_own && known.by == by);
        let mut findings = match known {
            Some(known) => known.findings.clone(),
            None => {
                let findings = self.against(repository, (rules, rulings), &by)?;
                if is_own {
                    repository.keep(JudgedPatch { by, findings: findings.clone() });
                }
                findings
            }
        };
        findings.extend(super::freeze::of_patch(repository, self)?);
        Ok(findings)
    }

    /// What the Filemap has against the patch.
    fn against(
        &self,
        repository: &Repository,
        (rules, rulings): (&Rules<'_>, &[Ruling<'_>]),
        by: &JudgedBy,
    ) -> anyhow::Result<Vec<Finding>> {
        let wanted = wanted(rules, &self.patch, rulings, &self.tree);
        let blobs = read_blobs(repository, &wanted)?;
        let facts = FilemapFacts {
            patch: &self.patch,
            rulings,
            head: &self.tree,
            links: &self.links,
            blobs: &blobs,
            approvals: &by.approvals,
            rebase: &by.rebase,
            first_policy: repository.files_of(&self.base, "policy")?.is_empty(),
        };
        Ok(crate::judge::filemap::check(rules, &facts))
    }
}

/// The commit from which the patch is read: the base, or the newest commit that it has in
/// common with a base that has moved on.
fn start(
    repository: &Repository,
    base: &Commit,
    head: &Commit,
    branch: &str,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Option<Commit>> {
    if repository.is_ancestor(&base.id, &head.id)? {
        return Ok(Some(base.clone()));
    }
    if let Some(common) = repository.merge_base(&base.id, &head.id)? {
        return Ok(Some(common));
    }
    findings.push(if repository.is_shallow()? {
        Finding::new(Code::NotEstablishedCode, "the clone is too shallow to show the patch's base")
            .help("`git fetch --unshallow`")
    } else {
        stale(
            format!("HEAD and {} have no commit in common", short(&base.id)),
            &format!("begin the patch on {branch}"),
        )
    });
    Ok(None)
}

/// That the base has moved on since the commit from which the patch is read.
fn behind(repository: &Repository, base: &Commit, from: &Commit, branch: &str) -> Option<Finding> {
    (base.id != from.id).then(|| {
        let (is, should) = (short(&from.id), short(&base.id));
        stale(
            format!("{branch} is at {should}, but the patch is based on {is}"),
            &format!("`{}`, then run the review again", rebase_line(repository, branch)),
        )
    })
}

/// The same, where a merge queue tests what comes of both: worth knowing, and nothing to do.
fn for_the_queue(stale: Finding) -> Finding {
    let help = "leave it so: the merge queue tests the result; a conflict needs a rebase";
    Finding { severity: Severity::Note, ..stale.help(help) }
}

/// What git's objects say of a patch.
fn objects(repository: &Repository, base: &Commit, head: &Commit) -> anyhow::Result<PatchObjects> {
    let known = repository.kept::<PatchObjects>();
    let is_same = |it: &PatchObjects| (&it.patch.base, &it.patch.head) == (&base.id, &head.id);
    if let Some(known) = known.filter(|known| is_same(known)) {
        return Ok((*known).clone());
    }
    let (patch, tree) = read_patch(repository, base, head)?;
    let links = Arc::new(read_links(repository, &tree)?);
    let objects = PatchObjects { patch: Arc::new(patch), tree: Arc::new(tree), links };
    repository.keep(objects.clone());
    Ok(objects)
}

/// A patch, and all that its head has.
fn read_patch(
    repository: &Repository,
    base: &Commit,
    head: &Commit,
) -> anyhow::Result<(Patch, BTreeMap<Vec<u8>, Entry>)> {
    let (differences, all) = repository.differences(base, head)?;
    let changes: Vec<Change> = differences.into_iter().map(change).collect::<Result<_, _>>()?;
    let entry = |it: Difference| Ok(Some(it.path).zip(entry(it.new)?));
    let tree = all.into_iter().filter_map(|it| entry(it).transpose());
    let tree = tree.collect::<anyhow::Result<_>>()?;
    let commits = repository.commits_between(base, head)?;
    let merges = commits.iter().filter(|(_, parents)| *parents > 1);
    let ids: Vec<String> = commits.iter().map(|(id, _)| id.clone()).collect();
    let mut patch = Patch {
        base: base.id.clone(),
        head: head.id.clone(),
        changes,
        merges: merges
            .map(|(id, _)| {
                let adds_nothing = repository.side_of_base_merge(id, base)?.is_some();
                Ok(Merge { id: id.clone(), adds_nothing })
            })
            .collect::<anyhow::Result<_>>()?,
        passing: BTreeMap::new(),
    };
    // What the only commit of a patch touched is what differs.
    let ids = if matches!(commits[..], [(_, 1)]) { Vec::new() } else { ids };
    for touched in repository.touched_by(&ids)? {
        for path in touched.paths() {
            if patch.change(path).is_none() {
                patch.passing.insert(path.to_vec(), touched.commit.clone());
            }
        }
    }
    Ok((patch, tree))
}

fn change(difference: Difference) -> anyhow::Result<Change> {
    let (old, new) = (entry(difference.old)?, entry(difference.new)?);
    Ok(Change { path: difference.path, old, new })
}

fn entry(found: Option<TreeEntry>) -> anyhow::Result<Option<Entry>> {
    let Some(TreeEntry { mode, object }) = found else { return Ok(None) };
    let kind = EntryKind::of_mode(&mode);
    let kind = kind.ok_or_else(|| anyhow::anyhow!("a tree has an entry of the mode {mode}"))?;
    Ok(Some(Entry { kind, object }))
}

/// The symbolic links of a tree, each with its target.
fn read_links(repository: &Repository, tree: &BTreeMap<Vec<u8>, Entry>) -> anyhow::Result<Links> {
    let links: Vec<_> = tree.iter().filter(|(_, entry)| entry.kind == EntryKind::Link).collect();
    let objects: Vec<&str> = links.iter().map(|(_, entry)| entry.object.as_str()).collect();
    let (mut paths, mut read) = (links.iter(), Links::new());
    repository.read_blobs(&objects, |_, target| {
        read.extend(paths.next().map(|(path, _)| ((*path).clone(), target.to_vec())));
    })?;
    Ok(read)
}

fn read_blobs(
    repository: &Repository,
    wanted: &BTreeMap<String, bool>,
) -> anyhow::Result<BTreeMap<String, Blob>> {
    let objects: Vec<&str> = wanted.keys().map(String::as_str).collect();
    let mut blobs = BTreeMap::new();
    repository.read_blobs(&objects, |object, bytes| {
        let binary = bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0);
        let bytes = wanted.get(object).is_some_and(|whole| *whole).then(|| bytes.to_vec());
        blobs.insert(object.to_owned(), Blob { binary, bytes });
    })?;
    Ok(blobs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use thrice_facts::process::Call;
    use thrice_report::{Format, Printer};

    fn git(folder: &Path, arguments: &str) {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let call = Call::new("git", folder).arguments(who);
        call.arguments(arguments.split(' ')).run().unwrap();
    }

    fn commit(folder: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        git(folder, "add --all");
        git(folder, "commit --quiet --message=x");
    }

    #[test]
    fn a_command_reads_a_patch_once_and_judges_it_once_by_the_same_rules() {
        let folder = thrice_facts::scratch::folder().unwrap();
        let folder = folder.path();
        git(folder, "init --quiet --initial-branch=main");
        let programme =
            "id = \"x\"\nname = \"X\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
        let gates = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n";
        let filemap = "[[areas]]\nname = \"code\"\npaths = [\"src/**\"]\n\n[[areas]]\n\
            name = \"docs\"\npaths = [\"docs/**\"]\n\n[[stories]]\nstory = \"S-1\"\nareas = [\"docs\"]\n";
        let files = ["programme", "gates", "filemap"].map(|it| format!("policy/{it}.toml"));
        let [a, b, c] = &files;
        commit(folder, &[(a, programme), (b, gates), (c, filemap)]);
        git(folder, "switch --quiet --create patch");
        commit(folder, &[("src/a", "a\n")]);

        let world = World::new(folder.to_owned(), None, Printer::new(Format::Human));
        let repository = world.repository().unwrap();
        let gathered = || gather(&world, &repository, None).ok().unwrap();
        let judged = |gathered: &PatchInput, story| {
            let rules = Rules::new(gathered.filemap().unwrap(), story).unwrap();
            let rulings = gathered.rulings(&rules);
            let findings = gathered.judge(&repository, &rules, &rulings).unwrap();
            let kept = repository.kept::<JudgedPatch>().unwrap();
            (findings.iter().map(|it| it.code).collect::<Vec<_>>(), kept)
        };
        let first = gathered();
        assert!(Arc::ptr_eq(&first.patch, &gathered().patch));
        let (codes, kept) = judged(&first, None);
        assert_eq!(codes, []);
        assert!(Arc::ptr_eq(&kept, &judged(&gathered(), None).1));
        // The story's own map is another.
        assert_eq!(judged(&first, Some("S-1")).0, [Code::Cec10]);
        assert_eq!(judged(&first, None).0, []);

        // Another patch, and the same one after time went by.
        commit(folder, &[("b", "b\n")]);
        let second = gathered();
        assert_eq!(judged(&second, None).0, [Code::Cec10]);
        assert_eq!(second.patch.changes.len(), 2);
        world.look_again();
        assert!(!Arc::ptr_eq(&second.patch, &gathered().patch));
    }
}
