//! Two agents on two clones, and a default branch that moves at each merge: how many reviews
//! and pull requests their patches take. Each types what the outputs say, and nothing else.

use std::path::PathBuf;

use crate::cases::walks::unpatched;
use crate::support::github::Simulator;
use crate::support::sampling::times;
use crate::support::{Ran, World};

struct Agents {
    world: World,
    simulator: Simulator,
    merges: u64,
    /// Reviews after the first of a patch.
    again: u64,
}

impl Agents {
    fn begin() -> Self {
        let world = unpatched(|_| {});
        let simulator = Simulator::start(&world);
        let agents = Self { world, simulator, merges: 0, again: 0 };
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
        let mut typed = Vec::new();
        loop {
            let next = self.types(agent, "cargo xtask status").next().to_owned();
            if next.starts_with(until) {
                return typed;
            }
            assert!(typed.len() < 12, "{typed:#?}");
            let ran = self.types(agent, &next);
            typed.push(next);
            assert_eq!(ran.status, 0, "{ran:#?}\n{typed:#?}");
        }
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
        let line = "git fetch --quiet origin && git push --quiet origin \
                    $(git commit-tree HEAD^{tree} -p origin/main -m merged):refs/heads/main && \
                    git fetch --quiet origin && git rev-parse origin/main";
        let ran = self.types(agent, line);
        assert_eq!(ran.status, 0, "{ran:?}");
        self.simulator.state().merge(number, ran.stdout.trim());
        self.merges += 1;
        if let Some(other) = other {
            let typed = self.follow(other, "cargo xtask pr merge-check");
            assert_eq!(typed.first().unwrap(), "git fetch origin && git rebase origin/main");
            assert!(!typed.contains(&"cargo xtask pr open".to_owned()), "{typed:#?}");
            let reviews = typed.iter().filter(|line| line.starts_with("cargo xtask orr"));
            self.again += reviews.count() as u64;
        }
    }
}

#[test]
fn each_patch_of_two_agents_takes_one_pull_request() {
    let patches = times(4, 20) as u64;
    let mut agents = Agents::begin();
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
    assert_eq!((agents.merges, pulls, agents.again), (patches, patches, patches - 1));
    assert_eq!(runs, 3 * (patches + agents.again));
}
