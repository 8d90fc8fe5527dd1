//! Which tests a review ran that passed, so that a later one can name those that are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::judge::test_report::{TestOutcome, TestReport};
use super::layout::Output;
use crate::evidence::json;
use thrice_facts::files;
use thrice_programme::Gate;

/// The tests that each gate ran, by its id.
pub(crate) type TestNames = BTreeMap<String, BTreeSet<String>>;

/// Their file in the folder of a review.
const FILE: &str = "tests.json";

/// The tests that ran in a run, as far as the reports lie in its evidence.
pub(crate) fn of_run<'a>(
    run: &Output,
    gates: impl IntoIterator<Item = &'a Gate>,
) -> anyhow::Result<TestNames> {
    let mut names = TestNames::new();
    for gate in gates {
        let Some(tests) = &gate.tests else { continue };
        let path = run.evidence().join(gate.folder()).join(&tests.report);
        let Some(bytes) = files::read_if_there(&path)? else { continue };
        let Ok(report) = serde_json::from_slice::<TestReport>(&bytes) else { continue };
        let ran = report.tests.into_iter().filter(|test| test.outcome != TestOutcome::Skipped);
        names.insert(gate.id.clone(), ran.map(|test| test.name).collect());
    }
    Ok(names)
}

/// Keeps them with a review.
pub(crate) fn keep(review: &Path, names: &TestNames) -> anyhow::Result<()> {
    files::write_whole(&review.join(FILE), &json::canonical(names)?)
}

/// Those that were kept with a review; none where there are none that can be read.
pub(crate) fn kept(review: &Path) -> anyhow::Result<TestNames> {
    let bytes = files::read_if_there(&review.join(FILE))?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}
