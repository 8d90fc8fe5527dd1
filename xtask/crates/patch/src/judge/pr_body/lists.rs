//! The parts of a body that are lists: files, checklist.

use std::collections::HashSet;

use super::check::Checker;
use super::quoted;
use super::render::{shown, unshown};
use super::template::{CHECKLIST, FILES};
use thrice_findings::display_bytes;
use thrice_programme::body::{BodyPart, TICKED};

impl Checker<'_> {
    pub(super) fn files(&mut self) {
        let heading = self.facts.template.heading(|part| *part == BodyPart::Files);
        let Some(section) = self.section(heading) else { return };
        let name = FILES;
        let changes = &self.facts.plan.patch.changes;
        let touched: Vec<String> = changes.iter().map(|c| display_bytes(&c.path)).collect();
        let known: HashSet<&str> = touched.iter().map(String::as_str).collect();
        let mut listed = Vec::new();
        let mut seen = HashSet::new();
        for (line, text) in &section.lines {
            let Some(path) = text.strip_prefix("- ").map(unshown) else {
                let message = format!("{} is no item of the list", quoted(text));
                self.problem(name, *line, message, "write `- path`");
                continue;
            };
            if !known.contains(path) {
                let message = format!("the patch does not touch {}", quoted(path));
                self.problem(name, *line, message, "take it out");
            } else if !seen.insert(path) {
                let message = format!("{} is listed twice", quoted(path));
                self.problem(name, *line, message, "take it out");
            } else {
                listed.push((*line, path));
            }
        }
        for path in touched.iter().filter(|path| !seen.contains(path.as_str())) {
            let message = format!("{} is missing, which the patch touches", quoted(path));
            self.problem(name, section.line, message, format!("add `- {}`", shown(path)));
        }
        let sorted = listed.windows(2).find(|pair| pair[0].1.as_bytes() > pair[1].1.as_bytes());
        if let Some([_, (line, path)]) = sorted {
            let message = format!("{} is out of its order", quoted(path));
            self.problem(name, *line, message, "sort the list by bytes");
        }
    }

    pub(super) fn checklist(&mut self, runs: usize) {
        let heading = self.facts.template.heading(|part| matches!(part, BodyPart::Checklist(_)));
        let Some(section) = self.section(heading) else { return };
        let name = CHECKLIST;
        let mut items: Vec<(usize, bool, String)> = Vec::new();
        for (line, text) in &section.lines {
            if let Some(item) = text.strip_prefix(TICKED) {
                items.push((*line, true, item.to_owned()));
            } else if let Some(item) = text.strip_prefix("- [ ] ") {
                items.push((*line, false, item.to_owned()));
            } else if let (false, Some((.., item))) = (text.starts_with("- "), items.last_mut()) {
                item.push('\n');
                item.push_str(text);
            } else {
                let message = format!("{} is no item of the checklist", quoted(text));
                self.problem(name, *line, message, "write `- [x] …`");
            }
        }
        for (line, ..) in items.iter().filter(|(_, ticked, _)| !ticked) {
            self.problem(name, *line, "this box is not ticked", "tick it once it is so");
        }
        let wanted = self.facts.template.items(runs);
        let mut seen = HashSet::new();
        let mut last = 0;
        for (line, _, item) in &items {
            let (message, help) = match wanted.iter().position(|wanted| wanted == item) {
                None => ("the template has no item", "take it out"),
                Some(at) if !seen.insert(at) => ("there already is", "take one of them out"),
                Some(at) if at < last => ("out of its order is", "keep the template's order"),
                Some(at) => {
                    last = at;
                    continue;
                }
            };
            self.problem(name, *line, format!("{message} {}", quoted(item)), help);
        }
        for (_, item) in wanted.iter().enumerate().filter(|(at, _)| !seen.contains(at)) {
            let message = format!("the item {} is missing", quoted(item));
            self.problem(name, section.line, message, format!("add `- [x] {item}`"));
        }
    }
}
