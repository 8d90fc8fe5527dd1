use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever changes any character of the body is not believed.
    #[test]
    fn no_other_body_is_proven(at in any::<prop::sample::Index>(), with in "[ -~]|[\\n0-9]") {
        let mut world = world();
        let mut characters: Vec<char> = world.body.chars().collect();
        let index = at.index(characters.len());
        let new = with.chars().next().unwrap();
        let same = characters[index] == new;
        characters[index] = new;
        world.body = characters.into_iter().collect();
        let passes = world.codes().is_empty();
        prop_assert!(passes || !same);
        prop_assert!(!passes || same || only_own_words_differ(&world));
    }

    #[test]
    fn any_body_is_refused_without_a_panic(body in "(\\PC|\n|## |`){0,200}") {
        let world = World { body, ..world() };
        prop_assert!(!world.codes().is_empty());
    }

    /// A claim that is not proven always refuses.
    #[test]
    fn what_is_open_never_passes(open in proptest::collection::vec(any::<bool>(), 1..6)) {
        let claims: Vec<Claim> = open
            .iter()
            .map(|open| match open {
                true => Claim::open("a", "b", "c"),
                false => Claim::new("a", "b", "c", Vec::new()),
            })
            .collect();
        let passes = verdict(&findings(&claims)) == Verdict::Pass;
        prop_assert_eq!(passes, !open.contains(&true));
    }
}

/// The times may be off by minutes: a machine's clock is not the server's. What a plan calls
/// its tasks, and which files of a gate's evidence it expects, are its author's words.
fn only_own_words_differ(world: &World) -> bool {
    let good = super::world().body;
    let others = |text: &str| -> Vec<String> {
        let own = ["_at: ", "\"id\": ", "\"out/evidence/T"];
        let lines = text.lines().filter(|line| !own.iter().any(|word| line.contains(word)));
        lines.map(str::to_owned).collect()
    };
    others(&good) == others(&world.body)
}
