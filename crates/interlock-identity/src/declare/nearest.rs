//! The nearest right word, for help with typing mistakes.

/// The word that was probably meant: at most a third of its letters differ, swapped neighbours count once.
pub(super) fn nearest<'a>(
    typed: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    words
        .into_iter()
        .map(|word| (distance(typed, word), word))
        .filter(|(far, word)| *far <= (word.chars().count() / 3).max(1))
        .min()
        .map(|(_, word)| word)
}

/// How many letters must be changed, added, left out or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_letter = None;
    for (row, letter) in left.chars().enumerate() {
        let mut line = Vec::with_capacity(right.len() + 1);
        line.push(row + 1);
        for (column, other) in right.iter().enumerate() {
            let at =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX);
            let mut best = (at(&last, column) + usize::from(letter != *other))
                .min(at(&last, column + 1) + 1)
                .min(at(&line, column) + 1);
            let before = column.checked_sub(1);
            let swapped = previous_letter == Some(*other)
                && before.and_then(|it| right.get(it)) == Some(&letter);
            if let (true, Some(before)) = (swapped, before) {
                best = best.min(at(&before_last, before).saturating_add(1));
            }
            line.push(best);
        }
        before_last = std::mem::replace(&mut last, line);
        previous_letter = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes() {
        for (typed, expected) in [
            ("ownr", Some("owner")),
            ("wonre", None),
            ("onwer", Some("owner")),
            ("principal", Some("principals")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, ["owner", "principals", "kind"]), expected, "{typed}");
        }
    }
}
