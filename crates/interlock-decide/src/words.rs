//! The words of files, and how people read them: nearest right word, lists, percent, one line.

use interlock_model::Confidence;

/// The word of `known` that `word` was most likely meant to be; `None` when none is near.
///
/// Near is an edit distance of at most a third of the word, and of at most three.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase().replace(['-', ' '], "_");
    let reach = (word.chars().count().div_ceil(3)).min(3);
    known
        .iter()
        .map(|it| (distance(&word, &it.to_lowercase().replace('-', "_")), *it))
        .filter(|(far, _)| *far <= reach)
        .min_by_key(|(far, _)| *far)
        .map(|(_, it)| it)
}

/// Words as prose: `a`, `b` and `c`.
pub fn listed<T: std::fmt::Display>(words: &[T]) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A confidence as whole percent, rounded down: 0 to 100.
pub fn percent(confidence: Confidence) -> i64 {
    // Nudged by less than any detector's precision, so that 0.29 is 29 and not 28.
    #[expect(clippy::cast_possible_truncation, reason = "a confidence is 0 to 1")]
    let whole = (confidence.value() * 100.0 + 1e-9).floor() as i64;
    whole
}

/// Text with foreign parts on one line of at most 1000 characters.
pub fn one_line(text: &str) -> String {
    const MOST: usize = 1_000;
    let plain = text.chars().map(|it| if it.is_control() { ' ' } else { it });
    if text.chars().count() <= MOST {
        return plain.collect();
    }
    plain.take(MOST - 2).chain("….".chars()).collect()
}

/// Levenshtein distance in characters; both sides cut at 64 characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, left) in a.chars().take(64).enumerate() {
        let mut next = vec![index + 1];
        for ((right, above), pair) in b.iter().zip(row.iter().skip(1)).zip(row.iter()) {
            let before = next.last().copied().unwrap_or(usize::MAX - 1);
            let changed = pair + usize::from(left != *right);
            next.push(changed.min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod sample {
    //! Findings to test with.

    use interlock_model::{
        Confidence, CredentialKind, CredentialRef, Finding, FindingId, FindingSource, Origin,
        Place, Principal, Resolution, RuleRef, Severity, Timestamp,
    };

    pub(crate) fn place(record: u64) -> Place {
        Place { file: "events.jsonl".into(), record }
    }

    /// A finding on a machine's access key; the number sets its id and its minute.
    pub(crate) fn finding(rule: &str, confidence: f64, number: u64) -> Finding {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let time = start + jiff::SignedDuration::from_mins(number as i64);
        Finding {
            id: FindingId::derive(&[rule, &number.to_string()]),
            rule: RuleRef { id: rule.into(), name: rule.into(), source: FindingSource::Behaviour },
            title: format!("{rule} was seen"),
            confidence: Confidence::new(confidence),
            severity: Severity::High,
            techniques: vec!["T1078.004".into()],
            time,
            last: time,
            resolution: Resolution::Known { identity: "idn_ci".parse().unwrap() },
            principal: Some(Principal::new("aws", "arn:aws:iam::111122223333:user/ci")),
            credential: Some(CredentialRef::new(
                "aws",
                CredentialKind::AccessKey,
                "AKIAIOSFODNN7EXAMPLE",
            )),
            session: None,
            chain: Vec::new(),
            origin: Origin::default(),
            evidence: vec![place(number)],
            facts: Vec::new(),
            response: None,
            artefacts: Vec::new(),
            let_in: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["disable_credential", "disable_identity", "quarantine", "do"];
        assert_eq!(nearest("disable_credentials", &known), Some("disable_credential"));
        assert_eq!(nearest("disable-identity", &known), Some("disable_identity"));
        assert_eq!(nearest("quarentine", &known), Some("quarantine"));
        assert_eq!(nearest("explode", &known), None);
        assert_eq!(nearest("", &known), None);
    }

    #[test]
    fn percent_rounds_down_but_not_by_accident() {
        for (value, whole) in [(0.0, 0), (0.29, 29), (0.57, 57), (0.899, 89), (1.0, 100)] {
            assert_eq!(percent(Confidence::new(value)), whole);
        }
    }

    #[test]
    fn foreign_text_stays_on_one_line() {
        assert_eq!(one_line("a\nb\tc"), "a b c");
        assert_eq!(one_line(&"é".repeat(2_000)).chars().count(), 1_000);
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
