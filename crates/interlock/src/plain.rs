//! Text that others chose, made fit to be shown: what a terminal or a reader would obey, or not see, is spelled out.
//!
//! Names, user agents and messages come out of logs, so an intruder writes them. A sequence that
//! clears the screen, a line break that forges the next line, or a mark that turns the reading
//! direction around would let a log line lie to whoever answers for it (CWE-150, CVE-2021-42574).

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The codes for colours that the program itself writes; everything else that begins with ESC is spelled out.
const CODES: [&str; 9] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[34m",
    "\u{1b}[35m",
    "\u{1b}[36m",
];

/// Whether a character is obeyed instead of shown, or not seen at all.
///
/// Joiners (U+200C, U+200D) are left: whole alphabets and emoji cannot be written without them.
const fn is_unseen(it: char) -> bool {
    matches!(it,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' // what terminals obey
        | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' // what turns text around, or is not seen
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}') // letters that are empty
}

fn spell(to: &mut String, it: char) {
    to.extend(it.escape_default());
}

/// One line of text that somebody else chose: nothing in it is obeyed, and it stays one line.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for it in text.chars() {
        if is_unseen(it) { spell(&mut shown, it) } else { shown.push(it) }
    }
    Cow::Owned(shown)
}

/// Text of several lines, such as a page of HTML.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    kept(text, &[])
}

/// Text for a terminal: lines, and the colours of the program itself.
#[must_use]
pub fn coloured(text: &str) -> Cow<'_, str> {
    kept(text, &CODES)
}

fn kept<'a>(text: &'a str, codes: &[&str]) -> Cow<'a, str> {
    let unseen = |it: char| is_unseen(it) && it != '\n' && it != '\t';
    if !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(it) = rest.chars().next() {
        if let Some(code) = codes.iter().find(|it| rest.starts_with(**it)) {
            shown.push_str(code);
            rest = rest.strip_prefix(code).unwrap_or_default();
            continue;
        }
        if unseen(it) {
            spell(&mut shown, it)
        } else {
            shown.push(it)
        }
        rest = rest.strip_prefix(it).unwrap_or_default();
    }
    Cow::Owned(shown)
}

/// JSON of the same value in which nothing is obeyed or unseen; such characters only stand inside texts.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for it in text.chars() {
        if is_unseen(it) && !it.is_ascii() {
            let mut units = [0; 2];
            for unit in it.encode_utf16(&mut units) {
                // Writing into a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(it);
        }
    }
    Cow::Owned(shown)
}

/// The same view with every text of it made [`one_line`], to be printed for people.
#[must_use]
pub fn view<T: Serialize + DeserializeOwned>(it: T) -> T {
    let Ok(mut value) = serde_json::to_value(&it) else { return it };
    if !spell_out(&mut value) {
        return it;
    }
    serde_json::from_value(value).unwrap_or(it)
}

/// Spells out every text in this value; whether there was anything to spell out.
fn spell_out(value: &mut Value) -> bool {
    match value {
        Value::String(text) => match one_line(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(shown) => {
                *text = shown;
                true
            }
        },
        Value::Array(items) => items.iter_mut().fold(false, |any, it| spell_out(it) | any),
        Value::Object(items) => items.values_mut().fold(false, |any, it| spell_out(it) | any),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{BAD, CAREFUL, FAINT, GOOD, STRONG};
    use serde::Deserialize;

    #[test]
    fn what_is_obeyed_or_unseen_is_spelled_out() {
        for (text, shown) in [
            ("plain ünïcode 名前 👩‍💻 नमस्‍ते", "plain ünïcode 名前 👩‍💻 नमस्‍ते"),
            ("\u{1b}[2J\u{1b}]0;x\u{7}", r"\u{1b}[2J\u{1b}]0;x\u{7}"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("user\u{202e}exe.txt", r"user\u{202e}exe.txt"),
            ("ad\u{200b}min\u{e0041}", r"ad\u{200b}min\u{e0041}"),
            ("a\u{2028}b", r"a\u{2028}b"),
        ] {
            assert_eq!(one_line(text), shown);
        }
    }

    #[test]
    fn our_own_colours_pass_and_nobody_elses_sequences_do() {
        let foreign = "a\u{1b}[8mb\u{1b}]0;x\u{7}\nnext";
        for style in [GOOD, CAREFUL, BAD, STRONG, FAINT] {
            let shown = coloured(&format!("{style}x{style:#} {foreign}")).into_owned();
            let spelled = r"a\u{1b}[8mb\u{1b}]0;x\u{7}";
            assert_eq!(shown, format!("{style}x{style:#} {spelled}\nnext"));
        }
        assert_eq!(lines("a\u{1b}[1mb\n"), "a\\u{1b}[1mb\n");
    }

    #[test]
    fn json_means_the_same() {
        let text = "a\u{1b}\u{9b}\u{202e}\u{e0041}ü";
        let line = serde_json::to_string(text).unwrap();
        let shown = json(&line);
        assert!(!shown.contains(is_unseen), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }

    #[test]
    fn a_view_is_spelled_out_as_a_whole() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Inner {
            names: Vec<String>,
            sure: f64,
        }
        let names = |it: &str| Inner { names: vec!["fine".to_owned(), it.to_owned()], sure: 0.1 };
        assert_eq!(view(names("a\nb")), names(r"a\nb"));
        assert_eq!(view(names("ü")), names("ü"));
    }
}
