//! Any text as one record: read or refused, with every string within the record, never a panic.
#![no_main]

use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Limits, Place};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static PLAIN: LazyLock<Normaliser> = LazyLock::new(|| {
    let mut plan = FieldPlan::new();
    for path in ["requestParameters.policyDocument", "userIdentity", "detail.type", "data.a.b"] {
        plan.slot(path);
    }
    Normaliser::new(&plan, Limits::STANDARD)
});

static WITH_KEYWORDS: LazyLock<Normaliser> = LazyLock::new(|| {
    let mut plan = FieldPlan::new();
    plan.want_keywords();
    Normaliser::new(&plan, Limits::STANDARD)
});

fuzz_target!(|text: &str| {
    let place = Place { file: Arc::from("f"), record: 0 };
    let record = Record::new(place, text.into(), text.len() % 2 == 0);
    for normaliser in [&*PLAIN, &*WITH_KEYWORDS] {
        let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { continue };
        for path in normaliser.plan().paths() {
            if let Some(slot) = normaliser.plan().find(path) {
                event.fields.all(slot).for_each(drop);
            }
        }
        event.fields.keywords().for_each(drop);
    }
});
