//! Correlation conditions in words, `reset and new_device and not ticket`, as terms that are easy to watch.

use super::condition::Condition;
use std::collections::BTreeSet;

/// Rules that must have matched, and rules that must not. Any term of a condition will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// By number, in the order in which the correlation lists them; at least one.
    pub(super) all: Vec<usize>,
    /// By number.
    pub(super) none: Vec<usize>,
}

/// Most terms of one condition: each costs a look at the window.
const MOST_TERMS: usize = 64;

/// Why a condition in words has no terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTerms {
    /// It comes to too many.
    Many,
    /// It can hold before anything matched.
    Empty,
    /// It can never hold.
    Never,
}

impl NoTerms {
    /// In words.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Many => "the condition comes to more than 64 different cases",
            Self::Empty => "the condition can hold without a match of any of its rules",
            Self::Never => "the condition can never hold",
        }
    }
}

/// Places in the list of rules: those that must be there, those that must not.
type Case = (BTreeSet<usize>, BTreeSet<usize>);

/// The terms of a condition over the listed rules.
pub(super) fn terms(condition: &Condition, rules: &[usize]) -> Result<Vec<Term>, NoTerms> {
    let cases = cases(condition, true)?;
    if cases.is_empty() {
        return Err(NoTerms::Never);
    }
    if cases.iter().any(|(all, _)| all.is_empty()) {
        return Err(NoTerms::Empty);
    }
    let numbers = |places: &BTreeSet<usize>| -> Vec<usize> {
        places.iter().filter_map(|it| rules.get(*it).copied()).collect()
    };
    Ok(cases.iter().map(|(all, none)| Term { all: numbers(all), none: numbers(none) }).collect())
}

fn cases(condition: &Condition, wanted: bool) -> Result<BTreeSet<Case>, NoTerms> {
    match (condition, wanted) {
        (Condition::Search(it), true) => {
            Ok(BTreeSet::from([(BTreeSet::from([*it]), BTreeSet::new())]))
        }
        (Condition::Search(it), false) => {
            Ok(BTreeSet::from([(BTreeSet::new(), BTreeSet::from([*it]))]))
        }
        (Condition::Not(inner), wanted) => cases(inner, !wanted),
        (Condition::Any(parts), true) | (Condition::All(parts), false) => {
            let mut any = BTreeSet::new();
            for part in parts {
                any.extend(cases(part, wanted)?);
                if any.len() > MOST_TERMS {
                    return Err(NoTerms::Many);
                }
            }
            Ok(any)
        }
        (Condition::All(parts), true) | (Condition::Any(parts), false) => {
            let mut all = BTreeSet::from([Case::default()]);
            for part in parts {
                let further = cases(part, wanted)?;
                let mut both = BTreeSet::new();
                for (ours, theirs) in
                    all.iter().flat_map(|it| further.iter().map(move |to| (it, to)))
                {
                    let there: BTreeSet<usize> = ours.0.union(&theirs.0).copied().collect();
                    let absent: BTreeSet<usize> = ours.1.union(&theirs.1).copied().collect();
                    if there.is_disjoint(&absent) {
                        both.insert((there, absent));
                    }
                    if both.len() > MOST_TERMS {
                        return Err(NoTerms::Many);
                    }
                }
                all = both;
            }
            Ok(all)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::read;
    use super::*;

    fn of(text: &str) -> Result<Vec<Term>, NoTerms> {
        terms(&read(text, &["a", "b", "c"]).unwrap(), &[7, 8, 9])
    }

    #[test]
    fn words_become_terms() {
        let term = |all: &[usize], none: &[usize]| Term { all: all.into(), none: none.into() };
        assert_eq!(of("c and a and not b"), Ok(vec![term(&[7, 9], &[8])]));
        assert_eq!(of("a and (b or c)"), Ok(vec![term(&[7, 8], &[]), term(&[7, 9], &[])]));
        assert_eq!(of("a and not (b or c)"), Ok(vec![term(&[7], &[8, 9])]));
        assert_eq!(of("a and not (b and c)"), Ok(vec![term(&[7], &[8]), term(&[7], &[9])]));
        assert_eq!(of("a or a and not b"), Ok(vec![term(&[7], &[]), term(&[7], &[8])]));
    }

    #[test]
    fn what_has_no_terms() {
        assert_eq!(of("a and not a"), Err(NoTerms::Never));
        assert_eq!(of("not a"), Err(NoTerms::Empty));
        assert_eq!(of("a or not b"), Err(NoTerms::Empty));
        let names: Vec<String> = (0..14).map(|it| format!("r{it}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let pairs: Vec<String> =
            names.chunks(2).map(|it| format!("({} or {})", it[0], it[1])).collect();
        let many = read(&pairs.join(" and "), &names).unwrap();
        assert_eq!(terms(&many, &(0..14).collect::<Vec<_>>()), Err(NoTerms::Many));
    }
}
