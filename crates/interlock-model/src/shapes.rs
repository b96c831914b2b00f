//! Shapes of names, by which sorts of one kind are told apart.

/// Shapes of names: `*` stands for any text. A name fits that has one of them, and none of those that
/// stand after a `!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shapes(pub &'static [&'static str]);

impl Shapes {
    /// Every name.
    pub const ALL: Self = Self(&["*"]);

    /// Whether a name fits.
    #[must_use]
    pub fn fit(self, name: &str) -> bool {
        let has = |it: &str| has_shape(it, name);
        !self.0.iter().filter_map(|it| it.strip_prefix('!')).any(has)
            && self.0.iter().any(|it| !it.starts_with('!') && has(it))
    }
}

fn has_shape(shape: &str, name: &str) -> bool {
    let mut rest = name;
    for (index, part) in shape.split('*').enumerate() {
        let Some(at) = rest.find(part) else { return false };
        if index == 0 && at != 0 {
            return false;
        }
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    shape.ends_with('*') || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (shape, name, fits) in [
            ("arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:user/ci", true),
            ("arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:role/ci", false),
            ("*", "anything", true),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("a*c", "abc", true),
            ("a*c", "xabc", false),
        ] {
            assert_eq!(has_shape(shape, name), fits, "{shape} {name}");
        }
    }
}
