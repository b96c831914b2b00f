//! The modifiers that make several spellings of one text: base64 alignments, UTF-16, dashes.

use super::pattern::{Part, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How text becomes bytes before base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-16, little end first, no mark.
    Utf16Le,
    /// UTF-16, big end first, no mark.
    Utf16Be,
    /// UTF-16, little end first, with a mark before it.
    Utf16,
}

impl Encoding {
    /// The bytes of this text.
    pub(super) fn bytes(self, text: &str) -> Vec<u8> {
        let units = text.encode_utf16();
        match self {
            Self::Utf16Le => units.flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => units.flat_map(u16::to_be_bytes).collect(),
            Self::Utf16 => {
                [0xff, 0xfe].into_iter().chain(units.flat_map(u16::to_le_bytes)).collect()
            }
        }
    }
}

/// Plain base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The part of the base64 text that does not depend on the neighbours, for each of three alignments.
pub(super) fn base64_offsets(bytes: &[u8]) -> [String; 3] {
    [0_usize, 1, 2].map(|shift| {
        let mut shifted = vec![b' '; shift];
        shifted.extend_from_slice(bytes);
        let encoded = STANDARD.encode(&shifted);
        let skip = match shift {
            0 => 0,
            1 => 2,
            _ => 3,
        };
        let cut = match shifted.len() % 3 {
            0 => 0,
            1 => 3,
            _ => 2,
        };
        let end = encoded.len().saturating_sub(cut);
        encoded.get(skip..end).unwrap_or_default().to_owned()
    })
}

/// The dashes that command lines accept for one another.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Most dashes in one value; five spellings each, so at most 625 texts.
const MOST_DASHES: usize = 4;

/// All spellings in which every `-` or `/` at a word's start is any of the dashes.
///
/// `None` when there are more than four such dashes.
pub(super) fn dashes(template: &Template) -> Option<Vec<Template>> {
    let units: Vec<Option<char>> = template
        .0
        .iter()
        .flat_map(|part| match part {
            Part::Text(text) => text.chars().map(Some).collect::<Vec<_>>(),
            Part::Any | Part::One => vec![None],
        })
        .collect();
    let word = |it: Option<&Option<char>>| {
        it.copied().flatten().is_some_and(|it| it.is_alphanumeric() || it == '_')
    };
    let starts = |index: usize| {
        let before = index.checked_sub(1).and_then(|it| units.get(it));
        !word(before) && word(units.get(index + 1))
    };
    let mut spellings = vec![Template::default()];
    let (mut index, mut found) = (0, 0);
    for part in &template.0 {
        match part {
            Part::Any | Part::One => {
                spellings.iter_mut().for_each(|it| it.0.push(part.clone()));
                index += 1;
            }
            Part::Text(text) => {
                for next in text.chars() {
                    if matches!(next, '-' | '/') && starts(index) {
                        found += 1;
                        if found > MOST_DASHES {
                            return None;
                        }
                        spellings = spellings
                            .iter()
                            .flat_map(|it| {
                                DASHES.map(|dash| {
                                    let mut it = it.clone();
                                    it.push(dash);
                                    it
                                })
                            })
                            .collect();
                    } else {
                        spellings.iter_mut().for_each(|it| it.push(next));
                    }
                    index += 1;
                }
            }
        }
    }
    Some(spellings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_alignments() {
        assert_eq!(base64_offsets(b"foobar"), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        assert_eq!(base64_offsets(b"http://"), ["aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"]);
        assert_eq!(base64_offsets(b""), ["", "", ""]);
    }

    #[test]
    fn wide_text() {
        assert_eq!(base64(&Encoding::Utf16Le.bytes("ping")), "cABpAG4AZwA=");
        assert_eq!(Encoding::Utf16Be.bytes("a"), [0, b'a']);
        assert_eq!(Encoding::Utf16.bytes("a"), [0xff, 0xfe, b'a', 0]);
    }

    #[test]
    fn every_dash_at_a_words_start() {
        let plain = |text: &str| {
            dashes(&Template::parse(text))
                .map(|it| it.iter().filter_map(Template::plain).collect::<Vec<_>>())
        };
        assert_eq!(
            plain(" -f"),
            Some(
                [" -f", " /f", " \u{2013}f", " \u{2014}f", " \u{2015}f"].map(str::to_owned).into()
            )
        );
        assert_eq!(plain("a-b"), Some(vec!["a-b".to_owned()]));
        assert_eq!(plain("-a /b").map(|it| it.len()), Some(25));
        assert_eq!(plain("-a -b -c -d -e"), None);
    }
}
