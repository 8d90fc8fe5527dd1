//! Incidents that stop merging (P-6, P-7): those of P0 and P1, until they are
//! closed with their postmortem. An alarm counts whoever raises it; that it is over counts
//! only where the entry does.

use serde::{Deserialize, Serialize};

use crate::judge::clocks::{Matter, Sort};

/// An incident, as the ledger has it after its last entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// `P0` to `P3`.
    pub severity: String,
    /// `open`, `acknowledged`, `contained`, `recovered` or `closed`.
    pub state: String,
    /// What happened.
    pub title: String,
    /// Whether its end has its postmortem, and a signature.
    pub has_postmortem: bool,
    /// The wave that it is of.
    pub wave: Option<String>,
    /// The stories that it is of.
    pub stories: Vec<String>,
}

impl Incident {
    /// Whether nothing is merged for its sake.
    #[must_use]
    pub fn stops(&self) -> bool {
        let is_over = self.state == CLOSED && self.has_postmortem;
        self.weight() <= 1 && !is_over
    }

    /// How bad it is, the worst first; a word that nobody knows is the worst.
    fn weight(&self) -> u8 {
        match self.severity.as_str() {
            "P3" => 3,
            "P2" => 2,
            "P1" => 1,
            _ => 0,
        }
    }
}

const CLOSED: &str = "closed";

/// The incidents, by id, of all that the ledger has. One is closed, and has its postmortem,
/// where its end has all that merges wait for, somebody's signature too.
#[must_use]
pub fn incidents(matters: &[Matter]) -> Vec<Incident> {
    let of = |matter: &Matter| Incident {
        id: matter.id.clone(),
        severity: matter.severity_word().to_owned(),
        state: matter.word().to_owned(),
        title: matter.title.clone(),
        has_postmortem: matter.released,
        wave: matter.wave.clone(),
        stories: matter.stories.clone(),
    };
    let ours = matters.iter().filter(|matter| matter.sort == Sort::Incident);
    let mut all: Vec<Incident> = ours.map(of).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}
