//! Files of the directory: whatever the bytes, problems have places inside the file and nothing panics.
#![no_main]

use interlock_identity::declare;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|text: &str| {
    // The same file twice: what one file claims, the other claims as well.
    for copies in 1..=2 {
        let names = ["one.yaml", "two.yaml"];
        let files: Vec<(Arc<str>, String)> =
            names.iter().take(copies).map(|it| (Arc::from(*it), text.to_owned())).collect();
        let (_, problems) = declare::load(&files);
        for problem in problems {
            if let Some(span) = problem.span {
                assert!(text.get(span).is_some(), "{}", problem.what);
            }
        }
    }
});
