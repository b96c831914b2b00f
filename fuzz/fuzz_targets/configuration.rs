//! `interlock.toml`: whatever the bytes, problems have places inside the file and nothing panics.
//!
//! The process is a program and no library, so its reading modules are compiled in by path:
//! as they are, and without the HTTP server and the SDKs around them.
#![no_main]
#![allow(dead_code, reason = "only the reading half of the modules is used here")]

#[path = "../../crates/interlock/src/config/near.rs"]
mod near;
#[path = "../../crates/interlock/src/config/raw.rs"]
mod raw;
#[path = "../../crates/interlock/src/config/raw_acting.rs"]
mod raw_acting;
#[path = "../../crates/interlock/src/config/raw_connector.rs"]
mod raw_connector;
#[path = "../../crates/interlock/src/config/raw_declared.rs"]
mod raw_declared;
#[path = "../../crates/interlock/src/config/raw_delivery.rs"]
mod raw_delivery;
#[path = "../../crates/interlock/src/config/raw_feed.rs"]
mod raw_feed;
#[path = "../../crates/interlock/src/config/raw_pace.rs"]
mod raw_pace;
#[path = "../../crates/interlock/src/config/raw_parts.rs"]
mod raw_parts;
#[path = "../../crates/interlock/src/config/raw_provider.rs"]
mod raw_provider;
#[path = "../../crates/interlock/src/config/raw_ssh.rs"]
mod raw_ssh;
#[path = "../../crates/interlock/src/config/raw_vault.rs"]
mod raw_vault;
#[path = "../../crates/interlock/src/config/shape.rs"]
mod shape;
#[path = "../../crates/interlock/src/config/tree.rs"]
mod tree;
#[path = "../../crates/interlock/src/config/units.rs"]
mod units;

use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

/// What connectors of the default pace take; the reading modules ask for it and nothing here uses it.
mod hands {
    pub const PACE: std::num::NonZeroU32 = std::num::NonZeroU32::MIN;
    pub const IN_PROCESS: std::num::NonZeroU32 =
        PACE.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(99));
}

/// Named by the schema.
fn behaviours() -> impl Iterator<Item = &'static str> {
    interlock_detect::behaviour::registry::BEHAVIOURS.iter().map(|it| it.spec.name)
}

static SCHEMA: LazyLock<serde_json::Value> =
    LazyLock::new(|| schemars::schema_for!(raw::RawConfig).to_value());

fuzz_target!(|text: &str| {
    let _ = units::duration(text);
    let file: Arc<str> = Arc::from("fuzz.toml");
    let (mut tree, broken) = tree::Node::parse(&file, text);
    let misfits = shape::misfits(&file, &SCHEMA, &mut tree);
    for problem in broken.into_iter().chain(misfits) {
        if let Some(span) = problem.span {
            assert!(text.get(span).is_some(), "{}", problem.what);
        }
    }
    // Unsound ones are read as well: one run shows every problem. What the schema lets through and
    // the form does not take is reported by the process as a problem of the whole file.
    let _ = serde_json::from_value::<raw::RawConfig>(tree.to_json());
});
