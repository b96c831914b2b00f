//! Catalogues and code owners: whatever the text, what is written is a sound file of the directory.
#![no_main]

use interlock_identity::{declare, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for it in [import::backstage(text), import::codeowners(text, "acme/shop")] {
        let (_, problems) = declare::load(&[("imported.yaml".into(), it.to_yaml())]);
        assert!(problems.is_empty(), "{problems:?}\n{}", it.to_yaml());
    }
});
