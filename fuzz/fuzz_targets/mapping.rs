//! Mapping files: whatever the bytes, problems have places inside the file, and what is sound reads a record.
#![no_main]

use interlock_ingest::{Mapping, Normaliser, Record};
use interlock_model::{FieldPlan, Limits, Place};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// A record with a value of each sort under short names.
const RECORD: &str =
    r#"{"a":"x","b":1767225600,"c":{"d":["2026-01-01T00:00:00Z",null,true]},"e":"203.0.113.7"}"#;

fuzz_target!(|text: &str| {
    let files = [(Arc::from("fuzz.yaml"), text.to_owned())];
    let (mappings, problems) = Mapping::load(&files);
    for problem in problems {
        if let Some(span) = problem.span {
            assert!(text.get(span).is_some());
        }
    }
    if !mappings.is_empty() {
        let normaliser = Normaliser::with_mappings(&FieldPlan::new(), Limits::STANDARD, &mappings);
        let place = Place { file: "-".into(), record: 0 };
        let record = Record::new(place, RECORD.into(), false);
        let _ = normaliser.normalise(&record);
    }
});
