//! The nearest right word, and words as prose, for help with typing mistakes.

/// The word that was probably meant: at most a third of its letters differ, and at most three.
pub(super) fn nearest<'a>(typed: &str, words: &[&'a str]) -> Option<&'a str> {
    let folded = typed.to_lowercase().replace(['-', ' '], "_");
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&folded, word), *word))
        .filter(|(far, word)| *far <= word.chars().count().div_ceil(3).min(3))
        .min()
        .map(|(_, word)| word)
}

/// Words as prose: `a`, `b` and `c`.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes() {
        let words = ["mode", "store", "connector", "token"];
        for (typed, meant) in [
            ("modee", Some("mode")),
            ("omde", Some("mode")),
            ("Connectors", Some("connector")),
            ("tokne", Some("token")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, &words), meant, "{typed}");
        }
        assert_eq!(listed(&words), "`mode`, `store`, `connector` and `token`");
    }
}
