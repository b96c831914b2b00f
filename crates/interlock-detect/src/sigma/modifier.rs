//! The modifiers of Sigma 2.1, and how a key of a search is taken apart.

use super::encoding::Encoding;
use super::fault::Fault;
use super::matcher::{DatePart, Order};
use super::yaml::Node;

/// One modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modifier {
    /// Anything before and after.
    Contains,
    /// Anything after.
    StartsWith,
    /// Anything before.
    EndsWith,
    /// Every value, not one of them.
    All,
    /// The field is there, or not.
    Exists,
    /// Upper and lower case differ.
    Cased,
    /// The opposite of the whole item.
    Neq,
    /// A regular expression.
    Re,
    /// Its flag `i`.
    IgnoreCase,
    /// Its flag `m`.
    Multiline,
    /// Its flag `s`.
    DotAll,
    /// Dashes for one another.
    WinDash,
    /// The value's base64 form.
    Base64,
    /// The value's base64 form inside a longer one.
    Base64Offset,
    /// Other bytes before base64.
    Encode(Encoding),
    /// A comparison of numbers.
    Number(Order),
    /// A part of a date.
    Date(DatePart),
    /// An address in a network.
    Cidr,
    /// `%name%` stands for a list.
    Expand,
    /// The value names another field.
    FieldRef,
}

const WORDS: [(&str, Modifier); 34] = [
    ("all", Modifier::All),
    ("base64", Modifier::Base64),
    ("base64offset", Modifier::Base64Offset),
    ("cased", Modifier::Cased),
    ("cidr", Modifier::Cidr),
    ("contains", Modifier::Contains),
    ("day", Modifier::Date(DatePart::Day)),
    ("dotall", Modifier::DotAll),
    ("endswith", Modifier::EndsWith),
    ("exists", Modifier::Exists),
    ("expand", Modifier::Expand),
    ("fieldref", Modifier::FieldRef),
    ("gt", Modifier::Number(Order::Gt)),
    ("gte", Modifier::Number(Order::Gte)),
    ("hour", Modifier::Date(DatePart::Hour)),
    ("i", Modifier::IgnoreCase),
    ("ignorecase", Modifier::IgnoreCase),
    ("lt", Modifier::Number(Order::Lt)),
    ("lte", Modifier::Number(Order::Lte)),
    ("m", Modifier::Multiline),
    ("minute", Modifier::Date(DatePart::Minute)),
    ("month", Modifier::Date(DatePart::Month)),
    ("multiline", Modifier::Multiline),
    ("neq", Modifier::Neq),
    ("re", Modifier::Re),
    ("s", Modifier::DotAll),
    ("startswith", Modifier::StartsWith),
    ("utf16", Modifier::Encode(Encoding::Utf16)),
    ("utf16be", Modifier::Encode(Encoding::Utf16Be)),
    ("utf16le", Modifier::Encode(Encoding::Utf16Le)),
    ("week", Modifier::Date(DatePart::Week)),
    ("wide", Modifier::Encode(Encoding::Utf16Le)),
    ("windash", Modifier::WinDash),
    ("year", Modifier::Date(DatePart::Year)),
];

/// The field's path, empty for keywords, and the modifiers in order.
pub(super) fn read_key(key: &Node) -> Result<(&str, Vec<Modifier>), Fault> {
    let mut words = key.text().unwrap_or_default().split('|');
    let field = words.next().unwrap_or_default().trim();
    let mut modifiers = Vec::new();
    for word in words {
        let known = WORDS.iter().find(|(it, _)| it.eq_ignore_ascii_case(word.trim()));
        let Some((_, modifier)) = known else {
            return Err(Fault::wrong(key.at.as_ref(), format!("unknown modifier `{word}`"))
                .nearest(word, WORDS.iter().map(|(it, _)| *it)));
        };
        modifiers.push(*modifier);
    }
    Ok((field, modifiers))
}

/// How a modifier is written.
pub(super) fn word(modifier: Modifier) -> &'static str {
    WORDS.iter().find(|(_, it)| *it == modifier).map_or("", |(word, _)| word)
}
