//! Two agents on two clones, and a default branch that moves at each merge: how many reviews
//! and pull requests their patches take. Each types what the outputs say, and nothing else.

use std::path::PathBuf;

use crate::cases::walks::unpatched;
use crate::support::github::Simulator;
use crate::support::sampling::times;
use crate::support::{Ran, World, follow};

struct Agents {
    world: World,
    simulator: Simulator,
    /// Whether a merge queue tests what is behind.
    queue: bool,
    merges: u64,
    /// Reviews after the first of a patch.
    again: u64,
}

impl Agents {
    fn begin(base: &'static str) -> Self {
        let world = unpatched(|world| {
            let gates = world.read("policy/gates.toml");
            let workflow = format!("[workflow]\nbase = \"{base}\"\n");
            world.write("policy/gates.toml", gates + &workflow);
        });
        let simulator = Simulator::start(&world);
        let queue = base == "queue";
        let agents = Self { world, simulator, queue, merges: 0, again: 0 };
        let remote = agents.world.root().join("remote.git");
        for agent in ["ana", "ben"] {
            let folder = agents.folder(agent);
            let [from, to] = [&remote, &folder].map(|path| path.to_str().unwrap());
            agents.world.git(["clone", "--quiet", from, to]);
        }
        agents
    }

    fn folder(&self, agent: &str) -> PathBuf {
        self.world.root().join(agent)
    }

    fn types(&self, agent: &str, line: &str) -> Ran {
        let mut shell = self.simulator.command(&self.world, "sh");
        shell.current_dir(self.folder(agent));
        Ran::typed(shell, line)
    }

    /// Types what is next until that begins so.
    #[track_caller]
    fn follow(&self, agent: &str, until: &str) -> Vec<String> {
        follow(until, |line| self.types(agent, line))
    }

    /// A new patch, to where somebody may look at it.
    fn begin_patch(&self, agent: &str, number: u64) {
        // Two sandboxes of one base and minute have one name.
        self.simulator.advance(60_000);
        self.follow(agent, "cargo xtask branch sandbox");
        let ran = self.types(agent, "cargo xtask branch sandbox");
        assert_eq!(ran.status, 0, "{ran:?}");
        std::fs::write(self.folder(agent).join(format!("src/patch{number}")), "1\n").unwrap();
        let typed = self.follow(agent, "cargo xtask pr merge-check");
        assert!(typed.contains(&"cargo xtask pr open".to_owned()), "{typed:#?}");
    }

    /// A person merges it, and the other agent's patch follows.
    fn merge(&mut self, agent: &str, other: Option<&str>) {
        let head = self.types(agent, "git rev-parse HEAD").stdout.trim().to_owned();
        let number = {
            let state = self.simulator.state();
            state.pulls.iter().find(|pull| pull.open && pull.sha == head).unwrap().number
        };
        // Where nothing moved, the patch's tree; else what a queue makes of both.
        let line = "git fetch --quiet origin && git push --quiet origin \
                    $(git commit-tree $(git merge-tree --write-tree origin/main HEAD) \
                    -p origin/main -m merged):refs/heads/main && \
                    git fetch --quiet origin && git rev-parse origin/main";
        let ran = self.types(agent, line);
        assert_eq!(ran.status, 0, "{ran:?}");
        self.simulator.state().merge(number, ran.stdout.trim());
        self.merges += 1;
        if let Some(other) = other {
            let typed = self.follow(other, "cargo xtask pr merge-check");
            let first = match self.queue {
                true => "git fetch origin",
                false => "git fetch origin && git rebase origin/main",
            };
            assert_eq!(typed.first().unwrap(), first);
            assert!(!typed.contains(&"cargo xtask pr open".to_owned()), "{typed:#?}");
            let reviews = typed.iter().filter(|line| line.starts_with("cargo xtask orr"));
            self.again += reviews.count() as u64;
        }
    }
}

/// The table of docs/patch.md, of which this test makes the rows of twenty patches.
const PAGE: &str = include_str!("../../../docs/patch.md");

#[test]
fn each_patch_of_two_agents_takes_one_pull_request() {
    let patches = times(4, 20) as u64;
    for base in ["head", "queue"] {
        let mut agents = Agents::begin(base);
        agents.begin_patch("ana", 1);
        agents.begin_patch("ben", 2);
        for number in 1..=patches {
            let (agent, other) = if number % 2 == 1 { ("ana", "ben") } else { ("ben", "ana") };
            agents.merge(agent, (number < patches).then_some(other));
            if number + 2 <= patches {
                agents.begin_patch(agent, number + 2);
            }
        }
        let (runs, pulls) = {
            let state = agents.simulator.state();
            (state.runs.len() as u64, state.pulls.len() as u64)
        };
        let again = if agents.queue { 0 } else { patches - 1 };
        assert_eq!((agents.merges, pulls, agents.again), (patches, patches, again));
        let reviews = patches + agents.again;
        assert_eq!(runs, 3 * reviews);
        let row = format!("| `{base}` | {pulls} | {reviews} | {runs} | {} |\n", 3 * again);
        assert!(patches != 20 || PAGE.contains(&row), "docs/patch.md lacks the row {row}");
    }
}
