//! Playbook files: whatever the bytes, problems have places inside the file and nothing panics.
#![no_main]

use interlock_decide::Playbooks;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|text: &str| {
    let files = [(Arc::from("fuzz.yaml"), text.to_owned())];
    let (playbooks, problems) = Playbooks::load(&files);
    assert!(playbooks.iter().count() == 1 || !problems.is_empty());
    for problem in problems {
        if let Some(span) = problem.span {
            assert!(text.get(span).is_some());
        }
    }
});
