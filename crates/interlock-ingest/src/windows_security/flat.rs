//! Data under a key of their own come to stand beside the event's number: the flat form, whose names Sigma's rules use.

use super::outcome::failed;
use super::paths::{Around, Shaped};
use super::time;
use crate::source::Core;
use std::fmt::Write as _;

/// The record in the flat form; `None` when it is flat, or cannot be read in any form.
pub(super) fn rewrite(core: &Core<'_>, it: &Shaped<'_>) -> Option<String> {
    let data = it.nested().find_map(|path| {
        let raw = core.whole().at(path)?.written();
        let inside = raw.strip_prefix('{')?.strip_suffix('}')?.trim();
        (!inside.is_empty()).then(|| inside.to_owned())
    })?;
    let number = it.around_number(Around::Number)?;
    let time = time::read(it)?;
    let keywords = if failed(it) { "Audit Failure" } else { "Audit Success" };
    let mut flat =
        format!("{{\"EventID\":{number},\"TimeCreated\":\"{time}\",\"Keywords\":\"{keywords}\"");
    for (key, part) in [
        ("Channel", Around::Channel),
        ("ProviderName", Around::Provider),
        ("Computer", Around::Computer),
    ] {
        if let Some(text) = it.around(part).next() {
            let _ = write!(flat, ",\"{key}\":{}", serde_json::to_string(text).ok()?);
        }
    }
    if let Some(record) = it.around_number(Around::Record) {
        let _ = write!(flat, ",\"EventRecordID\":{record}");
    }
    let _ = write!(flat, ",{data}}}");
    Some(flat)
}
