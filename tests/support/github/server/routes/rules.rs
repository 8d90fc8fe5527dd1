//! Rulesets, the rules that they come to for a branch, and classic protection.

use globset::GlobBuilder;
use serde_json::{Map, Value, json};

use super::super::clock::shown;
use super::super::http::{Request, Response};
use super::super::records::Ruleset;
use super::super::shapes::{PAGES, joined, node};
use super::super::state::State;
use super::{found, invalid, not_found, page, refusal, text, texts};

pub(super) fn route(state: &mut State, request: &Request, rest: &[&str]) -> Option<Response> {
    match (request.method.as_str(), rest) {
        ("GET", ["rulesets"]) => Some(list(state, request)),
        ("POST", ["rulesets"]) => Some(create(state, request)),
        ("GET", ["rulesets", id]) => {
            let one = state.rulesets.iter().find(|ruleset| ruleset.id.to_string() == **id);
            Some(one.map_or_else(not_found, |it| found(&whole(state, it))))
        }
        ("PUT", ["rulesets", id]) => Some(change(state, request, id)),
        ("GET", ["rules", "branches", name @ ..]) => {
            let all = rules_of(state, &name.join("/"));
            Some(page(request, all, None))
        }
        ("GET", ["branches", name @ .., "protection"]) => {
            Some(protection(state, &name.join("/")).unwrap_or_else(|refused| refused))
        }
        ("GET", ["branches", name @ .., "protection", "required_status_checks"]) => {
            Some(required(state, &name.join("/")).unwrap_or_else(|refused| refused))
        }
        _ => None,
    }
}

fn list(state: &State, request: &Request) -> Response {
    let parents = request.asked("includes_parents") != Some("false");
    let targets = request.asked("targets").unwrap_or_default();
    let wanted = |ruleset: &&Ruleset| {
        (parents || !ruleset.of_organisation)
            && (targets.is_empty() || targets.split(',').any(|target| target == ruleset.target))
    };
    let all = state.rulesets.iter().filter(wanted);
    page(request, all.map(|it| brief(state, it)).collect(), None)
}

/// A ruleset as lists have it: without rules, conditions and bypass list.
fn brief(state: &State, ruleset: &Ruleset) -> Value {
    let (kind, source) = source(state, ruleset);
    let page = match kind {
        "Organization" => format!("{PAGES}/organizations/{source}/settings/rules/{}", ruleset.id),
        _ => state.page(format!("rules/{}", ruleset.id)),
    };
    json!({
        "id": ruleset.id,
        "name": ruleset.name,
        "target": ruleset.target,
        "source_type": kind,
        "source": source,
        "enforcement": ruleset.enforcement,
        "node_id": node("RRS", ruleset.id),
        "_links": {
            "self": { "href": state.api(format!("rulesets/{}", ruleset.id)) },
            "html": { "href": page },
        },
        "created_at": shown(ruleset.created),
        "updated_at": shown(ruleset.created),
    })
}

fn source(state: &State, ruleset: &Ruleset) -> (&'static str, String) {
    if ruleset.of_organisation {
        ("Organization", state.owner.clone())
    } else {
        ("Repository", format!("{}/{}", state.owner, state.repo))
    }
}

/// A ruleset by itself; its bypass list only for one who may change it.
fn whole(state: &State, ruleset: &Ruleset) -> Value {
    let mut conditions =
        json!({ "ref_name": { "include": ruleset.include, "exclude": ruleset.exclude } });
    if ruleset.of_organisation {
        conditions["repository_name"] = json!({ "include": ["~ALL"], "exclude": [] });
    }
    let mut value = joined(
        brief(state, ruleset),
        json!({ "conditions": conditions, "rules": ruleset.rules, "current_user_can_bypass": "never" }),
    );
    let owns = if ruleset.of_organisation { state.organisation_admin } else { state.is_admin() };
    if owns {
        value["bypass_actors"] = json!(ruleset.bypass_actors);
    }
    value
}

fn create(state: &mut State, request: &Request) -> Response {
    if !state.is_admin() {
        return not_found();
    }
    let blank = Ruleset {
        id: state.id(),
        name: String::new(),
        target: "branch".to_owned(),
        enforcement: String::new(),
        of_organisation: false,
        bypass_actors: Vec::new(),
        include: Vec::new(),
        exclude: Vec::new(),
        rules: Vec::new(),
        created: state.now(),
    };
    match filled(blank, &request.value().unwrap_or_default()) {
        Ok(ruleset) if state.rulesets.iter().any(|old| old.name == ruleset.name) => {
            invalid("Ruleset", "name", "custom", "Name must be unique")
        }
        Ok(ruleset) => {
            let value = whole(state, &ruleset);
            state.rulesets.push(ruleset);
            Response::json(201, &value)
        }
        Err(refused) => *refused,
    }
}

fn change(state: &mut State, request: &Request, id: &str) -> Response {
    let found_at = state.rulesets.iter().position(|ruleset| ruleset.id.to_string() == id);
    let Some(index) = found_at.filter(|_| state.is_admin()) else { return not_found() };
    let Some(old) = state.rulesets.get(index).filter(|old| !old.of_organisation) else {
        return refusal(404, "Not Found");
    };
    match filled(old.clone(), &request.value().unwrap_or_default()) {
        Ok(ruleset) => {
            let value = whole(state, &ruleset);
            state.rulesets[index] = ruleset;
            found(&value)
        }
        Err(refused) => *refused,
    }
}

/// A ruleset with what a body says of it.
fn filled(mut ruleset: Ruleset, body: &Value) -> Result<Ruleset, Box<Response>> {
    let wrong =
        |field: &str, message: &str| Err(Box::new(invalid("Ruleset", field, "invalid", message)));
    ruleset.name = text(body, "name").map_or(ruleset.name, str::to_owned);
    ruleset.target = text(body, "target").map_or(ruleset.target, str::to_owned);
    ruleset.enforcement = text(body, "enforcement").map_or(ruleset.enforcement, str::to_owned);
    let list = |key: &str| body.get(key).and_then(Value::as_array).cloned();
    ruleset.bypass_actors = list("bypass_actors").unwrap_or(ruleset.bypass_actors);
    ruleset.rules = list("rules").unwrap_or(ruleset.rules);
    if let Some(names) = body.pointer("/conditions/ref_name") {
        ruleset.include = texts(names, "include");
        ruleset.exclude = texts(names, "exclude");
    }
    if ruleset.name.is_empty() {
        return wrong("name", "name can't be blank");
    }
    if !["active", "evaluate", "disabled"].contains(&ruleset.enforcement.as_str()) {
        return wrong("enforcement", "enforcement is active, evaluate or disabled");
    }
    if !["branch", "tag", "push"].contains(&ruleset.target.as_str()) {
        return wrong("target", "target is branch, tag or push");
    }
    if ruleset.rules.iter().any(|rule| text(rule, "type").is_none()) {
        return wrong("rules", "every rule has a type");
    }
    Ok(ruleset)
}

/// Whether a ruleset is for a ref of this full name.
fn reaches(state: &State, ruleset: &Ruleset, name: &str) -> bool {
    let default = format!("refs/heads/{}", state.default_branch);
    let matches = |pattern: &String| match pattern.as_str() {
        "~ALL" => true,
        "~DEFAULT_BRANCH" => name == default,
        pattern => {
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            glob.is_ok_and(|glob| glob.compile_matcher().is_match(name))
        }
    };
    ruleset.include.iter().any(matches) && !ruleset.exclude.iter().any(matches)
}

/// Rules that hold for a branch: of active rulesets alone, each with where it is from.
fn rules_of(state: &State, branch: &str) -> Vec<Value> {
    let name = format!("refs/heads/{branch}");
    let mut all = Vec::new();
    for ruleset in &state.rulesets {
        let holds = ruleset.enforcement == "active" && ruleset.target == "branch";
        if !holds || !reaches(state, ruleset, &name) {
            continue;
        }
        let (kind, source) = source(state, ruleset);
        let from = json!({
            "ruleset_source_type": kind, "ruleset_source": source, "ruleset_id": ruleset.id,
        });
        all.extend(ruleset.rules.iter().map(|rule| joined(rule.clone(), from.clone())));
    }
    all
}

/// Whether anything protects a branch.
pub(super) fn is_protected(state: &State, branch: &str) -> bool {
    state.protections.contains_key(branch) || !rules_of(state, branch).is_empty()
}

fn classic<'a>(state: &'a State, branch: &str) -> Result<&'a Value, Response> {
    if !state.is_admin() || state.git.head(branch).is_none() {
        return Err(not_found());
    }
    state.protections.get(branch).ok_or_else(|| refusal(404, "Branch not protected"))
}

fn protection(state: &State, branch: &str) -> Result<Response, Response> {
    let url = state.api(format!("branches/{branch}/protection"));
    let mut value = joined(json!({ "url": url }), classic(state, branch)?.clone());
    if let Some(checks) = checks_of(&value) {
        value["required_status_checks"] =
            joined(checks, json!({ "url": url.clone() + "/required_status_checks" }));
    }
    Ok(found(&value))
}

/// Both forms of the required checks, of which tests give `checks`.
fn checks_of(protection: &Value) -> Option<Value> {
    let given = protection.get("required_status_checks")?;
    let checks = given.get("checks")?.as_array()?;
    let contexts: Vec<_> = checks.iter().filter_map(|check| check.get("context")).collect();
    let strict = given.get("strict").and_then(Value::as_bool).unwrap_or_default();
    Some(json!({ "strict": strict, "contexts": contexts, "checks": checks }))
}

fn required(state: &State, branch: &str) -> Result<Response, Response> {
    let url = state.api(format!("branches/{branch}/protection/required_status_checks"));
    let checks = checks_of(classic(state, branch)?)
        .ok_or_else(|| refusal(404, "Required status checks not enabled"))?;
    let urls = json!({ "url": url, "contexts_url": format!("{url}/contexts") });
    Ok(found(&joined(checks, urls)))
}

/// What a branch says of its own protection.
pub(super) fn summary(state: &State, branch: &str) -> Value {
    let mut summary = Map::new();
    let classic = state.protections.get(branch);
    summary.insert("enabled".to_owned(), json!(classic.is_some()));
    let mut checks =
        classic.and_then(checks_of).unwrap_or_else(|| json!({ "contexts": [], "checks": [] }));
    let level = if classic.is_some() { "non_admins" } else { "off" };
    checks["enforcement_level"] = json!(level);
    summary.insert("required_status_checks".to_owned(), checks);
    Value::Object(summary)
}
