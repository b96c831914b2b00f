//! Names that people cannot tell apart: other letters of the same look, and characters that are not seen.
//!
//! Two names look alike when their skeletons are the same, see
//! [Unicode Technical Standard 39](https://www.unicode.org/reports/tr39/#Confusable_Detection).
//! Within ASCII few letters are taken for others ([`PAIRS`]), and dots and spaces at an end are missed.
//! Machines bear numbers, so a name is strange there only beside the other one: see [`others`].

use std::borrow::Cow;

/// What a name looks like. Of a name in plain ASCII the name itself.
pub(crate) fn skeleton(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    name.chars().filter(|it| !is_hidden(*it)).flat_map(plain).collect()
}

/// What is taken for what within ASCII, in most fonts.
const PAIRS: [(&str, &str); 15] = [
    ("rn", "m"),
    ("m", "rn"),
    ("vv", "w"),
    ("w", "vv"),
    ("1", "l"),
    ("1", "I"),
    ("l", "1"),
    ("l", "I"),
    ("I", "l"),
    ("I", "1"),
    ("|", "l"),
    ("0", "O"),
    ("0", "o"),
    ("O", "0"),
    ("o", "0"),
];

/// What a name looks like where letters within ASCII are taken for each other as well.
pub(crate) fn blurred(name: &str) -> String {
    let plain = skeleton(name);
    let plain = plain.trim_matches(is_missed).replace("rn", "m").replace("vv", "w");
    let one = |it| match it {
        '1' | 'I' | '|' => 'l',
        '0' | 'O' => 'o',
        other => other,
    };
    plain.chars().map(one).collect()
}

/// Other names that this one is taken for within ASCII, at most so many: with one letter exchanged, then
/// with a letter exchanged everywhere. Only what stands behind the last `/` or `:` is varied.
pub(crate) fn others(name: &str, most: usize) -> Vec<String> {
    let from = name.rfind(['/', ':']).map_or(0, |it| it + 1);
    let (before, last) = name.split_at_checked(from).unwrap_or(("", name));
    let mut found = Vec::new();
    let trimmed = last.trim_matches(is_missed);
    if trimmed != last && !trimmed.is_empty() {
        found.push(format!("{before}{trimmed}"));
    }
    for (at, _) in last.char_indices() {
        let Some((head, tail)) = last.split_at_checked(at) else { continue };
        for (this, that) in PAIRS {
            if let Some(rest) = tail.strip_prefix(this) {
                found.push(format!("{before}{head}{that}{rest}"));
            }
        }
        if found.len() >= most {
            break;
        }
    }
    let several = PAIRS.iter().filter(|(this, _)| last.matches(this).nth(1).is_some());
    found.extend(several.map(|(this, that)| format!("{before}{}", last.replace(this, that))));
    found.truncate(most);
    found
}

/// Nobody sees these at the end of a name.
const fn is_missed(it: char) -> bool {
    it == '.' || it.is_ascii_whitespace()
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
        if !name.is_ascii() || !other.is_ascii() {
            return Cow::Borrowed("their letters are composed in other ways");
        }
        let (mine, theirs) = apart(name, other);
        return Cow::Owned(match (mine, theirs) {
            ("", more) => format!("the other has `{}` at an end", more.escape_debug()),
            (more, "") => format!("`{}` at an end is not seen", more.escape_debug()),
            (mine, theirs) => format!("`{mine}` stands for `{theirs}`"),
        });
    };
    let number = u32::from(letter);
    if is_hidden(letter) {
        return Cow::Owned(format!("U+{number:04X} is not seen"));
    }
    let meant: String = plain(letter).collect();
    Cow::Owned(format!("U+{number:04X} stands for `{meant}`"))
}

/// What two names in ASCII do not share, between what they begin and end with.
fn apart<'a>(name: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let same = |it: &(u8, u8)| it.0 == it.1;
    let begin = name.bytes().zip(other.bytes()).take_while(same).count();
    let (name, other) = (name.get(begin..).unwrap_or(""), other.get(begin..).unwrap_or(""));
    let end = name.bytes().rev().zip(other.bytes().rev()).take_while(same).count();
    let middle = |it: &'a str| it.get(..it.len() - end).unwrap_or(it);
    (middle(name), middle(other))
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

    #[test]
    fn what_looks_alike_within_ascii() {
        for (name, other, why) in [
            (
                "arn:aws:iam::111122223333:user/adrnin",
                "arn:aws:iam::111122223333:user/admin",
                "`rn` stands for `m`",
            ),
            ("paypa1", "paypal", "`1` stands for `l`"),
            ("paypaI", "paypal", "`I` stands for `l`"),
            ("r00t", "root", "`00` stands for `oo`"),
            ("vvorker", "worker", "`vv` stands for `w`"),
            ("svc.", "svc", "`.` at an end is not seen"),
            ("svc ", "svc", "` ` at an end is not seen"),
        ] {
            assert!(others(name, 32).iter().any(|it| it == other), "{name} {other}");
            assert_eq!(blurred(name), blurred(other), "{name}");
            assert_eq!(difference(name, other), why);
        }
        assert_eq!(difference("svc", "svc."), "the other has `.` at an end");
        assert_eq!(others("payments", 32), ["payrnents"]);
        // What stands before the name is never varied, and a name is not taken for a slip of case.
        assert!(others("arn:aws:iam::111122223333:user/x", 32).is_empty());
        assert_ne!(blurred("web-1"), blurred("web-2"));
        assert_ne!(blurred("Ana"), blurred("ana"));
        for long in ["1l0Oo".repeat(200), "é".repeat(9), "..".to_owned(), String::new()] {
            let all = others(&long, 32);
            assert!(all.len() <= 32 && !all.contains(&long), "{long}");
        }
    }
}
