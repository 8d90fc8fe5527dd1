//! The binary behind `cargo xtask`: the product, and this repository's own verbs.

mod crate_map;
mod docs;
mod own_gates;
mod test;

use std::process::ExitCode;

use clap::Subcommand;

use thrice::cli::{OwnVerb, run};
use thrice_programme::world::World;

/// What this repository does beside the product.
#[derive(Debug, Subcommand)]
enum Own {
    /// Writes the generated documents.
    Docs(docs::Docs),
    /// Installs what the tests need, and runs the whole suite.
    Test(test::Test),
}

impl OwnVerb for Own {
    fn run(self, world: &World) -> u8 {
        match self {
            Self::Docs(docs) => docs.run(world),
            Self::Test(test) => test.run(world),
        }
    }
}

fn main() -> ExitCode {
    ExitCode::from(run::<Own>())
}
