//! What gates may see of the machine, as far as somebody approved it: a patch brings its own
//! policy, and could show itself what it likes.

use std::collections::BTreeSet;

use crate::judge::secret_value::looks_secret;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::Policy;
use thrice_programme::gate_rules::{is_harmless_entry, is_harmless_variable};
use thrice_programme::world::World;

/// Takes out of a commit's policy what its gates may see by it and not by the policy of the
/// default branch; names on the lists of harmless ones stay. Says what was taken out, and
/// refuses a variable whose value looks like a secret.
pub(crate) fn limit(
    world: &World,
    repository: &Repository,
    policy: &mut Policy,
) -> Result<Vec<Finding>, Stop> {
    let mut findings = Vec::new();
    let wanted = SeenByGates::by(policy);
    if !wanted.is_empty() {
        let allowed = allowed(world, repository)?;
        let may =
            |name: &String| !wanted.variables.contains(name) || allowed.variables.contains(name);
        let gates = &mut policy.gates;
        gates.environment.keep.retain(may);
        gates
            .environment
            .home
            .retain(|entry| !wanted.entries.contains(entry) || allowed.entries.contains(entry));
        for gate in &mut gates.gates {
            gate.env.retain(may);
        }
        let entries = wanted.entries.difference(&allowed.entries).map(|entry| format!("~/{entry}"));
        let names = wanted.variables.difference(&allowed.variables).cloned().chain(entries);
        findings.extend(names.map(|name| {
            let message =
                format!("gates don't see {name}: the default branch's policy doesn't name it");
            Finding::new(Code::EnvironmentUnapproved, message)
                .help("merge the change of policy/ first, as a patch of its own")
        }));
    }
    let kept: BTreeSet<&String> = variables(policy).collect();
    let secret =
        kept.into_iter().filter(|name| std::env::var(name).is_ok_and(|it| looks_secret(&it)));
    let secret: Vec<Finding> = secret
        .map(|name| {
            let message =
                format!("the value of `{name}` looks like a secret, and gates would see it");
            Finding::new(Code::SecretValue, message)
                .help(format!("take it out of policy/gates.toml, or `unset {name}`"))
        })
        .collect();
    if secret.is_empty() { Ok(findings) } else { Err(secret.into()) }
}

/// All variables that a policy shows gates.
fn variables(policy: &Policy) -> impl Iterator<Item = &String> {
    let gates = &policy.gates;
    gates.environment.keep.iter().chain(gates.gates.iter().flat_map(|gate| &gate.env))
}

/// What gates see beyond the lists of harmless names.
#[derive(Default)]
struct SeenByGates {
    variables: BTreeSet<String>,
    entries: BTreeSet<String>,
}

impl SeenByGates {
    fn by(policy: &Policy) -> Self {
        let entries = policy.gates.environment.home.iter();
        Self {
            variables: variables(policy)
                .filter(|name| !is_harmless_variable(name))
                .cloned()
                .collect(),
            entries: entries.filter(|entry| !is_harmless_entry(entry)).cloned().collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.variables.is_empty() && self.entries.is_empty()
    }
}

/// What the policy of the default branch lets gates see; nothing where that cannot be seen.
fn allowed(world: &World, repository: &Repository) -> Result<SeenByGates, Stop> {
    let mut unseen = Vec::new();
    let default = world.default_branch(repository, &mut unseen)?;
    let Some(base) = default.base(repository, None, &mut unseen)? else {
        return Ok(SeenByGates::default());
    };
    match world.policy_of(repository, &base) {
        Ok((policy, _)) => Ok(SeenByGates::by(&policy)),
        Err(stop) => stop.refusal().map(|_| SeenByGates::default()),
    }
}
