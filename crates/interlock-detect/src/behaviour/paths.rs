//! The fields of native records that behaviours read, found once and asked by name.

use interlock_model::{FieldPlan, FieldValue, Fields, Slot};

/// Where named fields are.
#[derive(Debug)]
pub struct Paths(Vec<(&'static str, Slot)>);

impl Paths {
    /// The places of these paths in the plan.
    #[must_use]
    pub fn new(plan: &FieldPlan, paths: impl IntoIterator<Item = &'static str>) -> Self {
        let mut found: Vec<_> =
            paths.into_iter().filter_map(|it| Some((it, plan.find(it)?))).collect();
        found.sort_unstable();
        Self(found)
    }

    /// The first text at this path; empty when there is none.
    #[must_use]
    pub fn text<'e>(&self, fields: &'e Fields, path: &str) -> &'e str {
        self.slot(path).and_then(|it| fields.text(it)).unwrap_or_default()
    }

    /// The first text at any of these paths; empty when there is none.
    #[must_use]
    pub fn first<'e>(&self, fields: &'e Fields, paths: &[&str]) -> &'e str {
        paths.iter().map(|it| self.text(fields, it)).find(|it| !it.is_empty()).unwrap_or_default()
    }

    /// All texts at this path, in the order of the record.
    pub fn texts<'e>(&self, fields: &'e Fields, path: &str) -> impl Iterator<Item = &'e str> {
        self.slot(path).into_iter().flat_map(|it| fields.all(it)).filter_map(|it| match it {
            FieldValue::Text(text) => Some(text),
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Number(_)
            | FieldValue::Composite => None,
        })
    }

    /// The first number at any of these paths, also when it stands there as text.
    #[must_use]
    pub fn number(&self, fields: &Fields, paths: &[&str]) -> Option<f64> {
        let values = paths.iter().filter_map(|it| self.slot(it)).flat_map(|it| fields.all(it));
        let mut numbers = values.filter_map(|it| match it {
            FieldValue::Number(number) => Some(number),
            FieldValue::Text(text) => text.trim().parse().ok(),
            FieldValue::Null | FieldValue::Bool(_) | FieldValue::Composite => None,
        });
        numbers.find(|it: &f64| it.is_finite())
    }

    /// Whether a value at this path says yes.
    #[must_use]
    pub fn is_true(&self, fields: &Fields, path: &str) -> bool {
        self.slot(path).is_some_and(|it| {
            fields.all(it).any(|it| match it {
                FieldValue::Bool(it) => it,
                FieldValue::Text(it) => it.eq_ignore_ascii_case("true"),
                FieldValue::Null | FieldValue::Number(_) | FieldValue::Composite => false,
            })
        })
    }

    fn slot(&self, path: &str) -> Option<Slot> {
        let at = self.0.binary_search_by_key(&path, |(it, _)| it).ok()?;
        self.0.get(at).map(|(_, slot)| *slot)
    }
}
