//! What is wrong with one rule, while it is read.

use interlock_model::{Gravity, Problem};
use std::ops::Range;
use std::sync::Arc;

/// Why one document cannot be used, or what in it stays without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where.
    pub(super) at: Option<Range<usize>>,
    /// `Error`: the rule is wrong. `Warning`: it is right, but not supported here.
    pub(super) gravity: Gravity,
    /// What is wrong.
    pub(super) what: String,
    /// The remedy.
    pub(super) help: Option<String>,
}

impl Fault {
    /// The rule is wrong.
    pub(super) fn wrong(at: Option<&Range<usize>>, what: impl Into<String>) -> Self {
        Self { at: at.cloned(), gravity: Gravity::Error, what: what.into(), help: None }
    }

    /// The rule may be right, but we cannot run it.
    pub(super) fn unsupported(at: Option<&Range<usize>>, what: impl Into<String>) -> Self {
        Self { at: at.cloned(), gravity: Gravity::Warning, what: what.into(), help: None }
    }

    /// Whether the rule is wrong.
    pub(super) const fn is_wrong(&self) -> bool {
        match self.gravity {
            Gravity::Error => true,
            Gravity::Warning => false,
        }
    }

    /// With a remedy.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the nearest right word as remedy, where one is near.
    pub(super) fn nearest<'a>(self, word: &str, right: impl Iterator<Item = &'a str>) -> Self {
        let near = right
            .map(|it| (distance(word, it), it))
            .filter(|(far, it)| *far <= it.chars().count().max(3) / 2)
            .min();
        match near {
            Some((_, it)) => self.help(format!("did you mean `{it}`?")),
            None => self,
        }
    }

    /// As a problem of this file; `title` names the rule.
    pub(super) fn in_file(self, file: &Arc<str>, title: Option<&str>) -> Problem {
        let what = match title {
            Some(title) => format!("rule `{title}`: {}", self.what),
            None => self.what,
        };
        Problem {
            file: Arc::clone(file),
            span: self.at,
            gravity: self.gravity,
            what,
            help: self.help,
        }
    }
}

/// How many letters must change; words beyond 64 letters are cut.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, ours) in left.chars().take(64).enumerate() {
        let mut next = vec![index + 1];
        for (theirs, pair) in right.iter().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let swap = diagonal + usize::from(ours != *theirs);
            let left = next.last().copied().unwrap_or_default();
            next.push(swap.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        let help = |word: &str| {
            Fault::wrong(None, "x").nearest(word, ["contains", "endswith", "re"].into_iter()).help
        };
        assert_eq!(help("contain").as_deref(), Some("did you mean `contains`?"));
        assert_eq!(help("ednswith").as_deref(), Some("did you mean `endswith`?"));
        assert_eq!(help("somethingelse"), None);
    }
}
