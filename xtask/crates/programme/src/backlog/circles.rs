//! References that lead back to where they began.

/// The first circle among references by position, as positions in the order in which
/// they refer to each other; none where there is no circle.
pub(super) fn circle(references: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; references.len()];
    let mut on_path = done.clone();
    for start in 0..references.len() {
        if let Some(circle) = from(start, references, &mut done, &mut on_path) {
            return Some(circle);
        }
    }
    None
}

fn from(
    start: usize,
    references: &[Vec<usize>],
    done: &mut [bool],
    on_path: &mut [bool],
) -> Option<Vec<usize>> {
    let mut path: Vec<(usize, usize)> = vec![(start, 0)];
    while let Some((at, next)) = path.last_mut() {
        let at = *at;
        if is_done(at, done) {
            path.pop();
            continue;
        }
        mark(at, on_path, true);
        match references.get(at).and_then(|to| to.get(*next)) {
            Some(&to) => {
                *next += 1;
                if on_path.get(to).copied().unwrap_or_default() {
                    let members = path.iter().map(|(at, _)| *at);
                    return Some(members.skip_while(|member| *member != to).collect());
                }
                path.push((to, 0));
            }
            None => {
                mark(at, done, true);
                mark(at, on_path, false);
                path.pop();
            }
        }
    }
    None
}

fn is_done(at: usize, done: &[bool]) -> bool {
    done.get(at).copied().unwrap_or(true)
}

fn mark(at: usize, marks: &mut [bool], value: bool) {
    if let Some(mark) = marks.get_mut(at) {
        *mark = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_only_circles() {
        let none: Option<Vec<usize>> = None;
        assert_eq!(circle(&[]), none);
        assert_eq!(circle(&[vec![1, 2], vec![2], vec![]]), none);
        assert_eq!(circle(&[vec![7]]), none);
        assert_eq!(circle(&[vec![0]]), Some(vec![0]));
        assert_eq!(circle(&[vec![1], vec![2], vec![1]]), Some(vec![1, 2]));
        // A long chain does not exhaust the stack.
        let mut chain: Vec<Vec<usize>> = (1..=100_000).map(|next| vec![next]).collect();
        chain.push(vec![]);
        assert_eq!(circle(&chain), none);
        chain.push(vec![100_001]);
        assert_eq!(circle(&chain), Some(vec![100_001]));
    }
}
