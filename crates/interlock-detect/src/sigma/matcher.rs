//! The compiled form of a rule's searches, and how it is evaluated on one event's fields.

use super::expression::Expression;
use super::pattern::{Pattern, lower_into};
use interlock_model::{FieldValue, Fields, Slot};
use ipnet::IpNet;
use std::fmt::Write as _;
use std::net::IpAddr;

/// A field in the rule set's own numbering; becomes a slot when the plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FieldIndex(pub(super) u16);

/// A boolean expression over tests.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    /// A test on one field or on all text.
    Test(Test),
    /// A search of the same rule, by number. It never leads back to itself.
    Search(usize),
    /// All of these; true when empty.
    All(Box<[Self]>),
    /// Any of these; false when empty.
    Any(Box<[Self]>),
    /// The opposite.
    Not(Box<Self>),
}

/// One `field|modifiers: values`.
#[derive(Debug, Clone)]
pub(super) struct Test {
    /// The field; `None` for keywords.
    pub(super) field: Option<FieldIndex>,
    /// The rule's values; each may have several spellings, any of which will do.
    pub(super) values: Box<[Box<[Matcher]>]>,
    /// Whether every value must be found, and not just one.
    pub(super) all: bool,
}

/// One spelling of one value.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    /// Text with wildcards.
    Text(Pattern),
    /// A number, or its text form.
    Number(f64, Box<str>),
    /// A boolean, or its text form.
    Bool(bool),
    /// Absent or null.
    Null,
    /// There, whatever it is; or not there.
    Exists(bool),
    /// A regular expression that may match anywhere.
    Regex(Box<Expression>),
    /// An address inside a network.
    Network(IpNet),
    /// A number in this order to ours.
    Order(Order, f64),
    /// A part of a date.
    Date(DatePart, Order, f64),
    /// Another field of the same event.
    Field(FieldIndex, Relation, bool),
}

/// How a number relates to the rule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Less.
    Lt,
    /// Less or the same.
    Lte,
    /// Greater.
    Gt,
    /// Greater or the same.
    Gte,
    /// The same.
    Eq,
    /// Another one.
    Neq,
}

impl Order {
    /// Whether `value` stands in this order to `limit`.
    pub(super) fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Lt => value < limit,
            Self::Lte => value <= limit,
            Self::Gt => value > limit,
            Self::Gte => value >= limit,
            Self::Eq => value == limit,
            Self::Neq => value != limit,
        }
    }
}

/// A part of a date, as written: no time zone is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, from 1.
    Day,
    /// ISO week, from 1.
    Week,
    /// From 1.
    Month,
    /// With the century.
    Year,
}

/// How two fields relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// The same.
    Same,
    /// Begins with the other.
    StartsWith,
    /// Ends with the other.
    EndsWith,
    /// Holds the other.
    Contains,
}

/// Room for lower-case copies and text forms, used again for every event.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    form: String,
    lower: String,
    other: String,
}

/// What an evaluation looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// The event's fields.
    pub(super) fields: &'a Fields,
    /// Our numbering to the plan's. A field without slot is absent from every event.
    pub(super) slots: &'a [Slots],
}

/// Where the values of one field stand: mostly in one slot, in more where its log source knows the
/// field by several names.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    /// Of the name that the rule uses.
    pub(super) first: Slot,
    /// Of the other names.
    pub(super) others: Box<[Slot]>,
}

impl<'a> View<'a> {
    /// Whether a field may have a value; true of some that have none.
    pub(super) fn has(self, field: FieldIndex) -> bool {
        let slots = self.slots.get(usize::from(field.0));
        slots.is_some_and(|it| self.fields.has(it.first) || !it.others.is_empty())
    }

    /// The values of a field.
    pub(super) fn values(self, field: FieldIndex) -> impl Iterator<Item = FieldValue<'a>> {
        let slots = self.slots.get(usize::from(field.0));
        // Most have the one name, and most events ask often: nothing is nested for it.
        let first = slots.map(|it| self.fields.all(it.first)).unwrap_or_default();
        let others = slots.map_or(&[][..], |it| &it.others);
        first.chain(others.iter().flat_map(move |slot| self.fields.all(*slot)))
    }
}

impl Expr {
    /// Whether it holds. `searches` are the rule's.
    pub(super) fn holds(&self, searches: &[Self], view: View<'_>, scratch: &mut Scratch) -> bool {
        match self {
            Self::Test(test) => test.holds(view, scratch),
            Self::Search(index) => {
                searches.get(*index).is_some_and(|it| it.holds(searches, view, scratch))
            }
            Self::All(parts) => parts.iter().all(|it| it.holds(searches, view, scratch)),
            Self::Any(parts) => parts.iter().any(|it| it.holds(searches, view, scratch)),
            Self::Not(inner) => !inner.holds(searches, view, scratch),
        }
    }
}

impl Test {
    fn holds(&self, view: View<'_>, scratch: &mut Scratch) -> bool {
        if let (Some(field), false) = (self.field, self.all || self.values.len() == 1) {
            return self.any_holds(field, view, scratch);
        }
        let mut found = |spellings: &[Matcher]| {
            spellings.iter().any(|it| match self.field {
                Some(field) => it.holds(field, view, scratch),
                None => view
                    .fields
                    .keywords()
                    .any(|text| it.fits(FieldValue::Text(text), view, scratch)),
            })
        };
        if self.all {
            self.values.iter().all(|it| found(it))
        } else {
            self.values.iter().any(|it| found(it))
        }
    }
}

impl Test {
    /// Whether one of many values is found: each of the event's is read once and held against all.
    fn any_holds(&self, field: FieldIndex, view: View<'_>, scratch: &mut Scratch) -> bool {
        let mut spellings = self.values.iter().flat_map(|it| it.iter());
        let is_text = |it: &Matcher| matches!(it, Matcher::Text(_));
        if !spellings.clone().all(is_text) {
            return spellings.any(|it| it.holds(field, view, scratch));
        }
        let Scratch { form, lower, .. } = scratch;
        view.values(field).any(|value| {
            let Some(text) = text_form(value, form) else { return false };
            spellings.clone().any(|it| match it {
                Matcher::Text(pattern) => pattern.matches(text, lower),
                Matcher::Number(..)
                | Matcher::Bool(_)
                | Matcher::Null
                | Matcher::Exists(_)
                | Matcher::Regex(_)
                | Matcher::Network(_)
                | Matcher::Order(..)
                | Matcher::Date(..)
                | Matcher::Field(..) => false,
            })
        })
    }
}

impl Matcher {
    fn holds(&self, field: FieldIndex, view: View<'_>, scratch: &mut Scratch) -> bool {
        match self {
            Self::Null => {
                let mut values = view.values(field).peekable();
                values.peek().is_none() || values.any(|it| it == FieldValue::Null)
            }
            Self::Exists(wanted) => view.values(field).next().is_some() == *wanted,
            Self::Text(_)
            | Self::Number(..)
            | Self::Bool(_)
            | Self::Regex(_)
            | Self::Network(_)
            | Self::Order(..)
            | Self::Date(..)
            | Self::Field(..) => view.values(field).any(|it| self.fits(it, view, scratch)),
        }
    }

    /// Whether one value of the event fits.
    fn fits(&self, value: FieldValue<'_>, view: View<'_>, scratch: &mut Scratch) -> bool {
        match self {
            Self::Text(pattern) => text_form(value, &mut scratch.form)
                .is_some_and(|it| pattern.matches(it, &mut scratch.lower)),
            Self::Number(number, text) => match value {
                FieldValue::Number(it) => it == *number,
                FieldValue::Text(it) => it == &**text,
                FieldValue::Null | FieldValue::Bool(_) | FieldValue::Composite => false,
            },
            Self::Bool(wanted) => match value {
                FieldValue::Bool(it) => it == *wanted,
                FieldValue::Text(it) => {
                    it.eq_ignore_ascii_case(if *wanted { "true" } else { "false" })
                }
                FieldValue::Null | FieldValue::Number(_) | FieldValue::Composite => false,
            },
            Self::Null => value == FieldValue::Null,
            Self::Exists(wanted) => *wanted,
            Self::Regex(regex) => {
                text_form(value, &mut scratch.form).is_some_and(|it| regex.is_match(it))
            }
            Self::Network(network) => match value {
                FieldValue::Text(text) => text
                    .parse::<IpAddr>()
                    .is_ok_and(|it| network.contains(&it) || network.contains(&it.to_canonical())),
                FieldValue::Null
                | FieldValue::Bool(_)
                | FieldValue::Number(_)
                | FieldValue::Composite => false,
            },
            Self::Order(order, limit) => {
                number_form(value).is_some_and(|it| order.holds(it, *limit))
            }
            Self::Date(part, order, limit) => match value {
                FieldValue::Text(text) => {
                    date_part(text, *part).is_some_and(|it| order.holds(it, *limit))
                }
                FieldValue::Null
                | FieldValue::Bool(_)
                | FieldValue::Number(_)
                | FieldValue::Composite => false,
            },
            Self::Field(other, relation, cased) => {
                let Scratch { form, lower, other: room } = scratch;
                let Some(ours) = text_form(value, form) else { return false };
                if *cased {
                    lower.clear();
                    lower.push_str(ours);
                } else {
                    lower_into(ours, lower);
                }
                let ours: &str = lower;
                let mut form = String::new();
                view.values(*other).any(|theirs| {
                    let Some(theirs) = text_form(theirs, &mut form) else { return false };
                    if *cased {
                        room.clear();
                        room.push_str(theirs);
                    } else {
                        lower_into(theirs, room);
                    }
                    match relation {
                        Relation::Same => ours == room,
                        Relation::StartsWith => ours.starts_with(room.as_str()),
                        Relation::EndsWith => ours.ends_with(room.as_str()),
                        Relation::Contains => ours.contains(room.as_str()),
                    }
                })
            }
        }
    }
}

/// A value as text: numbers and booleans too, which need the room. Null and composites have none.
pub(super) fn text_form<'a>(value: FieldValue<'a>, room: &'a mut String) -> Option<&'a str> {
    match value {
        FieldValue::Text(text) => Some(text),
        FieldValue::Number(number) => {
            room.clear();
            write!(room, "{number}").ok()?;
            Some(room)
        }
        FieldValue::Bool(true) => Some("true"),
        FieldValue::Bool(false) => Some("false"),
        FieldValue::Null | FieldValue::Composite => None,
    }
}

/// A value as a number, when it is one or is written like one.
pub(super) fn number_form(value: FieldValue<'_>) -> Option<f64> {
    match value {
        FieldValue::Number(number) => Some(number),
        FieldValue::Text(text) => text.trim().parse().ok(),
        FieldValue::Null | FieldValue::Bool(_) | FieldValue::Composite => None,
    }
}

fn date_part(text: &str, part: DatePart) -> Option<f64> {
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let date = pieces.date();
    let time = pieces.time();
    Some(match part {
        DatePart::Minute => f64::from(time?.minute()),
        DatePart::Hour => f64::from(time?.hour()),
        DatePart::Day => f64::from(date.day()),
        DatePart::Week => f64::from(date.iso_week_date().week()),
        DatePart::Month => f64::from(date.month()),
        DatePart::Year => f64::from(date.year()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_date_as_written() {
        let text = "2024-12-30T23:05:09+05:00";
        for (part, wanted) in [
            (DatePart::Minute, 5.0),
            (DatePart::Hour, 23.0),
            (DatePart::Day, 30.0),
            (DatePart::Week, 1.0),
            (DatePart::Month, 12.0),
            (DatePart::Year, 2024.0),
        ] {
            assert_eq!(date_part(text, part), Some(wanted), "{part:?}");
        }
        assert_eq!(date_part("2024-12-30T23:05:09Z", DatePart::Hour), Some(23.0));
        assert_eq!(date_part("yesterday", DatePart::Hour), None);
    }
}
