//! Text against a pattern in which `*` is any text.

/// Whether the whole text matches, where `*` is any text and `same` says which characters agree.
#[must_use]
pub fn wildcard(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut pattern, mut rest) = (pattern.chars(), text.chars());
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (mut next_pattern, mut next_rest) = (pattern.clone(), rest.clone());
        match (next_pattern.next(), next_rest.next()) {
            (Some('*'), _) => {
                pattern = next_pattern.clone();
                retry = Some((next_pattern, rest.clone()));
            }
            (Some(want), Some(have)) if same(want, have) => {
                (pattern, rest) = (next_pattern, next_rest);
            }
            (None, None) => return true,
            _ => {
                let Some((after_star, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, rest) = (after_star.clone(), from.clone());
            }
        }
    }
}
