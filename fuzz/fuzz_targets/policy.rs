//! Policy files: whatever the bytes, problems have places inside the file and nothing panics.
#![no_main]

use interlock_decide::Policies;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|text: &str| {
    let files = [(Arc::from("fuzz.cedar"), text.to_owned())];
    let (policies, problems) = Policies::load(&files);
    assert_eq!(policies.is_none(), !problems.is_empty());
    for problem in problems {
        if let Some(span) = problem.span {
            assert!(text.get(span).is_some());
        }
    }
});
