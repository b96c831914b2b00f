//! Names that people cannot tell apart: other letters of the same look, and characters that are not seen.
//!
//! Two names look alike when their skeletons are the same, see
//! [Unicode Technical Standard 39](https://www.unicode.org/reports/tr39/#Confusable_Detection).
//! Letters that only differ in some fonts of one alphabet (`l` and `1`, `O` and `0`) are left alone:
//! machines bear numbers.

use std::borrow::Cow;

/// What a name looks like. Of a name in plain ASCII the name itself.
pub(crate) fn skeleton(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    name.chars().filter(|it| !is_hidden(*it)).flat_map(plain).collect()
}

/// Whether a name holds anything that can be taken for something else.
pub(crate) const fn is_plain(name: &str) -> bool {
    name.is_ascii()
}

/// Where the first of two names that look alike is another one, in words.
pub(crate) fn difference(name: &str, other: &str) -> Cow<'static, str> {
    let foreign = |text: &str| {
        let mut found = text.chars().filter(|it| !it.is_ascii());
        found.find(|it| is_hidden(*it) || plain(*it).ne(std::iter::once(*it)))
    };
    let Some(letter) = foreign(name).or_else(|| foreign(other)) else {
        return Cow::Borrowed("their letters are composed in other ways");
    };
    let number = u32::from(letter);
    if is_hidden(letter) {
        return Cow::Owned(format!("U+{number:04X} is not seen"));
    }
    let meant: String = plain(letter).collect();
    Cow::Owned(format!("U+{number:04X} stands for `{meant}`"))
}

/// The letters that a letter is taken for: itself, where it is taken for none of ASCII.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let mut one = [0; 4];
    let text: &str = letter.encode_utf8(&mut one);
    let seen: Vec<char> = unicode_security::skeleton(text).collect();
    let ascii = !letter.is_ascii() && seen.iter().all(char::is_ascii);
    let shown = if ascii { seen } else { vec![letter] };
    shown.into_iter()
}

/// Characters of no width: joiners, marks of direction, soft hyphens, tags.
const fn is_hidden(it: char) -> bool {
    matches!(
        it,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike() {
        for (name, like) in [
            ("аdmin", "admin"),
            ("ad\u{200b}min", "admin"),
            ("ｓｈｏｐ", "shop"),
            ("сi-dеploy", "ci-deploy"),
            ("payments\u{202e}", "payments"),
        ] {
            assert_eq!(skeleton(name), like, "{name:?}");
        }
        for name in ["web-1", "web-l", "Müller", "日本", "Ольга", "svc_0O"] {
            assert_eq!(skeleton(name), skeleton(&skeleton(name)));
        }
        assert_ne!(skeleton("web-1"), skeleton("web-l"));
        assert_ne!(skeleton("Müller"), skeleton("Muller"));
    }
}
