//! All globs of a Filemap in one set, so that a path is matched against them at once.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use globset::{Candidate, Glob, GlobSet, GlobSetBuilder};

use super::links::{Aliases, Links};
use super::names::folded;
use crate::judge::patch::{Change, Entry, Patch};
use thrice_programme::Filemap;
use thrice_programme::filemap::{Approval, Area, Barrier, ContentRules, PlacedGlob};

/// What a glob of a Filemap is for, by the position of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Reach(usize),
    Except(usize),
    Deny(usize),
    Frozen(usize),
    Approval(usize),
    Content(usize),
}

impl Use {
    /// Whether it is a barrier, an approval or a rule of content.
    fn judges(self) -> bool {
        !matches!(self, Self::Reach(_) | Self::Except(_))
    }
}

/// Globs by their positions, in as many sets as they need: one set has a size that it may not
/// exceed, so thousands of rules take several, and time that grows with their number.
#[derive(Default)]
struct GlobSets(Vec<(usize, GlobSet)>);

/// How many bytes of globs make one set.
const SET: usize = 64 << 10;

impl GlobSets {
    fn new(globs: Vec<Glob>) -> Result<Self, globset::Error> {
        let (mut sets, mut begin, mut size) = (Vec::new(), 0, 0);
        let mut builder = GlobSetBuilder::new();
        for (at, glob) in globs.into_iter().enumerate() {
            size += glob.glob().len();
            if size > SET && at > begin {
                sets.push((begin, std::mem::replace(&mut builder, GlobSetBuilder::new()).build()?));
                (begin, size) = (at, glob.glob().len());
            }
            builder.add(glob);
        }
        sets.push((begin, builder.build()?));
        Ok(Self(sets))
    }

    /// The positions of the globs that match, in their order, in place of what was there.
    fn matches_into(&self, candidate: &Candidate<'_>, matched: &mut Vec<usize>) {
        let [(_, only)] = &self.0[..] else {
            let within = |(begin, set): &(usize, GlobSet)| -> Vec<usize> {
                set.matches_candidate(candidate).into_iter().map(|at| begin + at).collect()
            };
            *matched = self.0.iter().flat_map(within).collect();
            return;
        };
        only.matches_candidate_into(candidate, matched);
    }
}

/// A Filemap made ready to be asked for many paths.
pub struct Rules<'a> {
    /// The Filemap.
    pub filemap: &'a Filemap,
    /// The only areas that count; all where absent.
    pub(crate) areas: Option<Vec<usize>>,
    globs: GlobSets,
    uses: Vec<(Use, &'a PlacedGlob)>,
}

/// What the rules say of one path.
#[derive(Debug)]
pub struct Ruling<'a> {
    /// What decides whether the path may be touched.
    pub reach: Reach<'a>,
    /// Approvals that touching it needs.
    pub approvals: Vec<(&'a Approval, &'a PlacedGlob)>,
    /// Rules on its content.
    pub content: Vec<&'a ContentRules>,
}

/// Whether a path may be touched.
#[derive(Debug)]
pub enum Reach<'a> {
    /// An area reaches it.
    Inside(&'a Area, &'a PlacedGlob),
    /// An area reaches it, but excepts it, and no other area does.
    Excepted(&'a Area, &'a PlacedGlob),
    /// It is denied.
    Denied(&'a Barrier, &'a PlacedGlob),
    /// It is a frozen guardrail.
    Frozen(&'a Barrier, &'a PlacedGlob),
    /// An area reaches it that this story may not touch.
    OtherStory(&'a Area, &'a PlacedGlob),
    /// Nothing reaches it.
    Outside,
}

/// Whether there is or was something at a path that stands for a whole folder.
fn leads_on(change: &Change) -> bool {
    [&change.old, &change.new].into_iter().flatten().any(|entry| entry.kind.leads_on())
}

impl<'a> Rules<'a> {
    /// Makes a Filemap ready; with a story's id, its narrower map where it has one.
    ///
    /// # Errors
    /// Where a glob is too large for a set.
    pub fn new(filemap: &'a Filemap, story: Option<&str>) -> anyhow::Result<Self> {
        let mut uses = Vec::new();
        let mut add = |globs: &'a [PlacedGlob], purpose: Use| {
            uses.extend(globs.iter().map(|glob| (purpose, glob)));
        };
        for (at, area) in filemap.areas.iter().enumerate() {
            add(&area.paths, Use::Reach(at));
            add(&area.except, Use::Except(at));
        }
        filemap.deny.iter().enumerate().for_each(|(at, rule)| add(&rule.paths, Use::Deny(at)));
        filemap.frozen.iter().enumerate().for_each(|(at, rule)| add(&rule.paths, Use::Frozen(at)));
        for (at, rule) in filemap.approvals.iter().enumerate() {
            add(&rule.paths, Use::Approval(at));
        }
        for (at, rule) in filemap.content.iter().enumerate() {
            add(&rule.paths, Use::Content(at));
        }
        let globs = uses.iter().map(|(purpose, placed)| match purpose {
            Use::Deny(_) | Use::Frozen(_) | Use::Approval(_) => placed.glob.in_any_case(),
            _ => Ok(placed.glob.glob().clone()),
        });
        let globs = GlobSets::new(globs.collect::<Result<Vec<_>, _>>()?)?;
        let names = story.and_then(|story| filemap.areas_of_story(story));
        let areas = names.map(|names| {
            let known = filemap.areas.iter().enumerate();
            known
                .filter(|(_, area)| names.contains(&area.name.as_str()))
                .map(|(at, _)| at)
                .collect()
        });
        Ok(Self { filemap, areas, globs, uses })
    }

    /// What the rules say of each change of a patch, in its order; `head` is all that its head
    /// has, `links` are the links in it.
    #[must_use]
    pub fn rulings(
        &self,
        patch: &Patch,
        head: &BTreeMap<Vec<u8>, Entry>,
        links: &Links,
    ) -> Vec<Ruling<'a>> {
        let mut matched = Vec::new();
        let mut rulings: Vec<Ruling<'a>> =
            patch.changes.iter().map(|it| self.ruling_with(&it.path, &mut matched)).collect();
        if patch.changes.iter().any(leads_on) {
            let (folders, uses) = self.folders();
            for (change, ruling) in patch.changes.iter().zip(&mut rulings) {
                if leads_on(change) {
                    let path = folded(&change.path).unwrap_or_else(|| change.path.clone());
                    folders.matches_into(&Candidate::from_bytes(&path), &mut matched);
                    let within = matched.iter().filter_map(|at| uses.get(*at).copied());
                    self.add_what_is_within(ruling, &within.collect::<Vec<_>>());
                }
            }
        }
        if !links.is_empty() {
            self.add_what_links_make(patch, head, links, &mut rulings);
        }
        rulings
    }

    /// Adds what the rules say of paths that links make: a file below where one leads is below
    /// the link too. Rules that the file is under as well have judged it already.
    fn add_what_links_make(
        &self,
        patch: &Patch,
        head: &BTreeMap<Vec<u8>, Entry>,
        links: &Links,
        rulings: &mut [Ruling<'a>],
    ) {
        let aliases = Aliases::of(links);
        let is_link = |change: &Change| links.contains_key(&change.path);
        let names = |path| aliases.names(path).into_iter().map(move |(made, by)| (made, path, by));
        let all: Vec<_> = match patch.changes.iter().any(is_link) {
            true => head.keys().flat_map(|path| names(path.as_slice())).collect(),
            false => Vec::new(),
        };
        for (change, ruling) in patch.changes.iter().zip(rulings) {
            let over = aliases.over(&change.path);
            // All names are looked at for a link alone.
            let all = if over.is_empty() { &[][..] } else { &all[..] };
            let of_link = all.iter().filter(|(.., by)| by.iter().any(|link| over.contains(link)));
            let of_link = of_link.map(|(made, path, _)| (made.clone(), *path));
            let own = Some(change.path.as_slice()).filter(|_| change.old.is_none());
            let of_file = own.into_iter().flat_map(names).map(|(made, path, _)| (made, path));
            for (made, file) in of_link.chain(of_file) {
                let under = self.judged(file);
                let mut uses = self.judged(&made);
                uses.retain(|(rule, _)| !under.iter().any(|(it, _)| it == rule));
                self.add_what_is_within(ruling, &uses);
            }
        }
    }

    /// The barriers, approvals and content rules of a path.
    fn judged(&self, path: &[u8]) -> Vec<(Use, &'a PlacedGlob)> {
        let mut matched = Vec::new();
        self.match_into(path, &mut matched);
        let uses = matched.iter().filter_map(|at| self.uses.get(*at).copied());
        uses.filter(|(purpose, _)| purpose.judges()).collect()
    }

    /// The folders that barriers, approvals and content rules speak of: a link or a
    /// submodule there would be what is in them. Those that only a `**` names are left
    /// out: for them, what the link leads to decides.
    fn folders(&self) -> (GlobSets, Vec<(Use, &'a PlacedGlob)>) {
        let (mut globs, mut uses) = (Vec::new(), Vec::new());
        for (purpose, placed) in self.uses.iter().filter(|(purpose, _)| purpose.judges()) {
            for folder in placed.glob.folders() {
                globs.push(folder);
                uses.push((*purpose, *placed));
            }
        }
        // Each is a part of a glob that fits into a set.
        (GlobSets::new(globs).unwrap_or_default(), uses)
    }

    fn add_what_is_within(&self, ruling: &mut Ruling<'a>, uses: &[(Use, &'a PlacedGlob)]) {
        self.add_rules(ruling, uses);
        if !matches!(ruling.reach, Reach::Frozen(..))
            && let reach @ (Reach::Frozen(..) | Reach::Denied(..)) = self.reach(uses)
        {
            ruling.reach = reach;
        }
    }

    /// Adds the approvals and the rules of content, each once.
    fn add_rules(&self, ruling: &mut Ruling<'a>, uses: &[(Use, &'a PlacedGlob)]) {
        for (purpose, glob) in uses {
            match purpose {
                Use::Approval(at) => {
                    let rule = &self.filemap.approvals[*at];
                    if !ruling.approvals.iter().any(|(it, _)| std::ptr::eq(*it, rule)) {
                        ruling.approvals.push((rule, glob));
                    }
                }
                Use::Content(at) => {
                    let rule = &self.filemap.content[*at];
                    if !ruling.content.iter().any(|it| std::ptr::eq(*it, rule)) {
                        ruling.content.push(rule);
                    }
                }
                _ => {}
            }
        }
    }

    /// What the rules say of a path.
    #[must_use]
    pub fn ruling(&self, path: &[u8]) -> Ruling<'a> {
        self.ruling_with(path, &mut Vec::new())
    }

    /// The same, with a buffer that is used again for the next path.
    pub(crate) fn ruling_with(&self, path: &[u8], matched: &mut Vec<usize>) -> Ruling<'a> {
        self.match_into(path, matched);
        let uses = matched.iter().filter_map(|at| self.uses.get(*at).copied());
        let uses: Vec<(Use, &PlacedGlob)> = uses.collect();
        let reach = self.reach(&uses);
        let mut ruling = Ruling { reach, approvals: Vec::new(), content: Vec::new() };
        self.add_rules(&mut ruling, &uses);
        ruling
    }

    fn match_into(&self, path: &[u8], matched: &mut Vec<usize>) {
        let candidate = Candidate::new(Path::new(OsStr::from_bytes(path)));
        self.globs.matches_into(&candidate, matched);
        self.add_other_spelling(path, matched);
    }

    /// Adds barriers and approvals of a path that some systems take for this one: they know
    /// letters beyond ASCII in any case, as `ſ` and `s`.
    fn add_other_spelling(&self, path: &[u8], matched: &mut Vec<usize>) {
        let Some(other) = Some(path).filter(|path| !path.is_ascii()).and_then(folded) else {
            return;
        };
        let mut more = Vec::new();
        self.globs.matches_into(&Candidate::from_bytes(&other), &mut more);
        let barrier =
            |purpose: Use| matches!(purpose, Use::Deny(_) | Use::Frozen(_) | Use::Approval(_));
        more.retain(|at| self.uses.get(*at).is_some_and(|(purpose, _)| barrier(*purpose)));
        matched.extend(more);
        matched.sort_unstable();
        matched.dedup();
    }

    /// Frozen before denied before areas; an area that excepts the path does not reach
    /// it, whatever other glob of it matches.
    fn reach(&self, uses: &[(Use, &'a PlacedGlob)]) -> Reach<'a> {
        let filemap = self.filemap;
        for (purpose, glob) in uses {
            if let Use::Frozen(at) = purpose {
                return Reach::Frozen(&filemap.frozen[*at], glob);
            }
        }
        for (purpose, glob) in uses {
            if let Use::Deny(at) = purpose {
                return Reach::Denied(&filemap.deny[*at], glob);
            }
        }
        let excepted = |area: usize| {
            let found =
                uses.iter().find(|(purpose, _)| matches!(purpose, Use::Except(at) if *at == area));
            found.map(|(_, glob)| *glob)
        };
        let mut found = Reach::Outside;
        for (purpose, glob) in uses {
            let Use::Reach(at) = purpose else { continue };
            let area = &filemap.areas[*at];
            if let Some(glob) = excepted(*at) {
                if matches!(found, Reach::Outside) {
                    found = Reach::Excepted(area, glob);
                }
            } else if self.areas.as_ref().is_none_or(|areas| areas.contains(at)) {
                return Reach::Inside(area, glob);
            } else {
                found = Reach::OtherStory(area, glob);
            }
        }
        found
    }

    /// The rule without wildcards by which an area reaches a path.
    #[must_use]
    pub(crate) fn named(&self, path: &[u8]) -> Option<(&'a Area, &'a PlacedGlob)> {
        let mut matched = Vec::new();
        self.match_into(path, &mut matched);
        let uses = matched.iter().filter_map(|at| self.uses.get(*at).copied());
        let counts = |(purpose, placed): &(Use, &PlacedGlob)| {
            !matches!(purpose, Use::Reach(_)) || placed.glob.is_literal()
        };
        match self.reach(&uses.filter(counts).collect::<Vec<_>>()) {
            Reach::Inside(area, glob) => Some((area, glob)),
            _ => None,
        }
    }

    /// Whether a path may be touched, with a buffer that is used again for the next path.
    pub fn is_inside_with(&self, path: &[u8], matched: &mut Vec<usize>) -> bool {
        matches!(self.ruling_with(path, matched).reach, Reach::Inside(..))
    }

    /// Whether a path may be touched.
    #[must_use]
    pub(crate) fn is_inside(&self, path: &[u8]) -> bool {
        matches!(self.ruling(path).reach, Reach::Inside(..))
    }

    /// Globs that match none of some paths, each with the name of its rule, and whether it
    /// is a barrier, which may well wait for its first path. The rules that the program
    /// itself adds are left out.
    #[must_use]
    pub fn unused<'p>(
        &self,
        paths: impl Iterator<Item = &'p [u8]>,
    ) -> Vec<(&'a str, &'a PlacedGlob, bool)> {
        let mut used = vec![false; self.uses.len()];
        let mut matched = Vec::new();
        for path in paths {
            let candidate = Candidate::new(Path::new(OsStr::from_bytes(path)));
            self.globs.matches_into(&candidate, &mut matched);
            for at in &matched {
                used[*at] = true;
            }
        }
        let unused = self
            .uses
            .iter()
            .zip(used)
            .filter(|((_, glob), used)| !used && glob.place.line.is_some());
        let barrier =
            |purpose: Use| !matches!(purpose, Use::Reach(_) | Use::Frozen(_) | Use::Content(_));
        unused
            .map(|((purpose, glob), _)| (self.rule_name(*purpose), *glob, barrier(*purpose)))
            .collect()
    }

    fn rule_name(&self, purpose: Use) -> &'a str {
        let filemap = self.filemap;
        match purpose {
            Use::Reach(at) | Use::Except(at) => &filemap.areas[at].name,
            Use::Deny(at) => &filemap.deny[at].name,
            Use::Frozen(at) => &filemap.frozen[at].name,
            Use::Approval(at) => &filemap.approvals[at].name,
            Use::Content(at) => &filemap.content[at].name,
        }
    }
}
