//! Whether a body says what is so.

use std::collections::HashSet;

use super::fields::{self, Claims};
use super::parse::{Body, Section, parse};
use super::render::{BodyContent, red_reviews, render, section_of};
use super::risky::Risky;
use super::story::Story;
use super::template::{self, Template};
use super::{RecordedDecision, quoted, sha256, summary};
use crate::judge::plan;
use thrice_findings::display_bytes;
use thrice_orr::judge::server::scorecard;
use thrice_orr::judge::server::scorecard::Problem;
use thrice_orr::judge::server::scorecard::ScorecardWanted;
use thrice_policy::table::nearest;
use thrice_programme::body::BodyPart;

/// What a body is checked against.
#[derive(Clone, Copy)]
pub struct BodyFacts<'a> {
    /// What follows from the programme.
    pub template: &'a Template,
    /// The commit that was reviewed.
    pub head: &'a str,
    /// The patch, its base and its rules.
    pub plan: plan::PlanFacts<'a>,
    /// What was recorded here, where it was.
    pub known: Option<RecordedReview<'a>>,
    /// The story with its id, where its notes are at hand.
    pub story: Option<&'a (String, Story)>,
    /// What of the change must be noted in a story.
    pub risky: &'a Risky,
}

/// What was recorded of a review, so that a body has to repeat it.
#[derive(Clone, Copy, Debug)]
pub struct RecordedReview<'a> {
    /// The decision.
    pub recorded: &'a RecordedDecision,
    /// The plan, as `pr-body` writes it.
    pub plan: &'a str,
}

/// Everything in a body that is not so, or not there.
#[must_use]
pub fn check(bytes: &[u8], facts: &BodyFacts<'_>) -> Vec<Problem> {
    let (body, mut problems) = parse(bytes, facts.template);
    if body.sections.is_empty() {
        if problems.is_empty() {
            let help = "write the body: `cargo xtask pr-body`";
            problems.push(Problem::new("title", 1, "there is no heading", help).missing());
        }
        return problems;
    }
    let mut checker = Checker { body: &body, facts, problems };
    let content = checker.content();
    let mut problems = checker.problems;
    if let (true, Some(content)) = (problems.is_empty(), content) {
        let wanted = render(facts.template, &content);
        problems.extend(difference(facts.template, &body.text, &wanted));
    }
    problems.sort_by_key(|problem| problem.line);
    problems
}

/// The first line of a body that is not as it would be written.
fn difference(template: &Template, text: &str, wanted: &str) -> Option<Problem> {
    if text == wanted {
        return None;
    }
    let mut wanted_lines = wanted.split('\n');
    let mut line = 0;
    for found in text.split('\n') {
        line += 1;
        match wanted_lines.next() {
            Some(wanted) if wanted == found => {}
            other => {
                let section = section_of(template, text, line);
                let field = template.field(section, found).unwrap_or(section);
                let message = format!(
                    "this line is {}, where {} belongs",
                    quoted(found),
                    match other {
                        Some(wanted) => quoted(wanted),
                        None => "the end".to_owned(),
                    }
                );
                return Some(Problem::new(field, line, message, "write the body again"));
            }
        }
    }
    let field = section_of(template, text, line);
    Some(Problem::new(field, line, "the body ends too early", "write the body again"))
}

pub(super) struct Checker<'a> {
    body: &'a Body,
    pub(super) facts: &'a BodyFacts<'a>,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    pub(super) fn problem(
        &mut self,
        field: &str,
        line: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem::new(field, line, message, help));
    }

    /// Checks every section; gives what the body must say as a whole.
    fn content(&mut self) -> Option<BodyContent> {
        let facts = self.facts;
        let claims = self.fields();
        let claimed = claims.runs();
        let runs = claimed.as_ref().map_or(template::LEAST_RUNS, Vec::len);
        self.headings(claimed.as_ref().map(Vec::len));
        if let Some((line, text)) = &self.body.summary {
            self.problems.extend(summary::check(text, *line, facts.template));
        }
        let plan = self.plan();
        let scorecard = self.scorecard(&claims);
        self.files();
        self.checklist(runs);
        let story = self.story();
        let recorded = facts.known.map(|known| known.recorded.clone());
        let paths = facts.plan.patch.changes.iter();
        let claim = |key: &str| claims.get(key).map(str::to_owned);
        Some(BodyContent {
            repo_sha: facts.plan.base.to_owned(),
            branch: recorded.as_ref().and_then(|r| r.branch.clone()).or(claim("branch"))?,
            run_ids: recorded.as_ref().map(|r| r.run_ids.clone()).or(claimed)?,
            red_reviews: recorded.as_ref().map_or_else(|| self.red(), |r| r.red_reviews),
            scorecard_sha256: claim("scorecard_sha256")?,
            evidence_zip_sha256: claim("evidence_zip_sha256")?,
            started_at: claim("started_at")?,
            finished_at: claim("finished_at")?,
            plan: plan?,
            scorecard: scorecard?,
            files: paths.map(|change| display_bytes(&change.path)).collect(),
            summary: self.body.summary.as_ref().map(|(_, text)| text.clone()),
            story: facts.story.cloned().or(story),
        })
    }

    /// Reads every section of lines.
    fn fields(&mut self) -> Claims {
        let facts = self.facts;
        let mut claims = Claims::default();
        for wanted in &facts.template.sections {
            let BodyPart::Lines(lines) = &wanted.part else { continue };
            let Some(section) = self.section(&wanted.heading) else { continue };
            let name = facts.template.name(&wanted.heading);
            fields::lines(section, name, lines, facts, &mut claims, &mut self.problems);
        }
        fields::in_order(&claims, &mut self.problems);
        claims
    }

    /// How many red reviews the body reports.
    fn red(&self) -> usize {
        let reports = |section: &&Section| self.facts.template.reports_reviews(&section.heading);
        let mut lines =
            self.body.sections.iter().filter(reports).flat_map(|section| &section.lines);
        lines.find_map(|(_, text)| red_reviews(text)).unwrap_or_default()
    }

    /// The section of a heading, where there is just one.
    pub(super) fn section(&self, heading: &str) -> Option<&'a Section> {
        let mut found = self.body.sections.iter().filter(|section| section.heading == heading);
        found.next().filter(|_| found.next().is_none())
    }

    fn headings(&mut self, runs: Option<usize>) {
        let sections = &self.body.sections;
        let story = self.facts.story.is_some()
            || self.section(self.facts.template.heading(|part| *part == BodyPart::Story)).is_some();
        let summary = self.body.summary.is_some();
        let template = self.facts.template;
        // Without its runs, a body has no one title that it must have.
        let title = sections.first().map(|first| first.heading.as_str()).unwrap_or_default();
        let mut wanted = template.headings(runs.unwrap_or(template::LEAST_RUNS), summary, story);
        if let (None, true, Some(first)) = (runs, template.is_title(title), wanted.first_mut()) {
            first.clear();
            first.push_str(title);
        }
        let field = |heading: &str| template.name(heading).to_owned();
        if let Some((line, text)) = sections.first().and_then(|title| title.lines.first()) {
            let message = format!("{} stands under no heading of a section", quoted(text));
            self.problem("title", *line, message, "take it out");
        }
        let end = self.body.text.lines().count().max(1);
        let mut seen = HashSet::new();
        let mut last = 0;
        for section in sections {
            let heading = section.heading.as_str();
            let Some(at) = wanted.iter().position(|wanted| wanted == heading) else {
                if heading == template.heading(|part| *part == BodyPart::Summary) {
                    let message = "your own words stand below what is claimed";
                    let help = "put this section right below the title, above all others";
                    self.problem(&field(heading), section.line, message, help);
                    continue;
                }
                let near = nearest(heading, wanted.iter().map(String::as_str));
                let help = match near {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => "take it out".to_owned(),
                };
                let message = format!("the template has no heading {}", quoted(heading));
                self.problem(&field(near.unwrap_or(heading)), section.line, message, help);
                continue;
            };
            if !seen.insert(at) {
                let message = "this heading is there already";
                self.problem(&field(heading), section.line, message, "take one of them out");
            } else if at < last {
                let message = "this heading is out of its order";
                let help = "write the sections in the order of the template";
                self.problem(&field(heading), section.line, message, help);
            }
            last = last.max(at);
        }
        for (_, heading) in wanted.iter().enumerate().filter(|(at, _)| !seen.contains(at)) {
            let message = format!("the heading {} is missing", quoted(heading));
            let problem = Problem::new(&field(heading), end, message, "write the body again");
            self.problems.push(problem.missing());
        }
    }

    /// The one fence of JSON of a section, and nothing beside it.
    fn json(&mut self, part: fn(&BodyPart) -> bool) -> Option<(usize, &'a str)> {
        let heading = self.facts.template.heading(part);
        let section = self.section(heading)?;
        let field = self.facts.template.name(heading);
        if let Some((line, text)) = section.lines.iter().find(|(_, text)| !text.is_empty()) {
            let message = format!("{} stands outside of the fence", quoted(text));
            self.problem(field, *line, message, "take it out");
        }
        match section.fences.as_slice() {
            [fence] if fence.info == "json" => Some((fence.line, &fence.text)),
            [] => {
                let message = "its fenced JSON is missing";
                let problem = Problem::new(field, section.line, message, "write it again");
                self.problems.push(problem.missing());
                None
            }
            [fence] => {
                let message = format!("its fence says {}, not `json`", quoted(&fence.info));
                self.problem(field, fence.line, message, "write ```json");
                None
            }
            [_, second, ..] => {
                self.problem(field, second.line, "it holds a second fence", "take it out");
                None
            }
        }
    }

    fn plan(&mut self) -> Option<String> {
        let (before, text) = self.json(|part| *part == BodyPart::Plan)?;
        let (plan, problems) = match plan::read(text.as_bytes()) {
            Ok((plan, lines)) => {
                let problems = plan::check(&plan, &lines, &self.facts.plan);
                (Some(plan), problems)
            }
            Err(problems) => (None, problems),
        };
        for problem in problems {
            let field = match problem.at.as_str() {
                "" => template::PLAN.to_owned(),
                at => format!("{} {at}", template::PLAN),
            };
            let line = before + problem.line.unwrap_or(0);
            self.problem(&field, line, problem.message, problem.help);
        }
        let wanted = match self.facts.known {
            Some(known) => known.plan.to_owned(),
            None => plan?.text(),
        };
        if let Some(at) = first_difference(text, &wanted) {
            let message = "this is not the line of the plan";
            let help = "write the body again, with the plan that is meant: `--plan FILE`";
            self.problem(template::PLAN, before + at, message, help);
        }
        Some(wanted)
    }

    fn scorecard(&mut self, claims: &Claims) -> Option<String> {
        let (before, text) = self.json(|part| *part == BodyPart::Scorecard)?;
        let digest = sha256(text);
        if let Some(claimed) = claims.get("scorecard_sha256").filter(|c| *c != digest) {
            let message = format!("its digest is {digest}, but `scorecard_sha256` is {claimed}");
            self.problem(template::SCORECARD, before, message, "paste the whole file, as it is");
        }
        let wanted = ScorecardWanted {
            programme: &self.facts.template.programme,
            commit: self.facts.head,
            tree: None,
            gates: &self.facts.template.gate_ids,
        };
        self.problems.extend(scorecard::check_scorecard(text, before, &wanted));
        Some(text.to_owned())
    }

    fn story(&mut self) -> Option<(String, Story)> {
        let heading = self.facts.template.heading(|part| *part == BodyPart::Story);
        let Some(section) = self.section(heading) else {
            if let Risky::Declared(why) = self.facts.risky {
                let message = format!("it is missing, and {why}");
                self.problem(template::STORY, 1, message, "say how the change is taken back");
            }
            return None;
        };
        if let Some(fence) = section.fences.first() {
            let message = "a fence has no place here";
            self.problem(template::STORY, fence.line, message, "take it out");
        }
        let parsed = Story::parse(section, &mut self.problems)?;
        let (rollback, runbook) = (parsed.1.has_rollback(), parsed.1.has_runbook());
        if let Some((key, why)) = self.facts.risky.lacks(rollback, runbook) {
            let message = format!("it is missing, and {why}");
            let help = match key {
                "Runbook" => "name the runbook that speaks of the change",
                _ => "say how the change is taken back",
            };
            self.problem(key, section.line, message, help);
        }
        Some(parsed)
    }
}

/// The number of the first line in which two texts differ, from 1.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let same = one.split('\n').zip(other.split('\n')).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}
